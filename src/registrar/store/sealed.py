"""Sealed submissions in the database; see `ports.sealed_rows`."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.ports.sealed_rows import Resealed, SealedRow
from registrar.store.engine import Database
from registrar.store.tables import registrations

_row = registrations.c


class SqlSealed:
    """`ports.sealed_rows.SealedRows` over one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def page(self, after: str, limit: int) -> list[SealedRow]:
        """By registration id."""
        query = sa.select(_row.id, _row.sealed).where(_row.id > after, _row.sealed != b"")
        async with self._db.read() as connection:
            rows = await connection.execute(query.order_by(_row.id).limit(limit))
            return [SealedRow(row.id, row.sealed) for row in rows]

    async def reseal(self, items: Sequence[Resealed]) -> list[bool]:
        """In the order of ids, so that two do not wait for each other crosswise."""
        order = sorted(range(len(items)), key=lambda place: items[place].registration_id)

        async def work(connection: AsyncConnection) -> list[bool]:
            done = [False] * len(items)
            for place in order:
                one = items[place]
                there = registrations.update().where(
                    _row.id == one.registration_id, _row.sealed == one.before
                )
                changed = await connection.execute(there.values(sealed=one.after))
                done[place] = changed.rowcount == 1
            return done

        return await self._db.transact(work)
