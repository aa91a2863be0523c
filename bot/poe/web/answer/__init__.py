"""One answer, read from two sources: the page's socket and the page itself."""
