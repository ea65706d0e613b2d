"""The two statements that every registration goes through, handed to PostgreSQL's driver itself.

SQLAlchemy writes their text, once. What it does around each execution (a place in its pool, a
transaction, a context, a result) took 0.4 ms of our time a batch, as much as twenty registrations.
"""

from __future__ import annotations

from typing import Any

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from registrar.domain.errors import StoreUnavailable
from registrar.store import trouble
from registrar.store.trouble import Conflict

LOST = (asyncpg.InternalClientError,)
"""What the driver raises where the server has said its last word, and has not hung up yet."""


def told(context: sa.ExceptionContext) -> None:
    """SQLAlchemy does not know it for the end of a connection. Raises StoreUnavailable."""
    if isinstance(context.original_exception, LOST):
        context.is_disconnect = True
        raise StoreUnavailable from context.original_exception


class Direct:
    """Runs them, each in a transaction of its own. Its connections are the engine's.

    At most `most` wait for the next batch: the others of the pool are for everything else.
    """

    def __init__(self, engine: AsyncEngine, most: int) -> None:
        self._engine = engine
        self._most = most
        self._kept: list[tuple[AsyncConnection, asyncpg.Connection]] = []

    async def ids(self, text: str, values: list[Any]) -> list[str]:
        """What it answers with. Raises Conflict and StoreUnavailable."""
        with trouble.translated():
            connection, driver = await self._taken()
        sound = False
        try:
            found = await driver.fetch(text, *values)
            sound = True
        except asyncpg.IntegrityConstraintViolationError as error:
            sound = True
            raise Conflict from error
        except asyncpg.PostgresError as error:
            sound = True
            if not trouble.passing(error):
                raise
            raise StoreUnavailable from error
        except (*LOST, asyncpg.InterfaceError, OSError) as error:
            raise StoreUnavailable from error
        finally:
            await self._give_back(connection, driver, sound=sound)
        return [one[0] for one in found]

    async def _taken(self) -> tuple[AsyncConnection, asyncpg.Connection]:
        while self._kept:
            connection, driver = self._kept.pop()
            if not driver.is_closed():
                return connection, driver
            # The server has gone, and may be back.
            await _drop(connection)
        connection = await self._engine.connect()
        raw = await connection.get_raw_connection()
        return connection, raw.driver_connection  # type: ignore[return-value]  # any driver's

    async def _give_back(
        self, connection: AsyncConnection, driver: asyncpg.Connection, *, sound: bool
    ) -> None:
        """`sound`: the server has answered; else nobody knows in what state it is."""
        if not sound or driver.is_closed():
            await _drop(connection)
        elif len(self._kept) < self._most:
            self._kept.append((connection, driver))
        else:
            await connection.close()

    async def close(self) -> None:
        """Give the connections back to the engine."""
        while self._kept:
            connection, _ = self._kept.pop()
            await connection.close()


async def _drop(connection: AsyncConnection) -> None:
    await connection.invalidate()
    await connection.close()
