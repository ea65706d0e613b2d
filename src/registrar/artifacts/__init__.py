"""Blob stores: where the sealed bytes of artifacts lie."""
