"""In which language Quoth speaks: sentences, and the names of its commands."""
