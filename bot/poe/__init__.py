"""Everything that knows Poe."""
