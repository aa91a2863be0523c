"""Commands and events: each cog receives, checks and hands over."""
