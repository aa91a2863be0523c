"""Discord's Markdown as safe HTML, for the demo page."""
