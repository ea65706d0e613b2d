"""Connectors: a manufacturer is a folder of data, carried out by the kit."""
