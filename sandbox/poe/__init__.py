"""A stand-in for the chat site poe.com."""
