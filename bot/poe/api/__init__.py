"""The API backend: asks by Poe's official API."""
