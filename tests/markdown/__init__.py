"""Tests of how answers become Discord's Markdown."""
