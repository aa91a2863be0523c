"""What pictures of answers cost: time, memory and the event loop's patience."""
