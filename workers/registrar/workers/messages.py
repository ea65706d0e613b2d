"""What a hint says: ids only, safe to receive twice, late or never."""

from collections.abc import Iterable

from registrar.ports.queue import API, BROWSER, FORM_PROBES, MAINTENANCE

QUEUES = (API, BROWSER, MAINTENANCE, FORM_PROBES)
"""One actor each, of the same name."""
USUAL = (API, MAINTENANCE)
"""What one process may do beside each other: a browser has its own."""


def consumed(asked: Iterable[str]) -> tuple[str, ...]:
    """The queues of one worker: who fills forms probes them, too."""
    chosen = tuple(asked) or USUAL
    return (*chosen, FORM_PROBES) if BROWSER in chosen else chosen
