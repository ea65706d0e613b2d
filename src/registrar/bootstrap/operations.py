"""What the dispatcher does of bulk operations and dead letters."""

from __future__ import annotations

from functools import partial

from registrar.app.backlog import Backlog
from registrar.app.bulk_work import BulkWork
from registrar.app.dead_letters import DeadLetters
from registrar.app.event_log import EVENTS
from registrar.app.registrations import JOBS
from registrar.bootstrap.keeping import Kept
from registrar.ports.queue import Doorbell


def bulk_work(parts: Kept, bell: Doorbell, backlog: Backlog) -> BulkWork:
    """Wakes whoever waits for what was moved."""
    ring = partial(bell.ring, EVENTS, JOBS)
    return BulkWork(parts.store, parts.clock, backlog, ring)


def dead_letters(parts: Kept) -> DeadLetters:
    """What an older release has left untold."""
    return DeadLetters(parts.store, parts.opened.keys)
