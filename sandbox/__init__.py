"""A simulated Discord and Poe on 127.0.0.1, for people without a token, for tests and for benchmarks."""
