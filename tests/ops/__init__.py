"""Tests of what looks after a running Quoth."""
