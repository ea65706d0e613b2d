"""The jobs: release, renewal, and what the sweepers look for. The database's clock decides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.outcome import Tier
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.store import DueJob, ExpiredJob
from registrar.store import clock, pausing
from registrar.store.engine import Database
from registrar.store.fairness import SHARES, Candidate, choose
from registrar.store.pausing import Paused
from registrar.store.tables import jobs

_MICROSECOND = timedelta(microseconds=1)
_TURN = 0x72656C65
"""First key of the advisory lock of a release; the second is the queue."""
_NAMES = 100
"""Manufacturers asked for by one statement; SQLite takes at most 500 terms."""
_job = jobs.c


async def release(  # noqa: PLR0913 - as the port has it
    db: Database,
    queue: str,
    *,
    limit: int,
    in_flight: dict[str, int],
    rehint_after: timedelta,
    shut: Collection[ConnectorKey] = (),
) -> list[DueJob]:
    """See `ports.store.Store.release`."""

    async def work(connection: AsyncConnection) -> list[DueJob]:
        if db.postgres:
            # In turns: two dispatchers that count the same room would both fill it.
            turn = sa.func.pg_advisory_xact_lock(_TURN, sa.func.hashtext(queue))
            await connection.execute(sa.select(turn))
        paused = await pausing.paused(connection, db, shut)
        stale = await _unclaimed(connection, db, queue, limit, rehint_after, in_flight, paused)
        room = await _room(connection, queue, in_flight)
        found = await _due(connection, db, queue, limit, room, paused)
        chosen = choose(found, room, limit - len(stale))
        picked = stale + [(job.registration_id, job.fence) for job in chosen]
        return await _hint(connection, db, picked)

    return await db.transact(work)


async def _unclaimed(  # noqa: PLR0913, PLR0917 - one query, its parts
    connection: AsyncConnection,
    db: Database,
    queue: str,
    limit: int,
    rehint_after: timedelta,
    named: Iterable[str],
    paused: Paused,
) -> list[tuple[str, int]]:
    before = db.now - rehint_after // _MICROSECOND
    statement = (
        sa.select(_job.registration_id, _job.fence)
        .where(_job.queue == queue, _job.state == "hinted", _job.hinted_at < before)
        .where(db.among(_job.manufacturer_id, named), *pausing.unless(paused))
        .order_by(_job.hinted_at)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in await connection.execute(statement)]


async def _room(
    connection: AsyncConnection, queue: str, in_flight: dict[str, int]
) -> dict[str, int]:
    statement = (
        sa.select(_job.manufacturer_id, sa.func.count())
        .where(_job.queue == queue, _job.state.in_(["hinted", "leased"]))
        .group_by(_job.manufacturer_id)
    )
    busy = {row[0]: row[1] for row in await connection.execute(statement)}
    return {name: max(0, bound - busy.get(name, 0)) for name, bound in in_flight.items()}


async def _due(  # noqa: PLR0913, PLR0917 - one query, its parts
    connection: AsyncConnection,
    db: Database,
    queue: str,
    limit: int,
    room: dict[str, int],
    paused: Paused,
) -> list[Candidate]:
    names, most = list(room), {name: min(limit, free) for name, free in room.items()}
    found: list[Candidate] = []
    for start in range(0, len(names), _NAMES):
        some = names[start : start + _NAMES]
        tiers = tuple(tuple(paused.get(name, ())) for name in some)
        heads = _heads(queue, tuple(some), tiers, postgres=db.postgres)
        free = {f"most_{place}": most[name] for place, name in enumerate(some)}
        found += [Candidate(*row) for row in await connection.execute(heads, free)]
    return found


@lru_cache(maxsize=64)
def _heads(
    queue: str, names: tuple[str, ...], paused: tuple[tuple[Tier, ...], ...], *, postgres: bool
) -> sa.CompoundSelect[Any]:
    """Of each class and manufacturer one short index range: a backlog does not make it longer.

    Kept, since to build it costs more than to run it.
    """
    heads = [
        sa.select(
            sa.select(
                _job.registration_id, _job.manufacturer_id, _job.priority, _job.run_at, _job.fence
            )
            .where(
                _job.queue == queue,
                _job.state == "ready",
                _job.priority == priority,
                _job.manufacturer_id == name,
                _job.run_at <= clock.now(postgres=postgres),
                *pausing.unless({name: dict.fromkeys(tiers)} if tiers else {}),
            )
            .order_by(_job.run_at)
            .limit(sa.bindparam(f"most_{place}", type_=sa.Integer))
            .subquery()
        )
        for place, (name, tiers) in enumerate(zip(names, paused, strict=True))
        for priority in SHARES
    ]
    return sa.union_all(*heads)


async def _hint(
    connection: AsyncConnection, db: Database, picked: list[tuple[str, int]]
) -> list[DueJob]:
    if not picked:
        return []
    mine = sa.select(_job.registration_id).where(
        # The fence, too: a job may have been claimed, finished and put off since it was picked.
        sa.tuple_(_job.registration_id, _job.fence).in_(picked),
        _job.state.in_(["ready", "hinted"]),
    )
    if db.postgres:
        # What a worker is writing just now is in good hands.
        mine = mine.with_for_update(skip_locked=True)
    statement = (
        jobs.update()
        .where(_job.registration_id.in_(mine.cte("mine").select()))
        .values(state="hinted", hinted_at=db.now, fence=_job.fence + 1)
        .returning(_job.registration_id, _job.manufacturer_id, _job.queue, _job.fence)
    )
    made = {row[0]: DueJob(*row) for row in await connection.execute(statement)}
    return [made[one] for one, _ in picked if one in made]


async def renew(db: Database, leases: Sequence[tuple[str, int]], lease: timedelta) -> list[bool]:
    """See `ports.store.Store.renew`."""
    if not leases:
        return []
    until = db.now + lease // _MICROSECOND
    mine = (
        sa.select(_job.registration_id, _job.fence)
        # One that has run out is not given back: whoever sweeps may have seen it already.
        .where(_job.state == "leased", _job.lease_until >= db.now)
        .where(db.among(_job.registration_id, [key for key, _ in leases]))
        .order_by(_job.registration_id)
    )
    if db.postgres:
        # In the order in which `write` locks, so that the two never wait for each other.
        mine = mine.with_for_update()

    async def extend(connection: AsyncConnection) -> set[tuple[str, int]]:
        held = {(row[0], row[1]) for row in await connection.execute(mine)} & set(leases)
        named = db.among(_job.registration_id, [key for key, _ in held])
        await connection.execute(jobs.update().where(named).values(lease_until=until))
        return held

    held = await db.transact(extend)
    return [(key, fence) in held for key, fence in leases]


async def expired(db: Database, limit: int) -> list[ExpiredJob]:
    """See `ports.store.Store.expired`."""
    statement = (
        sa.select(_job.registration_id, _job.fence)
        .where(_job.state == "leased", _job.lease_until < db.now)
        .order_by(_job.lease_until)
        .limit(limit)
    )
    async with db.read() as connection:
        return [ExpiredJob(*row) for row in await connection.execute(statement)]


async def overdue(db: Database, limit: int) -> list[str]:
    """See `ports.store.Store.overdue`."""
    statement = (
        sa.select(_job.registration_id)
        .where(_job.state.in_(["ready", "hinted"]), _job.complete_by < db.now)
        .order_by(_job.complete_by)
        .limit(limit)
    )
    async with db.read() as connection:
        return list((await connection.execute(statement)).scalars())


async def next_due(db: Database, queue: str) -> timedelta | None:
    """See `ports.store.Store.next_due`."""
    earliest = sa.select(sa.func.min(_job.run_at) - db.now).where(
        _job.queue == queue, _job.state == "ready"
    )
    async with db.read() as connection:
        micros = (await connection.execute(earliest)).scalar_one()
    return None if micros is None else max(timedelta(0), int(micros) * _MICROSECOND)
