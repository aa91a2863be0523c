"""The figures of asking Poe by its official API."""
