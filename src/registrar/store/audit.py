"""The audit log in the database; see `ports.audit`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.audit import Act, Entry, Head
from registrar.ports import audit, plain
from registrar.ports.audit import AuditFilter
from registrar.store.engine import Database
from registrar.store.tables import audit_head, audit_log

Answer = TypeVar("Answer")
_row, _head = audit_log.c, audit_head.c

Work = Callable[[AsyncConnection], Awaitable[Answer]]
View = Callable[[Any, Any], tuple[object, object]]
"""Of what there was before and what the change has answered: what the entry shows of both."""


async def _nothing(connection: AsyncConnection) -> None:
    del connection


async def audited(
    db: Database, act: Act | None, change: Work[Answer], view: View, look: Work[Any] = _nothing
) -> Answer:
    """The change and the entry that tells of it, in one transaction; no entry without an act.

    `change` answers None where it has met nothing: then there is nothing to tell. The head is
    locked first: what `look` finds is what the entry of another's change has left.
    """
    if act is None:
        return await db.transact(change)
    told = act

    async def work(connection: AsyncConnection) -> Answer:
        last = await _locked(connection)
        before = await look(connection)
        answer = await change(connection)
        if answer is not None:
            await _append(connection, db, told, last, view(before, answer))
        return answer

    return await db.transact(work)


async def _locked(connection: AsyncConnection) -> Head:
    """Nobody else appends until the transaction has ended; SQLite has one writer anyway."""
    found = await connection.execute(sa.select(_head.position, _head.hash).with_for_update())
    return Head(*found.one())


async def _append(
    connection: AsyncConnection, db: Database, act: Act, last: Head, shown: tuple[object, object]
) -> Entry:
    at = (await connection.execute(sa.select(db.now))).scalar_one()
    made = audit.entry(act, last, at, *shown)
    values = {name: getattr(made, name) for name in _row.keys()}  # noqa: SIM118 - a collection
    await connection.execute(audit_log.insert().values(**values))
    moved = audit_head.update().values(position=made.position, hash=made.hash)
    await connection.execute(moved)
    return made


async def append(
    connection: AsyncConnection, db: Database, act: Act, before: object, after: object
) -> Entry:
    """In the transaction of what it tells of."""
    return await _append(connection, db, act, await _locked(connection), (before, after))


def _entry(row: Any) -> Entry:  # noqa: ANN401 - a row of the table
    return Entry(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


class SqlAudit:
    """`ports.audit.AuditLog` over one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def append(self, act: Act, before: object = None, after: object = None) -> Entry:
        """By itself."""
        return await self._db.transact(
            lambda connection: append(connection, self._db, act, before, after)
        )

    async def head(self) -> Head:
        """The newest entry; of a row that somebody has dropped, that there was none."""
        async with self._db.read() as connection:
            row = (await connection.execute(sa.select(_head.position, _head.hash))).first()
            return Head() if row is None else Head(*row)

    async def after(self, position: int, limit: int) -> list[Entry]:
        """Oldest first."""
        query = sa.select(audit_log).where(_row.position > position)
        return await self._found(query.order_by(_row.position).limit(limit))

    async def listed(self, where: AuditFilter, limit: int, below: int | None = None) -> list[Entry]:
        """Newest first."""
        query = sa.select(audit_log).where(*_conditions(where))
        if below is not None:
            query = query.where(_row.position < below)
        return await self._found(query.order_by(_row.position.desc()).limit(limit))

    async def _found(self, query: sa.Select[Any]) -> list[Entry]:
        async with self._db.read() as connection:
            return [_entry(row) for row in await connection.execute(query)]


def _conditions(where: AuditFilter) -> list[sa.ColumnElement[bool]]:
    names = ("tenant_id", "actor", "action", "subject")
    made = [_row[name] == getattr(where, name) for name in names if getattr(where, name)]
    if where.since is not None:
        made.append(_row.at >= plain.to_micros(where.since))
    if where.until is not None:
        made.append(_row.at < plain.to_micros(where.until))
    return made
