"""Tests of the project itself: imports, sentences, settings, benchmarks."""
