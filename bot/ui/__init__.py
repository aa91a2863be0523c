"""Discord widgets that the commands share."""
