"""Writes of registrations: many items, one commit, each guarded.

The guard is the revision, which the caller read in an earlier transaction. On PostgreSQL this also
gives the event log its order: whoever writes sequence n+1 read the committed n before its own
transaction began, so its transaction id is larger.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.registration import Transition
from registrar.ports.erasures import Erasing
from registrar.store import clock, rows, statements
from registrar.store.engine import Database
from registrar.store.tables import attempts, jobs, registrations
from registrar.store.trouble import Conflict

_table = registrations.c
_UPDATE = registrations.update().where(
    _table.id == sa.bindparam("b_id"), _table.revision == sa.bindparam("b_revision")
)


async def write(db: Database, transitions: Sequence[Transition], lease: timedelta) -> list[bool]:
    """See `ports.store.Store.write`."""
    if not transitions:
        return []
    if db.postgres:
        # A retry may meet another registration of its product, and a batch must not fail of it.
        with suppress(Conflict):
            return await _at_once(db, transitions, lease)
    return await db.transact(lambda connection: _write(connection, db, transitions, lease))


async def together(
    connection: AsyncConnection, db: Database, transitions: Sequence[Transition]
) -> list[bool]:
    """As `write` does without a claim, in the transaction of something else."""
    if not transitions:
        return []
    return await _write(connection, db, transitions, timedelta(0))


async def _at_once(db: Database, transitions: Sequence[Transition], lease: timedelta) -> list[bool]:
    first = {one.registration.id: place for place, one in reversed(list(enumerate(transitions)))}
    given = statements.moving([transitions[place] for place in sorted(first.values())], lease)
    moved = set(await db.at_once(statements.MOVING, given))
    # A second change of the same registration finds its row taken, and is stale.
    return [
        one.registration.id in moved and first[one.registration.id] == place
        for place, one in enumerate(transitions)
    ]


async def _write(
    connection: AsyncConnection, db: Database, transitions: Sequence[Transition], lease: timedelta
) -> list[bool]:
    standing = await _lock(connection, db, [one.registration.id for one in transitions])
    accepted: dict[int, Transition] = {}
    returning: dict[int, Transition] = {}
    for place, one in enumerate(transitions):
        # A second change of the same registration finds its row taken, and is stale.
        row = standing.pop(one.registration.id, None)
        if row is None or not _holds(one, row):
            continue
        returns = one.registration.state not in rows.FREE and not row.blocks
        (returning if returns else accepted)[place] = one
    await _update(connection, accepted.values())
    accepted |= {
        place: one for place, one in returning.items() if await _bring_back(connection, one)
    }
    await _follow(connection, db, [accepted[place] for place in sorted(accepted)], lease)
    return [place in accepted for place in range(len(transitions))]


async def _lock(connection: AsyncConnection, db: Database, ids: Sequence[str]) -> dict[str, Any]:
    statement = (
        sa.select(_table.id, _table.revision, _table.blocks, jobs.c.fence, jobs.c.state)
        .join(jobs, jobs.c.registration_id == _table.id)
        .where(db.among(_table.id, ids))
        .order_by(_table.id)
    )
    if db.postgres:
        statement = statement.with_for_update(of=[registrations, jobs])
    return {row.id: row for row in await connection.execute(statement)}


def _holds(one: Transition, row: Any) -> bool:  # noqa: ANN401 - a row of `_lock`
    if row.revision != one.expected_revision:
        return False
    if one.fence is not None and row.fence != one.fence:
        return False
    return not one.claim or row.state == "hinted"


async def _update(connection: AsyncConnection, changes: Iterable[Transition]) -> None:
    changed = [
        rows.changing(one.registration)
        | {"b_id": one.registration.id, "b_revision": one.expected_revision}
        for one in changes
        if one.events
    ]
    if changed:
        await connection.execute(_UPDATE, changed)


async def erased(
    connection: AsyncConnection, db: Database, items: Sequence[Erasing], gone: dict[str, Any]
) -> set[str]:
    """Ids of those that were as they were read, and that nobody works on: they are over now."""
    wanted = {one.transition.registration.id: one for one in items}
    standing = await _lock(connection, db, sorted(wanted))
    same = sa.select(_table.id, _table.sealed).where(db.among(_table.id, sorted(wanted)))
    sealed = {row.id: row.sealed for row in await connection.execute(same)}
    done = [
        one.transition
        for key, one in wanted.items()
        if key in standing
        and standing[key].state != "leased"
        and _holds(one.transition, standing[key])
        and sealed[key] == one.sealed
    ]
    await _update(connection, done)
    ids = {one.registration.id for one in done}
    blank = registrations.update().where(db.among(_table.id, sorted(ids)))
    await connection.execute(blank.values(**gone))
    await _follow(connection, db, done, timedelta(0))
    return ids


async def _bring_back(connection: AsyncConnection, one: Transition) -> bool:
    """A retry blocks its product again; False where another registration does by now.

    Only the unique index knows that for certain, so each has a savepoint: the batch goes on.
    """
    try:
        async with connection.begin_nested():
            await _update(connection, [one])
            back = registrations.update().where(_table.id == one.registration.id)
            await connection.execute(back.values(successor_id=None))
    except IntegrityError:
        return False
    return True


async def _follow(
    connection: AsyncConnection, db: Database, accepted: Sequence[Transition], lease: timedelta
) -> None:
    await rows.append(connection, db, [event for one in accepted for event in one.events])
    await _keep_attempts(connection, db, accepted)
    await _keep_jobs(connection, db, accepted, lease)


async def _keep_attempts(
    connection: AsyncConnection, db: Database, accepted: Sequence[Transition]
) -> None:
    made = [rows.attempted(one.attempt) for one in accepted if one.attempt is not None]
    if not made:
        return
    statement = (postgresql if db.postgres else sqlite).insert(attempts)
    keys = [attempts.c.registration_id, attempts.c.number]
    newer = {"state": statement.excluded.state, "body": statement.excluded.body}
    await connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=newer), made)


async def _keep_jobs(
    connection: AsyncConnection, db: Database, accepted: Sequence[Transition], lease: timedelta
) -> None:
    claims = [one.registration.id for one in accepted if one.claim]
    if claims:
        until = db.now + lease // timedelta(microseconds=1)
        claimed = jobs.update().where(db.among(jobs.c.registration_id, claims))
        await connection.execute(claimed.values(state="leased", lease_until=until))
    moved = [
        {f"b_{name}": value for name, value in rows.scheduled(one).items()}
        | {"b_id": one.registration.id}
        for one in accepted
        if not one.claim and not one.keep_job
    ]
    if moved:
        fenced = jobs.update().where(jobs.c.registration_id == sa.bindparam("b_id"))
        wire = sa.bindparam("b_run_at", type_=sa.BigInteger())
        statement = fenced.values(
            state=sa.bindparam("b_state"),
            step=sa.bindparam("b_step"),
            run_at=clock.due(wire, db.now),
            fence=jobs.c.fence + 1,
            tier=sa.bindparam("b_tier"),
            queue=sa.bindparam("b_queue"),
            paused=sa.bindparam("b_paused"),
            lease_until=None,
            hinted_at=None,
        )
        await connection.execute(statement, moved)
