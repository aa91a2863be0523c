"""What Discord shows for one ask, and the only editor of messages."""
