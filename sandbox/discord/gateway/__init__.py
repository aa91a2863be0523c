"""The gateway of this Discord."""
