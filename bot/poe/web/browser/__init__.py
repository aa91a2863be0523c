"""A browser and its tabs. Knows nothing of Poe."""
