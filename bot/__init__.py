"""Quoth: a Discord bot with which a server asks any model on Poe."""
