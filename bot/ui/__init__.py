"""Discord widgets that the cogs share."""
