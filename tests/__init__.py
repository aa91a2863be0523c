"""The tests, one file per room."""
