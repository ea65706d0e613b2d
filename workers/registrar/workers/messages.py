"""What a hint says: ids only, safe to receive twice, late or never."""

QUEUES = ("api", "maintenance")
"""One actor each, of the same name."""
