"""Figures of Markdown: what it costs to convert a growing answer, and how true the result is."""
