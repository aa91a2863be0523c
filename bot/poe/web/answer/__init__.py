"""One answer, read from two witnesses: the page's socket and the page itself."""
