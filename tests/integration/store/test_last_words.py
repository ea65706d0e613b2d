"""A server that ends a session says so first: for a moment the connection looks sound."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from registrar.domain.errors import StoreUnavailable
from registrar.ports.store import Filter, InsertStatus, Store
from registrar.store import migrate
from registrar.store.sql import open_store
from registrar.testing.records import new_registration

pytestmark = pytest.mark.postgres
_FIELDS = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"
LAST_WORD = b"E" + (len(_FIELDS) + 4).to_bytes(4, "big") + _FIELDS


class Between:
    """Stands between us and the server, and says its last word in its place."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self._sides: list[asyncio.StreamWriter] = []
        self._passing: set[asyncio.Task[None]] = set()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        from_server, to_server = await asyncio.open_unix_connection(self._server)
        self._sides.append(writer)
        for one in (_passed(reader, to_server), _passed(from_server, writer)):
            task = asyncio.create_task(one)
            self._passing.add(task)
            task.add_done_callback(self._passing.discard)

    async def last_word(self) -> None:
        """To all; no connection is closed yet."""
        for one in self._sides:
            one.write(LAST_WORD)
        await asyncio.sleep(0.05)  # the driver hears of it


async def _passed(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await source.read(65536):
            target.write(data)
    target.close()


@pytest.fixture
async def between(postgres_url: str) -> AsyncIterator[tuple[Store, Between]]:
    """A store whose connections lead through it."""
    await migrate.upgrade(postgres_url)
    url = urlsplit(postgres_url)
    made = Between(Path(parse_qs(url.query)["host"][0]) / ".s.PGSQL.5432")
    async with await asyncio.start_server(made, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        store = open_store(f"postgresql://{url.username}@127.0.0.1:{port}{url.path}")
        yield store, made
        await store.close()


async def insert(store: Store) -> None:
    """By the driver itself."""
    (done,) = await store.insert([new_registration()])
    assert done.status is InsertStatus.CREATED


async def look(store: Store) -> None:
    """Through SQLAlchemy."""
    assert await store.page("tenant-a", Filter(), descending=True, limit=1) == []


@pytest.mark.parametrize("call", [insert, look])
async def test_whoever_comes_between_the_word_and_the_end_is_told_to_come_back(
    between: tuple[Store, Between], call: Callable[[Store], Awaitable[None]]
) -> None:
    """Not that there is a defect; and the next call has another connection."""
    store, server = between
    await call(store)
    await server.last_word()
    with pytest.raises(StoreUnavailable):
        await call(store)
    await call(store)
