"""Tests of commands and events."""
