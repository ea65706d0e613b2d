"""The store of keys over one database; see `ports.key_rows`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.ports.key_provider import Wrapped
from registrar.ports.key_rows import DataKey, KeyCounts, Master, Purpose, Replacement
from registrar.store.engine import Database
from registrar.store.key_tables import data_keys, key_store, master_keys

_row = data_keys.c
_master = master_keys.c
_MICROSECOND = timedelta(microseconds=1)
_MANY = 500
"""Ids in one statement."""


def _read_master(row: Any) -> Master:  # noqa: ANN401 - a row of the table
    return Master(row.version, Purpose(row.purpose), Wrapped(row.kek, row.wrapped))


def _master_values(master: Master) -> dict[str, Any]:
    return {
        "version": master.version,
        "purpose": master.purpose.value,
        "kek": master.wrapped.key,
        "wrapped": master.wrapped.blob,
    }


def _values(key: DataKey) -> dict[str, Any]:
    return {"id": key.id, "master": key.master, "wrapped": key.wrapped}


def _parts(ids: Collection[str]) -> list[list[str]]:
    """In one order for everybody, so that two do not wait for each other crosswise."""
    ordered = sorted(set(ids))
    return [ordered[start : start + _MANY] for start in range(0, len(ordered), _MANY)]


class SqlKeyRows:
    """`address` is a URL: sqlite:///file or postgresql://…; the schema is already there."""

    def __init__(self, address: str, *, pool_size: int = 4) -> None:
        self._db = Database(address, pool_size=pool_size, wipes=True)

    async def store_id(self) -> str | None:
        """None while it holds nothing."""
        async with self._db.read() as connection:
            found = await connection.execute(sa.select(key_store.c.id))
            return found.scalar_one_or_none()

    async def begin(self, store_id: str, masters: Sequence[Master]) -> str:
        """The id of the store, this or the one it had."""

        async def work(connection: AsyncConnection) -> str:
            if self._db.postgres:
                await connection.execute(
                    sa.text("LOCK TABLE key_store IN SHARE ROW EXCLUSIVE MODE")
                )
            there = (await connection.execute(sa.select(key_store.c.id))).scalar_one_or_none()
            if there is not None:
                return str(there)
            await connection.execute(key_store.insert().values(id=store_id))
            await connection.execute(master_keys.insert(), list(map(_master_values, masters)))
            return store_id

        return await self._db.transact(work)

    async def masters(self) -> list[Master]:
        """By version."""
        async with self._db.read() as connection:
            rows = await connection.execute(sa.select(master_keys).order_by(_master.version))
            return [_read_master(row) for row in rows]

    async def add_master(self, master: Master) -> bool:
        """False where the version is taken."""

        async def work(connection: AsyncConnection) -> bool:
            there = sa.select(_master.version).where(_master.version == master.version)
            if (await connection.execute(there)).first() is not None:
                return False
            await connection.execute(master_keys.insert().values(_master_values(master)))
            return True

        return await self._db.transact(work)

    async def rewrap(self, master: Master, before: Wrapped) -> bool:
        """False unless it is as `before`."""
        change = master_keys.update().where(
            _master.version == master.version,
            _master.kek == before.key,
            _master.wrapped == before.blob,
        )
        return await self._changed(change.values(_master_values(master))) == 1

    async def drop_masters(self, versions: Collection[int]) -> list[int]:
        """Which were dropped."""
        newest = sa.select(sa.func.max(_master.version)).scalar_subquery()
        used = sa.select(_row.master).where(_row.wrapped.is_not(None))
        idle = master_keys.delete().where(
            _master.version.in_(list(versions)),
            _master.version.not_in(used),
            _master.version != newest,
            _master.purpose == Purpose.DATA.value,
        )

        named = sa.select(_master.version).where(_master.version.in_(list(versions)))
        locked = named.order_by(_master.version).with_for_update()

        async def work(connection: AsyncConnection) -> list[int]:
            # Whoever adds keys of theirs has ended, and is seen by the next statement.
            await connection.execute(locked)
            return sorted((await connection.execute(idle.returning(_master.version))).scalars())

        return await self._db.transact(work)

    async def add(self, keys: Sequence[DataKey]) -> bool:
        """One commit."""
        return await self._db.transact(partial(_added, keys))

    async def find(self, ids: Collection[str]) -> dict[str, DataKey]:
        """By id."""
        found: dict[str, DataKey] = {}
        for part in _parts(ids):
            wanted = sa.select(_row.id, _row.master, _row.wrapped)
            wanted = wanted.where(self._db.among(_row.id, part))
            async with self._db.read() as connection:
                for row in await connection.execute(wanted):
                    found[row.id] = DataKey(row.id, row.master, row.wrapped)
        return found

    async def replace(self, pairs: Sequence[Replacement]) -> bool:
        """One commit."""
        noted = [{"b_id": pair.old, "b_new": pair.new.id} for pair in pairs if pair.old]
        there = data_keys.update().where(_row.id == sa.bindparam("b_id"))
        follows = there.values(successor=sa.bindparam("b_new"))

        async def work(connection: AsyncConnection) -> bool:
            added = await _added([pair.new for pair in pairs], connection)
            if added and noted:
                await connection.execute(follows, noted)
            return added

        return await self._db.transact(work)

    async def retire(self, ids: Collection[str]) -> None:
        """Now, or when it was already."""
        at = sa.func.coalesce(_row.retired_at, self._db.now)
        for part in _parts(ids):
            there = data_keys.update().where(self._db.among(_row.id, part))
            await self._changed(there.values(retired_at=at))

    async def destroy(self, ids: Collection[str]) -> None:
        """With all whose place they took."""
        for part in _parts(ids):
            await self._db.transact(partial(_destroyed, self._db, part))
        await self._db.compact("data_keys")

    async def discard(self, ids: Collection[str]) -> None:
        """Their rows too."""
        for part in _parts(ids):
            await self._changed(data_keys.delete().where(self._db.among(_row.id, part)))

    async def purge(self, retired_for: timedelta) -> int:
        """How many."""
        over = _row.retired_at <= self._db.now - retired_for // _MICROSECOND
        gone = data_keys.delete().where(over)
        count = await self._changed(gone)
        if count:
            await self._db.compact("data_keys")
        return count

    async def counts(self) -> KeyCounts:
        """Counted now: for an operator, not for a hot path."""
        live = sa.and_(_row.wrapped.is_not(None), _row.retired_at.is_(None))
        query = sa.select(
            _row.master,
            sa.func.sum(sa.case((live, 1), else_=0)).label("live"),
            sa.func.sum(sa.case((_row.retired_at.is_not(None), 1), else_=0)).label("retired"),
            sa.func.sum(sa.case((_row.wrapped.is_(None), 1), else_=0)).label("destroyed"),
        ).group_by(_row.master)
        async with self._db.read() as connection:
            rows = list(await connection.execute(query))
        return KeyCounts(
            live={row.master: int(row.live) for row in rows if row.live},
            retired=sum(int(row.retired) for row in rows),
            destroyed=sum(int(row.destroyed) for row in rows),
        )

    async def _changed(self, change: sa.Executable) -> int:
        async def work(connection: AsyncConnection) -> int:
            return (await connection.execute(change)).rowcount

        return await self._db.transact(work)

    async def ping(self) -> None:
        """Raise StoreUnavailable unless the database answers."""
        async with self._db.read() as connection:
            await connection.execute(sa.select(sa.literal(1)))

    async def close(self) -> None:
        """Give back every connection."""
        await self._db.close()


async def _added(keys: Sequence[DataKey], connection: AsyncConnection) -> bool:
    """Unless a master of theirs is not there; until the commit none is dropped."""
    versions = {key.master for key in keys}
    there = sa.select(_master.version).where(_master.version.in_(sorted(versions)))
    found = await connection.execute(there.order_by(_master.version).with_for_update(read=True))
    if not versions <= set(found.scalars()):
        return False
    await connection.execute(data_keys.insert(), list(map(_values, keys)))
    return True


async def _destroyed(db: Database, ids: list[str], connection: AsyncConnection) -> None:
    """These, and all whose place they took."""
    gone: set[str] = set()
    wanted = ids
    while wanted:
        gone.update(wanted)
        before = sa.select(_row.id).where(db.among(_row.successor, wanted))
        found = (await connection.execute(before.with_for_update())).scalars()
        wanted = [one for one in found if one not in gone]
    for part in _parts(gone):
        there = data_keys.update().where(db.among(_row.id, part))
        await connection.execute(there.values(wrapped=None))
