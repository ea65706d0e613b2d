"""How late due jobs are, by manufacturer and priority class. The database's clock decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache

import sqlalchemy as sa

from registrar.ports.queue import JOBS
from registrar.ports.store import Lateness
from registrar.store import clock
from registrar.store.engine import Database
from registrar.store.fairness import SHARES
from registrar.store.tables import jobs

_NAMES = 50
"""Manufacturers asked for by one statement; SQLite takes at most 500 terms."""
_job = jobs.c


async def lateness(db: Database, manufacturers: Sequence[str]) -> list[Lateness]:
    """See `ports.store.Store.lateness`."""
    found: dict[tuple[str, int], int] = {}
    async with db.read() as connection:
        for start in range(0, len(manufacturers), _NAMES):
            some = tuple(manufacturers[start : start + _NAMES])
            for maker, priority, micros in await connection.execute(oldest(some, db.postgres)):
                # A line of each queue, or none.
                if micros is not None:
                    key = maker, priority
                    found[key] = max(int(micros), found.get(key, 0))
    return [
        Lateness(maker, priority, timedelta(microseconds=micros))
        for (maker, priority), micros in sorted(found.items())
    ]


@lru_cache(maxsize=64)
def oldest(names: tuple[str, ...], postgres: bool) -> sa.CompoundSelect[str, int, int]:  # noqa: FBT001 - part of the key
    """Of each the head of one index range: a backlog does not make it longer."""
    now = clock.now(postgres=postgres)
    heads = [
        sa.select(
            sa.literal(name).label("manufacturer_id"),
            sa.literal(priority).label("priority"),
            (now - sa.func.min(_job.run_at)).label("micros"),
        ).where(
            _job.queue == queue,
            _job.state == "ready",
            _job.priority == priority,
            _job.manufacturer_id == name,
            _job.run_at <= now,
        )
        for name in names
        for queue in JOBS
        for priority in SHARES
    ]
    return sa.union_all(*heads)
