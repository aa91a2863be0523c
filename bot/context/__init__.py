"""What the model gets to read: the history of a channel, files, and the prompt that they become."""
