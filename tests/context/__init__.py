"""Tests of what the model gets to read."""
