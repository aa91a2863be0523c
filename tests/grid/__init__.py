"""Tests with a real Selenium Grid, which `make test-grid` runs."""
