"""Tests of reply."""
