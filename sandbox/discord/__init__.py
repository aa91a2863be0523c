"""A stand-in for Discord: REST, gateway, rate limits and a page for people."""
