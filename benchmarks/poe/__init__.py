"""Quoth's way to Poe, from an ask to its snapshots, compared with the loop of the provider contract."""
