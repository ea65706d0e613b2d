"""What a hint says: ids only, safe to receive twice, late or never."""

from registrar.ports.queue import API, BROWSER, MAINTENANCE

QUEUES = (API, BROWSER, MAINTENANCE)
"""One actor each, of the same name."""
USUAL = (API, MAINTENANCE)
"""What one process may do beside each other: a browser has its own."""
