"""What several tests need: stand-in bots, pages and people."""
