"""What the model gets to read: a channel's history, a chosen message, files, and the prompt made of them."""
