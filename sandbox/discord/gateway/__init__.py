"""The gateway: connections, sessions and dispatched events."""
