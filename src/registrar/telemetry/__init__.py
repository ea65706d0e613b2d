"""Logs and spans: their names, and how they are set up."""
