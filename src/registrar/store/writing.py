"""Writes of registrations: many items, one commit, each guarded.

The guard is the revision, which the caller read in an earlier transaction. On PostgreSQL this also
gives the event log its order: whoever writes sequence n+1 read the committed n before its own
transaction began, so its transaction id is larger.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain import plain
from registrar.domain.registration import Event, Registration, State, Transition
from registrar.ports.store import Inserted, InsertStatus, NewRegistration
from registrar.store.engine import Database
from registrar.store.tables import attempts, events, jobs, registrations

FREE = frozenset({State.FAILED, State.CANCELLED, State.REJECTED})
"""States in which a registration no longer stands in the way of another of the same product."""

_EPOCH = sa.literal_column("pg_current_xact_id()::text::bigint", sa.BigInteger)


def _searchable(registration: Registration) -> dict[str, Any]:
    complete_by = registration.complete_by
    return {
        "state": registration.state.value,
        "revision": registration.revision,
        "complete_by": complete_by and plain.to_micros(complete_by),
        "blocks": registration.state not in FREE,
        "body": plain.to_plain(registration),
    }


def _new_row(item: NewRegistration) -> dict[str, Any]:
    registration = item.transition.registration
    return _searchable(registration) | {
        "id": registration.id,
        "tenant_id": registration.tenant_id,
        "request_id": registration.request_id,
        "body_digest": item.body_digest,
        "manufacturer_id": registration.manufacturer_id,
        "created_at": plain.to_micros(registration.created_at),
        "serial_index": item.serial_index,
        "reference_index": item.reference_index,
        "user_index": item.user_index,
        "sealed": item.sealed,
    }


def _new_job(transition: Transition, queue: str) -> dict[str, Any]:
    registration, job = transition.registration, transition.job
    complete_by = registration.complete_by
    return {
        "registration_id": registration.id,
        "manufacturer_id": registration.manufacturer_id,
        "queue": queue,
        "step": job.step.value if job else "attempt",
        "priority": int(registration.priority),
        "state": "ready" if job else "parked",
        "run_at": plain.to_micros(job.run_at) if job else 0,
        "complete_by": complete_by and plain.to_micros(complete_by),
        "fence": 0,
    }


async def _append(connection: AsyncConnection, db: Database, written: Sequence[Event]) -> None:
    if not written:
        return
    rows = [
        {
            "registration_id": event.registration_id,
            "tenant_id": event.tenant_id,
            "sequence": event.sequence,
            "body": plain.to_plain(event),
        }
        for event in written
    ]
    epoch = _EPOCH if db.postgres else sa.literal_column("0")
    await connection.execute(events.insert().values(epoch=epoch), rows)


async def insert(db: Database, items: Sequence[NewRegistration]) -> list[Inserted]:
    """See `ports.store.Store.insert`."""
    async with db.write() as connection:
        created = await _insert_rows(connection, db, items)
        fresh = [item for item in items if item.transition.registration.id in created]
        if fresh:
            changes = [item.transition for item in fresh]
            await connection.execute(jobs.insert(), [_new_job(one, "api") for one in changes])
            await _append(connection, db, [event for one in changes for event in one.events])
        return [
            Inserted(InsertStatus.CREATED, item.transition.registration)
            if item.transition.registration.id in created
            else await _in_the_way(connection, item)
            for item in items
        ]


async def _insert_rows(
    connection: AsyncConnection, db: Database, items: Sequence[NewRegistration]
) -> set[str]:
    # One order for every process: two batches with the same keys cannot wait for each other.
    rows = sorted((_new_row(item) for item in items), key=lambda row: row["request_id"])
    dialect = postgresql if db.postgres else sqlite
    statement = dialect.insert(registrations).on_conflict_do_nothing()
    found = await connection.execute(statement.returning(registrations.c.id), rows)
    return set(found.scalars())


async def _in_the_way(connection: AsyncConnection, item: NewRegistration) -> Inserted:
    wanted = item.transition.registration
    table = registrations.c
    same_request = sa.select(table.body, table.body_digest).where(
        table.tenant_id == wanted.tenant_id, table.request_id == wanted.request_id
    )
    row = (await connection.execute(same_request)).first()
    if row is not None:
        same = row.body_digest == item.body_digest
        status = InsertStatus.REPLAYED if same else InsertStatus.REQUEST_ID_REUSED
        return Inserted(status, plain.registration(row.body))
    same_product = sa.select(table.body).where(
        table.tenant_id == wanted.tenant_id,
        table.serial_index == item.serial_index,
        table.blocks,
    )
    body = (await connection.execute(same_product)).scalar_one()
    return Inserted(InsertStatus.DUPLICATE, plain.registration(body))


async def write(db: Database, transitions: Sequence[Transition], lease: timedelta) -> list[bool]:
    """See `ports.store.Store.write`."""
    async with db.write() as connection:
        standing = await _lock(connection, db, [one.registration.id for one in transitions])
        accepted: list[Transition] = []
        answers: list[bool] = []
        for one in transitions:
            # A second change of the same registration finds its row taken, and is stale.
            row = standing.pop(one.registration.id, None)
            answers.append(row is not None and _holds(one, row))
            if answers[-1]:
                accepted.append(one)
        if accepted:
            await _apply(connection, db, accepted, lease)
        return answers


async def _lock(connection: AsyncConnection, db: Database, ids: Sequence[str]) -> dict[str, Any]:
    blocker = registrations.alias("blocker")
    mine = registrations.c
    blocked = (
        sa.select(sa.literal(1))
        .where(
            blocker.c.tenant_id == mine.tenant_id,
            blocker.c.serial_index == mine.serial_index,
            blocker.c.id != mine.id,
            blocker.c.blocks,
        )
        .exists()
    )
    statement = (
        sa.select(
            mine.id,
            mine.revision,
            mine.blocks,
            jobs.c.fence,
            jobs.c.state,
            blocked.label("blocked"),
        )
        .join(jobs, jobs.c.registration_id == mine.id)
        .where(mine.id.in_(set(ids)))
        .order_by(mine.id)
    )
    if db.postgres:
        statement = statement.with_for_update(of=[registrations, jobs])
    return {row.id: row for row in await connection.execute(statement)}


def _holds(one: Transition, row: Any) -> bool:  # noqa: ANN401 - a row of `_lock`
    if row.revision != one.expected_revision:
        return False
    if one.fence is not None and row.fence != one.fence:
        return False
    if one.claim and row.state != "hinted":
        return False
    # A retry must not bring back a registration whose product is registered elsewhere by now.
    returns = one.registration.state not in FREE and not row.blocks
    return not (returns and row.blocked)


async def _apply(
    connection: AsyncConnection, db: Database, accepted: Sequence[Transition], lease: timedelta
) -> None:
    mine = registrations.c
    changed = [one for one in accepted if one.events]
    if changed:
        update = registrations.update().where(
            mine.id == sa.bindparam("b_id"), mine.revision == sa.bindparam("b_revision")
        )
        rows = [
            _searchable(one.registration)
            | {"b_id": one.registration.id, "b_revision": one.expected_revision}
            for one in changed
        ]
        await connection.execute(update, rows)
        await _append(connection, db, [event for one in changed for event in one.events])
    await _keep_attempts(connection, db, accepted)
    await _keep_jobs(connection, db, accepted, lease)


async def _keep_attempts(
    connection: AsyncConnection, db: Database, accepted: Sequence[Transition]
) -> None:
    rows = [
        {
            "registration_id": one.attempt.registration_id,
            "number": one.attempt.number,
            "tenant_id": one.attempt.tenant_id,
            "state": one.attempt.state.value,
            "body": plain.to_plain(one.attempt),
        }
        for one in accepted
        if one.attempt is not None
    ]
    if not rows:
        return
    dialect = postgresql if db.postgres else sqlite
    statement = dialect.insert(attempts)
    keys = [attempts.c.registration_id, attempts.c.number]
    newer = {"state": statement.excluded.state, "body": statement.excluded.body}
    await connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=newer), rows)


async def _keep_jobs(
    connection: AsyncConnection, db: Database, accepted: Sequence[Transition], lease: timedelta
) -> None:
    here = jobs.c.registration_id == sa.bindparam("b_id")
    claims = [{"b_id": one.registration.id} for one in accepted if one.claim]
    if claims:
        until = db.now + lease // timedelta(microseconds=1)
        await connection.execute(
            jobs.update().where(here).values(state="leased", lease_until=until), claims
        )
    moved = [one for one in accepted if not one.claim and not one.keep_job]
    if moved:
        rows = [
            {
                "b_id": one.registration.id,
                "state": "ready" if one.job else "parked",
                "step": one.job.step.value if one.job else "attempt",
                "run_at": plain.to_micros(one.job.run_at) if one.job else 0,
            }
            for one in moved
        ]
        fenced = jobs.update().where(here)
        await connection.execute(
            fenced.values(fence=jobs.c.fence + 1, lease_until=None, hinted_at=None), rows
        )
