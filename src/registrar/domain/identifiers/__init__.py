"""Identifiers of products: check digits, fillers, look-alikes. Pure, and never an exception."""
