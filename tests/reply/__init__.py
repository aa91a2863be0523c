"""Tests of how replies are edited."""
