"""What Discord shows for one ask: the only editor of messages."""
