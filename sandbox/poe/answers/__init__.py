"""The answers of the simulated models, and the steps that they are made of."""
