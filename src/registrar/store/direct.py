"""The two statements that every registration goes through, handed to PostgreSQL's driver itself.

SQLAlchemy writes their text, once. What it does around each execution (a place in its pool, a
transaction, a context, a result) took 0.6 ms of our time a batch, as much as twenty registrations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from registrar.domain.errors import StoreUnavailable
from registrar.store import trouble
from registrar.store.bulk import Statement
from registrar.store.trouble import Conflict


class Direct:
    """Runs them, each in a transaction of its own. Its connections are the engine's.

    At most `most` wait for the next batch: the others of the pool are for everything else.
    """

    def __init__(self, engine: AsyncEngine, most: int) -> None:
        self._engine = engine
        self._most = most
        self._kept: list[tuple[AsyncConnection, asyncpg.Connection]] = []

    async def tried(self, statement: Statement, given: Mapping[str, Any]) -> list[str]:
        """What it answers with; again where it lost against another. Raises Conflict."""
        values = statement.values(given)
        for _ in range(trouble.TRIES - 1):
            try:
                return await self._translated(statement.text, values)
            except StoreUnavailable as error:
                if trouble.sqlstate(error.__cause__) not in trouble.BROKEN:
                    raise
        return await self._translated(statement.text, values)

    async def _translated(self, text: str, values: list[Any]) -> list[str]:
        try:
            return await self._ids(text, values)
        except (PoolTimeoutError, OSError, asyncpg.InterfaceError) as error:
            raise StoreUnavailable from error
        except (asyncpg.PostgresError, DBAPIError) as error:
            if trouble.sqlstate(error).startswith(trouble.CONFLICT):
                raise Conflict from error
            if not trouble.passing(error):
                raise
            raise StoreUnavailable from error

    async def _ids(self, text: str, values: list[Any]) -> list[str]:
        connection, driver = await self._taken()
        try:
            found = await driver.fetch(text, *values)
        except asyncpg.IntegrityConstraintViolationError:
            await self._give_back(connection, driver)
            raise
        except BaseException:
            # Nobody knows in what state it is.
            await connection.invalidate()
            await connection.close()
            raise
        await self._give_back(connection, driver)
        return [one[0] for one in found]

    async def _taken(self) -> tuple[AsyncConnection, asyncpg.Connection]:
        while self._kept:
            connection, driver = self._kept.pop()
            if not driver.is_closed():
                return connection, driver
            # The server has gone, and may be back.
            await connection.invalidate()
            await connection.close()
        connection = await self._engine.connect()
        raw = await connection.get_raw_connection()
        return connection, raw.driver_connection  # type: ignore[return-value]  # any driver's

    async def _give_back(self, connection: AsyncConnection, driver: asyncpg.Connection) -> None:
        if len(self._kept) < self._most:
            self._kept.append((connection, driver))
        else:
            await connection.close()

    async def close(self) -> None:
        """Give the connections back to the engine."""
        while self._kept:
            connection, _ = self._kept.pop()
            await connection.close()
