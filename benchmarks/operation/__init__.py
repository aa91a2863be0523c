"""Quoth as its operator runs it: its start, its rest and its end."""
