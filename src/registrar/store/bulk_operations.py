"""Bulk operations in the database; see `ports.bulk`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.audit import Act
from registrar.domain.bulk import BulkFilter, BulkOperation, BulkState, Skip, counted
from registrar.domain.registration import State
from registrar.ports import plain
from registrar.ports.bulk import HeldOperation, Looked, Matching, bulk_begun, bulk_ended
from registrar.ports.store import PageCursor
from registrar.store import writing
from registrar.store.audit import audited
from registrar.store.engine import Database
from registrar.store.tables import DEAD, bulk_items, bulk_operations, registrations

CHUNK = 5_000
"""Registrations that are read together, of which some match."""
_AT_ONCE = 1_000
_row, _made, _item = registrations.c, bulk_operations.c, bulk_items.c
_PLACE = sa.tuple_(_row.created_at, _row.id)
_FAILED: sa.ColumnElement[str] = sa.literal_column(f"'{State.FAILED}'")
_MICROSECOND = timedelta(microseconds=1)


def _in_body(*path: str) -> sa.ColumnElement[Any]:
    """A text of the registration itself."""
    found: Any = sa.type_coerce(_row.body, sa.JSON)
    for name in path:
        found = found[name]
    text: sa.ColumnElement[Any] = found.as_string()
    return text


def _bounds(
    column: sa.ColumnElement[Any], after: datetime | None, before: datetime | None
) -> list[sa.ColumnElement[bool]]:
    made = [] if after is None else [column > plain.to_micros(after)]
    return made if before is None else [*made, column < plain.to_micros(before)]


def _conditions(db: Database, where: BulkFilter) -> list[sa.ColumnElement[bool]]:
    columns = (
        (_row.id, where.registration_ids),
        (_row.manufacturer_id, where.manufacturer_ids),
        (_row.state, where.states),
        (_row.cause, where.fingerprints),
        (_in_body("tier"), where.tiers),
        (_in_body("failure", "code"), where.failure_codes),
    )
    return [
        *(db.among(column, map(str, wanted)) for column, wanted in columns if wanted),
        *_bounds(_row.created_at, where.created_after, where.created_before),
        *_bounds(_row.failed_at, where.failed_after, where.failed_before),
    ]


def _begun(before: None, operation: BulkOperation) -> tuple[object, object]:
    del before
    return None, bulk_begun(operation)


def _ended(before: None, operation: BulkOperation) -> tuple[object, object]:
    del before
    return None, bulk_ended(operation)


class SqlBulk:
    """`ports.bulk.BulkRows` over one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def matching(
        self, tenant_id: str, where: BulkFilter, after: PageCursor | None, limit: int
    ) -> Matching:
        """By ids, by the index of dead letters, or through what the tenant has, in chunks."""
        wanted = [_row.tenant_id == tenant_id, *_conditions(self._db, where)]
        query = sa.select(_row.created_at, _row.id)
        if where.states == (State.FAILED,):
            return Matching(await self._ids(query.where(*wanted, DEAD).limit(limit)))
        wanted.append(sa.or_(_row.state != _FAILED, DEAD))
        if where.registration_ids:
            return Matching(await self._ids(query.where(*wanted).limit(limit)))
        last = await self._end_of_chunk(tenant_id, where, after)
        query = query.where(*wanted, *_within(after, last))
        return Matching(await self._ids(query.order_by(*_PLACE.clauses).limit(limit)), last)

    async def _ids(self, query: sa.Select[Any, Any]) -> tuple[str, ...]:
        async with self._db.read() as connection:
            return tuple(row.id for row in await connection.execute(query))

    async def _end_of_chunk(
        self, tenant_id: str, where: BulkFilter, after: PageCursor | None
    ) -> PageCursor | None:
        """The last of the next CHUNK registrations; None where there are no more."""
        bounds = _bounds(_row.created_at, where.created_after, where.created_before)
        query = sa.select(_row.created_at, _row.id).where(
            _row.tenant_id == tenant_id, *bounds, *_within(after, None)
        )
        query = query.order_by(*_PLACE.clauses).offset(CHUNK - 1).limit(1)
        async with self._db.read() as connection:
            row = (await connection.execute(query)).first()
            return None if row is None else PageCursor(plain.from_micros(row.created_at), row.id)

    async def begin(
        self, operation: BulkOperation, ids: Sequence[str], act: Act | None = None
    ) -> BulkOperation:
        """With its items, in one transaction."""
        values = {
            "id": operation.id,
            "tenant_id": operation.tenant_id,
            "request_id": operation.request_id,
            "requested_at": plain.to_micros(operation.requested_at),
            "open": operation.state is BulkState.RUNNING,
            "due_at": self._db.now,
            "fence": 0,
            "body": operation,
        }

        async def work(connection: AsyncConnection) -> BulkOperation:
            await connection.execute(bulk_operations.insert().values(**values))
            items = [{"operation_id": operation.id, "registration_id": one} for one in ids]
            for start in range(0, len(items), _AT_ONCE):
                await connection.execute(bulk_items.insert(), items[start : start + _AT_ONCE])
            return operation

        try:
            return await audited(self._db, act, work, _begun)
        except IntegrityError:
            known = await self.of_request(operation.tenant_id, operation.request_id)
            if known is None:
                raise
            return known

    async def of_request(self, tenant_id: str, request_id: str) -> BulkOperation | None:
        """By the unique index."""
        mine = _made.tenant_id == tenant_id, _made.request_id == request_id
        return await self._one(sa.select(_made.body).where(*mine))

    async def get(self, tenant_id: str, operation_id: str) -> BulkOperation | None:
        """Of this tenant only."""
        mine = _made.tenant_id == tenant_id, _made.id == operation_id
        return await self._one(sa.select(_made.body).where(*mine))

    async def _one(self, query: sa.Select[Any]) -> BulkOperation | None:
        async with self._db.read() as connection:
            found: BulkOperation | None = (await connection.execute(query)).scalar_one_or_none()
            return found

    async def listed(
        self, tenant_id: str, limit: int, after: PageCursor | None = None
    ) -> list[BulkOperation]:
        """Newest first."""
        query = sa.select(_made.body).where(_made.tenant_id == tenant_id)
        if after is not None:
            requested = sa.literal(plain.to_micros(after.created_at))
            place = sa.tuple_(requested, sa.literal(after.registration_id))
            query = query.where(sa.tuple_(_made.requested_at, _made.id) < place)
        query = query.order_by(_made.requested_at.desc(), _made.id.desc()).limit(limit)
        async with self._db.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def cancel(
        self, tenant_id: str, operation_id: str, at: datetime, act: Act | None = None
    ) -> BulkOperation | None:
        """Another fence, so that who works on it comes too late."""
        mine = sa.and_(_made.tenant_id == tenant_id, _made.id == operation_id)

        async def work(connection: AsyncConnection) -> BulkOperation | None:
            before = await _locked(connection, mine)
            if before is None:
                return None
            after = replace(before, state=BulkState.CANCELLED, ended_at=at)
            ended = bulk_operations.update().where(mine)
            await connection.execute(ended.values(body=after, open=False, fence=_made.fence + 1))
            await connection.execute(bulk_items.delete().where(_item.operation_id == operation_id))
            return after

        return await audited(self._db, act, work, _ended)

    async def claim(self, limit: int, lease: timedelta) -> list[HeldOperation]:
        """Nothing is written where nothing is due."""
        now = self._db.now
        free = sa.or_(_made.lease_until.is_(None), _made.lease_until < now)
        due = sa.select(_made.id).where(_made.open, _made.due_at <= now, free)
        due = due.order_by(_made.due_at).limit(limit)
        async with self._db.read() as connection:
            if (await connection.execute(due.limit(1))).first() is None:
                return []

        async def work(connection: AsyncConnection) -> list[HeldOperation]:
            locked = due.with_for_update(skip_locked=True) if self._db.postgres else due
            ids = list((await connection.execute(locked)).scalars())
            taken = bulk_operations.update().where(self._db.among(_made.id, ids))
            taken = taken.values(lease_until=now + lease // _MICROSECOND, fence=_made.fence + 1)
            held = await connection.execute(taken.returning(_made.body, _made.fence))
            return [HeldOperation(row.body, row.fence) for row in held]

        return await self._db.transact(work)

    async def items(self, operation_id: str, limit: int) -> list[str]:
        """By id, which begins with the time."""
        query = sa.select(_item.registration_id).where(_item.operation_id == operation_id)
        query = query.order_by(_item.registration_id).limit(limit)
        async with self._db.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def advance(
        self, held: HeldOperation, looked: Sequence[Looked], pause: timedelta, at: datetime
    ) -> BulkOperation | None:
        """Items go in the transaction of what was done with them."""
        mine = sa.and_(_made.id == held.operation.id, _made.fence == held.fence)

        async def work(connection: AsyncConnection) -> BulkOperation | None:
            before = await _locked(connection, mine)
            if before is None:
                return None
            settled = await self._settled(connection, looked)
            ids = [one.registration_id for one in settled]
            gone = self._db.among(_item.registration_id, ids)
            await connection.execute(
                bulk_items.delete().where(_item.operation_id == before.id, gone)
            )
            after = counted(before, [one.result for one in settled], at)
            values = {
                "body": after,
                "open": after.state is BulkState.RUNNING,
                "lease_until": None,
                "due_at": self._db.now + pause // _MICROSECOND,
            }
            await connection.execute(bulk_operations.update().where(mine).values(**values))
            return after

        return await self._db.transact(work)

    async def _settled(self, connection: AsyncConnection, looked: Sequence[Looked]) -> list[Looked]:
        """What is no item any more; a transition that could not be written is a DUPLICATE."""
        moves = [one.transition for one in looked if one.transition is not None]
        written = await writing.together(connection, self._db, moves)
        refused = [one for one, done in zip(moves, written, strict=True) if not done]
        same = await self._unmoved(connection, [one.registration.id for one in refused])
        kept_out = {
            one.registration.id
            for one in refused
            if same.get(one.registration.id) == one.expected_revision
        }
        stale = {one.registration.id for one in refused} - kept_out
        return [
            Looked(one.registration_id, skip=Skip.DUPLICATE)
            if one.registration_id in kept_out
            else one
            for one in looked
            if one.registration_id not in stale
        ]

    async def _unmoved(self, connection: AsyncConnection, ids: list[str]) -> dict[str, int]:
        query = sa.select(_row.id, _row.revision).where(self._db.among(_row.id, ids))
        found = await connection.execute(query) if ids else ()
        return {row.id: row.revision for row in found}


def _within(after: PageCursor | None, last: PageCursor | None) -> list[sa.ColumnElement[bool]]:
    made = [] if after is None else [_place(after) < _PLACE]
    return made if last is None else [*made, _place(last) >= _PLACE]


def _place(at: PageCursor) -> sa.ColumnElement[Any]:
    return sa.tuple_(sa.literal(plain.to_micros(at.created_at)), sa.literal(at.registration_id))


async def _locked(
    connection: AsyncConnection, mine: sa.ColumnElement[bool]
) -> BulkOperation | None:
    """None for what does not run."""
    query = sa.select(_made.body).where(mine, _made.open).with_for_update()
    found: BulkOperation | None = (await connection.execute(query)).scalar_one_or_none()
    return found
