"""Reads: of one tenant, for a claim, and of the event log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

from registrar.domain.registration import Attempt, Event, Registration, Step
from registrar.ports import plain
from registrar.ports.store import (
    Filter,
    LoggedEvent,
    PageCursor,
    Position,
    Stored,
    Work,
)
from registrar.store.engine import Database
from registrar.store.tables import attempts, events, jobs, registrations

_table = registrations.c
_SETTLED = sa.literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint", sa.BigInteger)


STORED = (_table.body, _table.sealed, _table.successor_id)
"""The columns of which `stored` is made."""


def stored(row: Any) -> Stored:  # noqa: ANN401 - a row of STORED
    """With its successor, of which the body may not know yet."""
    known: Registration = row.body
    if known.successor_id != (row.successor_id or ""):
        known = replace(known, successor_id=row.successor_id or "")
    return Stored(known, row.sealed)


async def work(db: Database, ids: Sequence[str]) -> dict[str, Work]:
    """See `ports.store.Store.work`."""
    running = sa.and_(
        attempts.c.registration_id == _table.id, attempts.c.state == sa.literal("running")
    )
    statement = (
        sa.select(
            _table.id,
            _table.body,
            _table.sealed,
            jobs.c.step,
            jobs.c.fence,
            jobs.c.state,
            attempts.c.body.label("running"),
        )
        .join(jobs, jobs.c.registration_id == _table.id)
        .outerjoin(attempts, running)
        .where(db.among(_table.id, ids), jobs.c.state != "parked")
    )
    async with db.read() as connection:
        return {
            row.id: Work(
                stored=Stored(row.body, row.sealed),
                step=Step(row.step),
                fence=row.fence,
                leased=row.state == "leased",
                running=row.running,
            )
            for row in await connection.execute(statement)
        }


async def get(db: Database, tenant_id: str, ids: Sequence[str]) -> dict[str, Stored]:
    """See `ports.store.Store.get`."""
    statement = sa.select(_table.id, *STORED).where(
        _table.tenant_id == tenant_id, db.among(_table.id, ids)
    )
    async with db.read() as connection:
        return {row.id: stored(row) for row in await connection.execute(statement)}


async def known(db: Database, tenant_id: str, request_id: str) -> bool:
    """See `ports.store.Store.known`."""
    statement = sa.select(_table.id).where(
        _table.tenant_id == tenant_id, _table.request_id == request_id
    )
    async with db.read() as connection:
        return (await connection.execute(statement)).first() is not None


async def lookup(
    db: Database, tenant_id: str, reference: bytes | None, serial: bytes | None
) -> Stored | None:
    """See `ports.store.Store.lookup`."""
    statement = sa.select(*STORED).where(_table.tenant_id == tenant_id)
    if reference is not None:
        statement = statement.where(_table.reference_index == reference)
    if serial is not None:
        statement = statement.where(_table.serial_index == serial)
    newest = statement.order_by(_table.created_at.desc(), _table.id.desc()).limit(1)
    async with db.read() as connection:
        row = (await connection.execute(newest)).first()
        return None if row is None else stored(row)


def _conditions(where: Filter) -> list[sa.ColumnElement[bool]]:
    made: list[sa.ColumnElement[bool]] = []
    if where.states:
        made.append(_table.state.in_([state.value for state in where.states]))
    if where.manufacturer_ids:
        made.append(_table.manufacturer_id.in_(where.manufacturer_ids))
    if where.user_index is not None:
        made.append(_table.user_index == where.user_index)
    if where.reference_index is not None:
        made.append(_table.reference_index == where.reference_index)
    if where.created_after is not None:
        made.append(_table.created_at > plain.to_micros(where.created_after))
    if where.created_before is not None:
        made.append(_table.created_at < plain.to_micros(where.created_before))
    return made


async def page(  # noqa: PLR0913 - one query, its parts
    db: Database,
    tenant_id: str,
    where: Filter,
    *,
    descending: bool,
    limit: int,
    after: PageCursor | None,
) -> list[Stored]:
    """See `ports.store.Store.page`."""
    key = sa.tuple_(_table.created_at, _table.id)
    statement = sa.select(*STORED).where(_table.tenant_id == tenant_id, *_conditions(where))
    if after is not None:
        place = sa.tuple_(
            sa.literal(plain.to_micros(after.created_at)), sa.literal(after.registration_id)
        )
        statement = statement.where(key < place if descending else key > place)
    order = [_table.created_at, _table.id]
    statement = statement.order_by(*(column.desc() if descending else column for column in order))
    async with db.read() as connection:
        return [stored(row) for row in await connection.execute(statement.limit(limit))]


async def history(
    db: Database, tenant_id: str, registration_id: str, *, after: int, limit: int
) -> list[Event]:
    """See `ports.store.Store.events`."""
    statement = (
        sa.select(events.c.body)
        .where(
            events.c.registration_id == registration_id,
            events.c.tenant_id == tenant_id,
            events.c.sequence > after,
        )
        .order_by(events.c.sequence)
        .limit(limit)
    )
    async with db.read() as connection:
        return list((await connection.execute(statement)).scalars())


async def tried(db: Database, tenant_id: str, registration_id: str) -> list[Attempt]:
    """See `ports.store.Store.attempts`."""
    statement = (
        sa.select(attempts.c.body)
        .where(attempts.c.registration_id == registration_id, attempts.c.tenant_id == tenant_id)
        .order_by(attempts.c.number)
    )
    async with db.read() as connection:
        return list((await connection.execute(statement)).scalars())


async def log(
    db: Database, after: Position, limit: int, registration_ids: Sequence[str] = ()
) -> list[LoggedEvent]:
    """See `ports.store.Store.log`.

    A serial position becomes visible out of order: a reader that has seen 8 would never look for a
    7 that commits later. Below the oldest transaction still running nothing can appear any more.
    """
    place = sa.tuple_(sa.literal(after.epoch), sa.literal(after.offset))
    key = sa.tuple_(events.c.epoch, events.c.position)
    statement = sa.select(events.c.epoch, events.c.position, events.c.body).where(key > place)
    if db.postgres:
        statement = statement.where(events.c.epoch < _SETTLED)
    if registration_ids:
        statement = statement.where(db.among(events.c.registration_id, registration_ids))
    statement = statement.order_by(events.c.epoch, events.c.position).limit(limit)
    async with db.read() as connection:
        return [
            LoggedEvent(Position(row.epoch, row.position), row.body)
            for row in await connection.execute(statement)
        ]


async def last_positions(db: Database, registration_ids: Sequence[str]) -> dict[str, Position]:
    """See `ports.store.Store.last_positions`."""
    newest = (
        sa.select(events.c.registration_id, sa.func.max(events.c.sequence).label("sequence"))
        .where(db.among(events.c.registration_id, registration_ids))
        .group_by(events.c.registration_id)
        .subquery()
    )
    statement = sa.select(events.c.registration_id, events.c.epoch, events.c.position).join(
        newest,
        sa.and_(
            events.c.registration_id == newest.c.registration_id,
            events.c.sequence == newest.c.sequence,
        ),
    )
    async with db.read() as connection:
        rows = await connection.execute(statement)
        return {row.registration_id: Position(row.epoch, row.position) for row in rows}


async def log_head(db: Database) -> Position:
    """See `ports.store.Store.log_head`."""
    async with db.read() as connection:
        if db.postgres:
            oldest = (await connection.execute(sa.select(_SETTLED))).scalar_one()
            # (oldest, 0) sorts after everything of older transactions and before all of `oldest`.
            return Position(oldest, 0)
        newest = sa.select(sa.func.coalesce(sa.func.max(events.c.position), 0))
        return Position(0, (await connection.execute(newest)).scalar_one())


async def ping(db: Database) -> None:
    """See `ports.store.Store.ping`."""
    async with db.read() as connection:
        await connection.execute(sa.select(sa.literal(1)))
