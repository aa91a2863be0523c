"""The demo page: what a person sees of this Discord, and does in it."""
