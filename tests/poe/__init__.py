"""Tests of poe."""
