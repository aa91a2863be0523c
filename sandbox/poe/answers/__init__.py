"""What the stand-in's models say, and the steps in which they say it."""
