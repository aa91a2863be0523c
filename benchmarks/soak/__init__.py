"""Half an hour of random asks, cancellations, crashes and noise, and the checks after it: `make soak`."""
