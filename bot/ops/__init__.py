"""Care for a running Quoth: what its operator is told, and what is kept for how long."""
