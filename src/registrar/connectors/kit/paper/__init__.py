"""Guides and proofs on paper: words, data for the page, and the press that prints it."""
