"""Engines for both databases, and the one place where their errors are translated."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from registrar.domain.errors import ConfigurationError, StoreUnavailable

TIMEOUT = 10.0
"""Seconds for a connection, a lock and a statement."""


def _sqlite(url: sa.URL, begin: str, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=TIMEOUT,
        connect_args={"timeout": TIMEOUT, "isolation_level": None},
    )

    def prepare(connection: Any, _record: Any) -> None:  # noqa: ANN401 - a driver's own type
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", prepare)
    event.listen(engine.sync_engine, "begin", start)
    return engine


def _postgres(url: sa.URL) -> AsyncEngine:
    return create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        pool_size=10,
        max_overflow=0,
        pool_timeout=TIMEOUT,
        connect_args={"timeout": TIMEOUT, "command_timeout": TIMEOUT},
    )


class Database:
    """One database: transactions that write, and transactions that read."""

    def __init__(self, address: str) -> None:
        url = sa.make_url(address)
        backend = url.get_backend_name()
        if backend == "sqlite":
            # A deferred transaction that turns to writing fails with SQLITE_BUSY_SNAPSHOT.
            self._writer = _sqlite(url, "BEGIN IMMEDIATE", 1)
            self._reader = _sqlite(url, "BEGIN", 4)
        elif backend == "postgresql":
            self._writer = self._reader = _postgres(url)
        else:
            raise ConfigurationError(f"database_url: {backend} is neither sqlite nor postgresql")
        self.postgres = backend == "postgresql"

    @property
    def now(self) -> sa.ColumnElement[int]:
        """The database's clock, in microseconds since the epoch."""
        if self.postgres:
            return sa.literal_column(
                "(extract(epoch from clock_timestamp()) * 1000000)::bigint", sa.BigInteger
            )
        return sa.literal_column(
            "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)", sa.BigInteger
        )

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction; committed at the end, rolled back on an error."""
        async with _translated(self._writer) as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One reading transaction."""
        async with _translated(self._reader) as connection:
            yield connection

    async def close(self) -> None:
        """Give back every connection."""
        await self._writer.dispose()
        await self._reader.dispose()


_PASSING = frozenset({"08", "40", "53", "57"})
"""SQLSTATE classes that a later try may not see: connection, deadlock, resources, operator."""


def _passing(error: DBAPIError) -> bool:
    state = str(getattr(error.orig, "sqlstate", "") or "")
    lost = isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
    return lost or state[:2] in _PASSING


@asynccontextmanager
async def _translated(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    try:
        async with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        if not _passing(error):
            raise
        raise StoreUnavailable from error
    except (PoolTimeoutError, OSError) as error:
        # asyncio's and the driver's time-outs are OSErrors; so is a refused connection.
        raise StoreUnavailable from error
