"""The three stores behind one fixture, and both caches of tokens behind another."""

from collections.abc import AsyncIterator

import pytest

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


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """One suite, three stores."""
    if request.param == "memory":
        yield MemoryStore()
        return
    url: str = request.getfixturevalue(f"{request.param}_url")
    await migrate.upgrade(url)
    made = SqlStore(url)
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
