"""Which store of keys this data belongs to: with another one nothing of it can be read."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.store.engine import Database
from registrar.store.tables import key_stores


async def bound(address: str) -> str | None:
    """The id of the store of keys; None where none was named yet."""
    db = Database(address, pool_size=1)
    try:
        async with db.read() as connection:
            there = await connection.run_sync(
                lambda plain: sa.inspect(plain).has_table("key_stores")
            )
            if not there:
                return None
            return (await connection.execute(sa.select(key_stores.c.id))).scalar_one_or_none()
    finally:
        await db.close()


async def bind(address: str, store_id: str) -> None:
    """Name it, once."""
    db = Database(address, pool_size=1)

    async def work(connection: AsyncConnection) -> None:
        if (await connection.execute(sa.select(key_stores.c.id))).first() is None:
            await connection.execute(key_stores.insert().values(id=store_id))

    try:
        await db.transact(work)
    finally:
        await db.close()
