"""Quoth's languages: the sentences that people read, and the names and descriptions of the commands."""
