"""Poe's Markdown becomes Discord's, in pages. Pure."""
