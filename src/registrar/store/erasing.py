"""Erasures in the database; see `ports.erasures`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.audit import Act
from registrar.domain.erasure import PERSONAL_DETAILS, Erasure
from registrar.domain.registration import Event, State
from registrar.ports import plain
from registrar.ports.erasures import Erasing, Pending, Whose, counted, erasure_begun, wiped
from registrar.ports.store import Stored
from registrar.store import writing
from registrar.store.audit import audited
from registrar.store.engine import Database
from registrar.store.notice_tables import bounced_addresses
from registrar.store.reading import STORED, stored
from registrar.store.tables import artifacts, doomed_keys, erasures, events, registrations

_row = registrations.c
_asked = erasures.c
_TERMINAL = [one.value for one in State if one.terminal]
_GONE = {
    "sealed": b"",
    "body_digest": b"",
    "serial_index": None,
    "reference_index": None,
    "user_index": None,
    "email_index": None,
}


def _pending(row: Any) -> Pending:  # noqa: ANN401 - a row of the table
    return Pending(row.body, Whose(row.index or b"", by_email=row.by_email))


def _told(before: None, begun: Pending) -> tuple[object, object]:
    del before
    return None, erasure_begun(begun.erasure, begun.whose)


class SqlErasures:
    """`ports.erasures.Erasures` over one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def begin(self, erasure: Erasure, whose: Whose, act: Act | None = None) -> Pending:
        """What was begun before is as it is."""
        values = {
            "id": erasure.id,
            "tenant_id": erasure.tenant_id,
            "request_id": erasure.request_id,
            "requested_at": plain.to_micros(erasure.requested_at),
            "index": whose.index,
            "by_email": whose.by_email,
            "done": False,
            "body": erasure,
        }

        async def work(connection: AsyncConnection) -> Pending:
            await connection.execute(erasures.insert().values(**values))
            return Pending(erasure, whose)

        known = await self._known(erasure)
        if known is not None:
            return known
        try:
            return await audited(self._db, act, work, _told)
        except IntegrityError:
            return await self._known(erasure) or Pending(erasure, whose)

    async def _known(self, erasure: Erasure) -> Pending | None:
        query = sa.select(erasures).where(
            _asked.tenant_id == erasure.tenant_id, _asked.request_id == erasure.request_id
        )
        async with self._db.read() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else _pending(row)

    async def of_customer(
        self, tenant_id: str, whose: Whose, *, before: datetime | None, after: str, limit: int
    ) -> list[Stored]:
        """By id."""
        column = _row.email_index if whose.by_email else _row.user_index
        mine = sa.and_(_row.tenant_id == tenant_id, column == whose.index, _row.id > after)
        if before is not None:
            mine = sa.and_(mine, _row.created_at <= plain.to_micros(before))
        return await self._stored(mine, limit)

    async def ended(self, before: str, *, after: str, limit: int) -> list[Stored]:
        """By id."""
        over = _row.state.in_(_TERMINAL)
        return await self._stored(sa.and_(_row.id > after, _row.id < before, over), limit)

    async def _stored(self, where: sa.ColumnElement[bool], limit: int) -> list[Stored]:
        query = sa.select(*STORED).where(where, _row.sealed != b"")
        async with self._db.read() as connection:
            rows = await connection.execute(query.order_by(_row.id).limit(limit))
            return [stored(row) for row in rows]

    async def erase(self, items: Sequence[Erasing], erasure_id: str = "") -> list[bool]:
        """One transaction."""

        async def work(connection: AsyncConnection) -> list[bool]:
            ids = await writing.erased(connection, self._db, items, _GONE)
            done = [one for one in items if one.transition.registration.id in ids]
            if done:
                await self._wiped(connection, ids)
                keys = {key for one in done for key in one.key_ids}
                keys |= await self._expired(connection, ids)
                await self._noted(connection, sorted(keys))
                await self._unlisted(connection, done)
                await self._changed(connection, erasure_id, lambda before: counted(before, done))
            return [one.transition.registration.id in ids for one in items]

        return await self._db.transact(work)

    async def _wiped(self, connection: AsyncConnection, ids: set[str]) -> None:
        mine = self._db.among(events.c.registration_id, sorted(ids))
        query = sa.select(events.c.position, events.c.body).where(mine)
        for row in (await connection.execute(query)).all():
            event: Event = row.body
            if PERSONAL_DETAILS & event.detail.keys():
                there = events.update().where(events.c.position == row.position)
                await connection.execute(there.values(body=wiped(event)))

    async def _expired(self, connection: AsyncConnection, ids: set[str]) -> set[str]:
        """The keys of their artifacts, which are shown no more."""
        mine = artifacts.update().where(self._db.among(artifacts.c.registration_id, sorted(ids)))
        over = mine.values(expires_at=self._db.now, request_id=None)
        found = await connection.execute(
            over.returning(artifacts.c.key_id, artifacts.c.other_key_id)
        )
        return {key for row in found for key in row if key}

    async def _noted(self, connection: AsyncConnection, keys: list[str]) -> None:
        known = sa.select(doomed_keys.c.id).where(self._db.among(doomed_keys.c.id, keys))
        there = set((await connection.execute(known)).scalars())
        fresh = [{"id": key} for key in keys if key not in there]
        if fresh:
            await connection.execute(doomed_keys.insert(), fresh)

    async def _unlisted(self, connection: AsyncConnection, done: Sequence[Erasing]) -> None:
        for one in done:
            if one.address_index is not None:
                row = bounced_addresses.c
                known = bounced_addresses.delete().where(
                    row.tenant_id == one.transition.registration.tenant_id,
                    row.address_index == one.address_index,
                )
                await connection.execute(known)

    async def doomed(self, limit: int) -> list[str]:
        """In any order."""
        query = sa.select(doomed_keys.c.id).limit(limit)
        async with self._db.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def forgotten(self, key_ids: Sequence[str]) -> None:
        """No more."""
        gone = doomed_keys.delete().where(self._db.among(doomed_keys.c.id, sorted(key_ids)))
        await self._db.transact(lambda connection: connection.execute(gone))

    async def progress(
        self, erasure_id: str, pending: Sequence[str], completed_at: datetime | None
    ) -> Erasure:
        """Done without an index."""

        def moved(before: Erasure) -> Erasure:
            return replace(before, pending=tuple(pending), completed_at=completed_at)

        async def work(connection: AsyncConnection) -> Erasure:
            await self._changed(connection, erasure_id, moved)
            query = sa.select(_asked.body).where(_asked.id == erasure_id)
            found: Erasure = (await connection.execute(query)).scalar_one()
            return found

        return await self._db.transact(work)

    async def _changed(
        self, connection: AsyncConnection, erasure_id: str, change: Callable[[Erasure], Erasure]
    ) -> None:
        """One that is complete, or none at all, stays as it is."""
        query = sa.select(_asked.body).where(_asked.id == erasure_id, ~_asked.done)
        before = (await connection.execute(query.with_for_update())).scalar_one_or_none()
        if before is None:
            return
        after = change(before)
        values: dict[str, Any] = {"body": after}
        if after.completed_at is not None:
            values |= {"done": True, "index": None}
        await connection.execute(erasures.update().where(_asked.id == erasure_id).values(**values))

    async def pending(self, limit: int) -> list[Pending]:
        """The oldest first."""
        query = sa.select(erasures).where(~_asked.done).order_by(_asked.requested_at).limit(limit)
        async with self._db.read() as connection:
            return [_pending(row) for row in await connection.execute(query)]
