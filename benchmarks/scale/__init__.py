"""Quoth in many servers, on several shards."""
