"""The fleet's tokens on a real Redis, and their twin in memory."""

import socket
import time

import pytest

from registrar.ports.tokens import Found, TokenCache
from registrar.signals.memory_tokens import MemoryTokens
from registrar.signals.redis import connect
from registrar.signals.redis_tokens import RedisTokens, names
from registrar.testing.token_cache_suite import *  # noqa: F403 - the tests are the content


@pytest.fixture
def tokens(token_cache: TokenCache) -> TokenCache:
    """Of either kind, empty."""
    return token_cache


async def test_what_is_away_is_a_connection_error() -> None:
    """Whatever is asked of it; nothing of the value is said."""
    client = connect("unix:///nowhere/redis.sock")
    memory = MemoryTokens()
    memory.away = True
    for cache in (RedisTokens(client), memory):
        for asked in (
            cache.get("k"),
            cache.take("k", b"canary", 1),
            cache.extend("k", "canary", 1),
            cache.put("k", "f", b"canary", 1),
            cache.fail("k", "f", b"canary", 1),
            cache.forget("k", b"canary"),
        ):
            with pytest.raises(ConnectionError) as raised:
                await asked
            assert raised.value.__cause__ is None
            assert "canary" not in str(raised.value)
    await client.aclose()


async def test_a_server_that_says_nothing_is_away_after_its_time_out() -> None:
    """It takes the connection, and no more."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = connect(f"redis://127.0.0.1:{silent.getsockname()[1]}")
        started = time.monotonic()
        with pytest.raises(ConnectionError):
            await RedisTokens(client).get("k")
        assert 0.15 < time.monotonic() - started < 5
        await client.aclose()


async def test_what_would_stand_in_the_way_for_ever_is_deleted(redis_url: str) -> None:
    """Keys without an end, or of another kind, whoever wrote them."""
    client = connect(redis_url)
    tokens = RedisTokens(client)
    token, trouble, lease = names("k")
    await client.lpush(token, "x")
    await client.set(trouble, "x")
    await client.set(lease, "x")
    assert await tokens.get("k") == Found()
    assert await tokens.take("k", b"", 1) != ""
    await client.aclose()
