"""Poe's chat page as a page object."""
