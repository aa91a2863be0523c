"""Tests of limits and choices."""
