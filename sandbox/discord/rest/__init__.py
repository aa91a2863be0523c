"""The REST API of this Discord."""
