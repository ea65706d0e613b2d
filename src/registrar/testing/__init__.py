"""Shipped with the product: what its tests, and those of its plug-ins, are written with."""
