"""Who may do what, and which choice is in effect."""
