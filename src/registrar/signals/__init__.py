"""Hints and doorbells: Redis, and a twin in memory."""
