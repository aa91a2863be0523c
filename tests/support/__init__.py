"""What test modules share: bots on stand-in services, page objects, waiting and looking."""
