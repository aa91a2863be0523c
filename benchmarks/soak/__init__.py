"""Half an hour of random asks, cancels, crashes and noise, at the end of which nothing may be wrong: `make soak`."""
