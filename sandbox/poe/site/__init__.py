"""The site: its pages, the requests they make, and what happens to a prompt."""
