"""Care for a running Quoth: what its operator is told, and how long data is kept."""
