"""What a pause does to jobs: held back, met, and let go. The database's clock decides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.outcome import Tier
from registrar.ports import plain
from registrar.store.engine import Database
from registrar.store.fairness import SHARES
from registrar.store.tables import connectors, jobs

Paused = Mapping[str, Mapping[Tier, int | None]]
"""By manufacturer and tier; until when, in microseconds, where that is known."""

_job, _row = jobs.c, connectors.c


def in_force(db: Database) -> sa.ColumnElement[bool]:
    """Of a row of `connectors`."""
    ends = sa.or_(_row.paused_until.is_(None), _row.paused_until > db.now)
    return sa.and_(_row.paused_at.is_not(None), ends)


async def paused(connection: AsyncConnection, db: Database) -> Paused:
    """A handful of rows at most, mostly none."""
    chosen = sa.select(_row.manufacturer_id, _row.tier, _row.paused_until).where(in_force(db))
    found: dict[str, dict[Tier, int | None]] = {}
    for manufacturer_id, tier, until in await connection.execute(chosen):
        found.setdefault(manufacturer_id, {})[Tier(tier)] = until
    return found


def unless(paused_now: Paused) -> list[sa.ColumnElement[bool]]:
    """Conditions that leave out submissions on these; a look-up sends nothing and goes on."""
    return [
        sa.or_(
            _job.step != "attempt",
            _job.manufacturer_id != manufacturer_id,
            _job.tier.not_in(list(tiers)),
        )
        for manufacturer_id, tiers in paused_now.items()
    ]


async def met(db: Database, queue: str, limit: int) -> dict[str, datetime | None]:
    """See `ports.connector_states.ConnectorStates.met`."""
    found: dict[str, datetime | None] = {}
    async with db.read() as connection:
        for manufacturer_id, tiers in (await paused(connection, db)).items():
            for tier, until in tiers.items():
                chosen = _waiting(db, queue, manufacturer_id, tier).limit(limit - len(found))
                ids = (await connection.execute(chosen)).scalars()
                found |= dict.fromkeys(ids, None if until is None else plain.from_micros(until))
    return found


def _waiting(db: Database, queue: str, manufacturer_id: str, tier: Tier) -> sa.Select[str]:
    # Hinted ones, too: until a worker has claimed it, a hint can be called back.
    due = sa.and_(_job.state == "ready", _job.priority.in_(list(SHARES)), _job.run_at <= db.now)
    return sa.select(_job.registration_id).where(
        _job.queue == queue,
        _job.manufacturer_id == manufacturer_id,
        _job.tier == tier,
        _job.step == "attempt",
        sa.or_(due, _job.state == "hinted"),
    )


async def lift(db: Database, limit: int) -> int:
    """See `ports.connector_states.ConnectorStates.lift`."""
    still = (
        sa.exists()
        .where(_row.manufacturer_id == _job.manufacturer_id, _row.tier == _job.tier)
        .where(in_force(db))
    )
    over = sa.select(_job.registration_id).where(_job.paused, _job.state == "ready", ~still)
    over = over.limit(limit)
    if db.postgres:
        over = over.with_for_update(skip_locked=True)

    async def work(connection: AsyncConnection) -> int:
        let_go = jobs.update().where(_job.registration_id.in_(over.cte("over").select()))
        let_go = let_go.values(run_at=db.now, paused=False)
        # SQLite counts no rows of a statement that begins with WITH.
        done = await connection.execute(let_go.returning(_job.registration_id))
        return len(done.all())

    return await db.transact(work)
