"""Who and what there is in this Discord, and what happens in it."""
