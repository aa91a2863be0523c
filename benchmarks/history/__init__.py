"""How a channel's history becomes a prompt: time and requests."""
