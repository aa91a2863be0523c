"""Looking up preferences, completing a model's name, and many changes at once."""
