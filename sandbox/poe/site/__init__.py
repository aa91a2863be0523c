"""The site: its pages, what they may ask of it, and what becomes of a prompt."""
