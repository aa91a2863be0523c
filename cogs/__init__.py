"""The doors: receive, check, hand over."""
