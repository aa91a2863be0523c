"""Tests of the way to Poe."""
