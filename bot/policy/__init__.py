"""Who may do what, and which of several choices is in effect."""
