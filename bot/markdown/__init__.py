"""Poe's Markdown becomes pages of Discord's Markdown. Pure."""
