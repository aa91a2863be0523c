"""Tests of the whole walk, in a real browser."""
