"""Engines for both databases, and the one place where their errors are translated."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from registrar.domain.errors import ConfigurationError, StoreUnavailable
from registrar.ports import plain
from registrar.store import clock, trouble
from registrar.store.threads import Threads

if TYPE_CHECKING:
    from registrar.store.bulk import Statement
    from registrar.store.direct import Direct

TIMEOUT = 10.0
"""Seconds for a connection, a lock and a statement."""

POOL_SIZE = 10
"""Connections to PostgreSQL of one process."""

_STATEMENTS = 500
"""Prepared statements kept by a connection: batches of every size have their own."""

_JSON: dict[str, Any] = {
    "json_serializer": lambda value: plain.to_json(value).decode(),
    "json_deserializer": msgspec.json.decode,
}

Answer = TypeVar("Answer")


async def _prepare_sqlite(driver: Any, *, wipes: bool) -> None:  # noqa: ANN401 - a driver's own type
    """The file is turned to WAL once, and SQLite does not wait for another process doing so."""
    until = asyncio.get_running_loop().time() + TIMEOUT
    while True:
        try:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                await driver.execute(f"PRAGMA {pragma}")
            if wipes:
                await driver.execute("PRAGMA secure_delete=ON")
        except sqlite3.OperationalError as error:
            if asyncio.get_running_loop().time() > until:
                raise StoreUnavailable from error
            await asyncio.sleep(0.01)
        else:
            return


def _sqlite(url: sa.URL, begin: str, pool_size: int, *, wipes: bool) -> AsyncEngine:
    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=TIMEOUT,
        **_JSON,
        connect_args={"timeout": TIMEOUT, "isolation_level": None},
    )

    def prepare(connection: Any, _record: Any) -> None:  # noqa: ANN401 - a driver's own type
        connection.run_async(partial(_prepare_sqlite, wipes=wipes))

    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", prepare)
    event.listen(engine.sync_engine, "begin", start)
    return engine


def _postgres(url: sa.URL, pool_size: int, statement_timeout: float | None) -> AsyncEngine:
    most = str(round((statement_timeout or 0) * 1000))
    return create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=TIMEOUT,
        **_JSON,
        connect_args={
            "timeout": TIMEOUT,
            "command_timeout": statement_timeout,
            "prepared_statement_cache_size": _STATEMENTS,
            "server_settings": {
                "application_name": "registrar",
                "statement_timeout": most,
                # A generic plan cannot know which partial index the state in question has.
                "plan_cache_mode": "force_custom_plan",
                # A process that is stopped within a transaction would hold back every watcher.
                "idle_in_transaction_session_timeout": most,
            },
        },
    )


class Database:
    """One database: transactions that write, and transactions that read.

    With `wipes`, SQLite overwrites what is deleted.
    """

    def __init__(
        self,
        address: str,
        *,
        pool_size: int = POOL_SIZE,
        statement_timeout: float | None = TIMEOUT,
        wipes: bool = False,
    ) -> None:
        url = sa.make_url(address)
        backend = url.get_backend_name()
        self._direct: Direct | None = None
        self._threads: tuple[Threads, ...] = ()
        if backend == "sqlite":
            # A deferred transaction that turns to writing fails with SQLITE_BUSY_SNAPSHOT.
            self._writer = _sqlite(url, "BEGIN IMMEDIATE", 1, wipes=wipes)
            self._reader = _sqlite(url, "BEGIN", 4, wipes=wipes)
            self._threads = Threads(self._writer), Threads(self._reader)
        elif backend == "postgresql":
            from registrar.store.direct import Direct, told  # noqa: PLC0415 - the driver, an extra

            self._writer = self._reader = _postgres(url, pool_size, statement_timeout)
            event.listen(self._writer.sync_engine, "handle_error", told)
            self._direct = Direct(self._writer, pool_size // 2)
        else:
            raise ConfigurationError(f"database_url: {backend} is neither sqlite nor postgresql")
        self._single = self._writer.execution_options(isolation_level="AUTOCOMMIT")
        self.postgres = backend == "postgresql"
        self._under_way: set[asyncio.Task[Any]] = set()

    @property
    def now(self) -> sa.ColumnElement[int]:
        """The database's clock, in microseconds since the epoch."""
        return clock.now(postgres=self.postgres)

    def among(self, column: sa.ColumnElement[str], values: Iterable[str]) -> sa.ColumnElement[bool]:
        """`column` is one of `values`: on PostgreSQL one statement for every number of them."""
        if self.postgres:
            wanted = sa.bindparam(None, list(values), ARRAY(sa.String), unique=True)
            return column == sa.any_(wanted)
        return column.in_(list(values))

    async def transact(self, work: Callable[[AsyncConnection], Awaitable[Answer]]) -> Answer:
        """One writing transaction, run again where the database broke a deadlock with it.

        It runs to its end also where its caller is cancelled: SQLite's only writer, cut off between
        two calls of its driver, could keep its lock.
        """

        async def once() -> Answer:
            async with _begun(self._writer) as connection:
                return await work(connection)

        return await self._to_its_end(trouble.retried(once))

    async def at_once(self, statement: Statement, given: Mapping[str, Any]) -> list[str]:
        """One statement that is a transaction, PostgreSQL only; what it answers with.

        Run again and to its end as `transact` does. Raises Conflict.
        """
        if self._direct is None:
            raise NotImplementedError
        values = statement.values(given)
        return await self._to_its_end(
            trouble.retried(partial(self._direct.ids, statement.text, values))
        )

    async def _to_its_end(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            # Seen, also where nobody waits any longer.
            task.exception()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction; committed at the end, rolled back on an error."""
        async with _begun(self._writer) as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """For one statement, which has its own snapshot: PostgreSQL needs no BEGIN and COMMIT."""
        async with _begun(self._single if self.postgres else self._reader) as connection:
            yield connection

    async def compact(self, table: str) -> None:
        """Give up what is left of the rows that were deleted or overwritten.

        SQLite's log at once, and the rows where it `wipes`; on PostgreSQL what no transaction that
        is still running may see, and its log by its own rules.
        """
        if self.postgres:
            async with _begun(self._single) as connection:
                await connection.execute(sa.text(f"VACUUM {table}"))
            return
        with trouble.translated():
            async with self._writer.connect() as connection:
                driver: Any = (await connection.get_raw_connection()).driver_connection
                await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        """Let what is being written end, and give back every connection."""
        if self._under_way:
            await asyncio.wait(self._under_way)
        if self._direct is not None:
            await self._direct.close()
        await self._writer.dispose()
        await self._reader.dispose()
        for threads in self._threads:
            await threads.ended(TIMEOUT)


@asynccontextmanager
async def _begun(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    with trouble.translated():
        async with engine.begin() as connection:
            yield connection
