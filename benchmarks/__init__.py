"""Measurements of Quoth, in one run with the ways it is compared with. One folder per subject."""
