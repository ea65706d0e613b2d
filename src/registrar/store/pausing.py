"""What a pause does to jobs: held back, met, and let go; and what a gate has put off.

The database's clock decides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.outcome import Tier
from registrar.domain.registration import WaitReason
from registrar.ports import plain
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.queue import queue_of
from registrar.store.engine import Database
from registrar.store.fairness import SHARES
from registrar.store.tables import connectors, jobs, registrations

Paused = Mapping[str, Mapping[Tier, int | None]]
"""By manufacturer and tier; until when, in microseconds, where that is known."""

OF_A_GATE = (WaitReason.CIRCUIT_OPEN, WaitReason.RATE_LIMITED)

_job, _row = jobs.c, connectors.c


def in_force(db: Database) -> sa.ColumnElement[bool]:
    """Of a row of `connectors`."""
    ends = sa.or_(_row.paused_until.is_(None), _row.paused_until > db.now)
    return sa.and_(_row.paused_at.is_not(None), ends)


async def paused(
    connection: AsyncConnection, db: Database, shut: Collection[ConnectorKey] = ()
) -> Paused:
    """A handful of rows at most, mostly none; and what is shut for another reason."""
    chosen = sa.select(_row.manufacturer_id, _row.tier, _row.paused_until).where(in_force(db))
    found: dict[str, dict[Tier, int | None]] = {}
    for manufacturer_id, tier, until in await connection.execute(chosen):
        found.setdefault(manufacturer_id, {})[Tier(tier)] = until
    for key in shut:
        found.setdefault(key.manufacturer_id, {}).setdefault(key.tier, None)
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


async def due(db: Database, queue: str, key: ConnectorKey, limit: int) -> list[str]:
    """See `ports.connector_states.ConnectorStates.due`."""
    chosen = _waiting(db, queue, key.manufacturer_id, key.tier).limit(limit)
    async with db.read() as connection:
        return list((await connection.execute(chosen)).scalars())


def _waiting(db: Database, queue: str, manufacturer_id: str, tier: Tier) -> sa.CompoundSelect[str]:
    mine = sa.select(_job.registration_id).where(
        _job.queue == queue,
        _job.manufacturer_id == manufacturer_id,
        _job.tier == tier,
        _job.step == "attempt",
    )
    # One short index range each, as in a release; hinted ones, too: until a worker has claimed it,
    # a hint can be called back.
    due = _job.run_at <= db.now
    ready = [mine.where(_job.state == "ready", _job.priority == one, due) for one in SHARES]
    return sa.union_all(*ready, mine.where(_job.state == "hinted"))


async def lift(db: Database, limit: int) -> int:
    """See `ports.connector_states.ConnectorStates.lift`."""
    ids = await _let_go(db, limit)
    if not ids:
        return 0
    still = sa.and_(db.among(_job.registration_id, ids), _job.paused, _job.state == "ready")
    due = jobs.update().where(still).values(run_at=db.now, paused=False)
    return (await db.transact(lambda connection: connection.execute(due))).rowcount


async def _let_go(db: Database, limit: int) -> list[str]:
    """Asked by connector: a backlog whose pause goes on is not looked through every second."""
    async with db.read() as connection:
        ended = sa.select(_row.manufacturer_id, _row.tier).where(~in_force(db))
        keys = (await connection.execute(ended)).all()
        if not keys:
            return []
        named = [sa.and_(_job.manufacturer_id == one, _job.tier == tier) for one, tier in keys]
        chosen = sa.select(_job.registration_id).where(
            _job.paused, _job.state == "ready", sa.or_(*named)
        )
        return list((await connection.execute(chosen.limit(limit))).scalars())


async def hasten(db: Database, key: ConnectorKey, limit: int) -> int:
    """See `ports.connector_states.ConnectorStates.hasten`."""
    chosen = _put_off(db, key).limit(limit)
    still = sa.and_(_job.registration_id.in_(chosen), _job.state == "ready", _job.run_at > db.now)
    due = jobs.update().where(still).values(run_at=db.now)
    return (await db.transact(lambda connection: connection.execute(due))).rowcount


def _put_off(db: Database, key: ConnectorKey) -> sa.CompoundSelect[str]:
    body = sa.type_coerce(registrations.c.body, sa.JSON)
    mine = (
        sa.select(_job.registration_id)
        .join(registrations, registrations.c.id == _job.registration_id)
        .where(
            _job.queue == queue_of(key.tier),
            _job.manufacturer_id == key.manufacturer_id,
            _job.tier == key.tier,
            _job.state == "ready",
            _job.run_at > db.now,
            body["wait_reason"].as_string().in_(list(OF_A_GATE)),
        )
    )
    return sa.union_all(*(mine.where(_job.priority == one) for one in SHARES))
