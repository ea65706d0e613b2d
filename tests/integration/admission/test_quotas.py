"""Quotas in a real Redis: one account for all processes, which outlives them."""

from __future__ import annotations

import asyncio
import time

import pytest

from registrar.admission.quotas import MemoryQuotas, RedisQuotas
from registrar.app.batching import Batcher
from registrar.app.commands import Caller
from registrar.app.rate_limits import RateLimits
from registrar.ports.api_keys import Scope
from registrar.ports.quotas import Asked, Quotas
from registrar.resilience.quota import Quota, Taken
from registrar.signals.redis import connect

HOUR = Quota(10, 3_600, 10)
ONE = Asked("a", HOUR, 1, 1)


def limits_at(account: Quotas) -> RateLimits:
    """Ten calls an hour, of each key."""
    counting: Batcher[Asked, Taken] = Batcher(account.take)
    return RateLimits(counting.add, {"read": HOUR})


def caller(number: int = 0) -> Caller:
    """Of a key of its own."""
    return Caller("tenant-a", f"key-{number}")


async def granted(limits: RateLimits, who: Caller, tries: int) -> int:
    """Of so many calls at once."""
    answers = await asyncio.gather(*(limits.call(who, Scope.READ) for _ in range(tries)))
    return sum(one is not None and one.refusal is None for one in answers)


async def test_two_processes_grant_together_what_one_may(redis_url: str) -> None:
    """And a third one, started afterwards, grants nothing more."""
    async with connect(redis_url) as one, connect(redis_url) as two, connect(redis_url) as three:
        await one.flushall()
        first, second = (limits_at(RedisQuotas(client, timeout=10)) for client in (one, two))
        both = await asyncio.gather(granted(first, caller(), 30), granted(second, caller(), 30))
        assert sum(both) == 10
        third = limits_at(RedisQuotas(three, timeout=10))
        assert await granted(third, caller(), 3) == 0
        assert await granted(third, caller(1), 3) == 3


async def test_a_thousand_keys_get_what_is_theirs_beside_one_that_floods(redis_url: str) -> None:
    """Which is refused without asking the account each time."""
    async with connect(redis_url) as client:
        await client.flushall()
        limits = limits_at(RedisQuotas(client, timeout=30))
        flood, *others = await asyncio.gather(
            granted(limits, caller(), 20_000),
            *(granted(limits, caller(n), 12) for n in range(1, 1000)),
        )
        assert flood == 10
        assert set(others) == {10}
        names = await client.keys("registrar:quota:*")
        assert len(names) == 1_000
        assert 0 < await client.pttl(names[0]) <= 3_660_000
        counted = await client.info("commandstats")
        assert counted["cmdstat_eval"]["calls"] < 15_000


async def test_a_server_that_does_not_answer_is_told_soon() -> None:
    """Whether nobody listens or nobody speaks."""
    async with connect("unix:///nowhere/redis.sock") as nobody:
        with pytest.raises(ConnectionError):
            await RedisQuotas(nobody).take([ONE])
    met, left = asyncio.Event(), asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.set()
        while await reader.read(4096):
            pass
        writer.close()
        left.set()

    async with await asyncio.start_server(mute, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        started = time.monotonic()
        async with connect(f"redis://127.0.0.1:{port}/0") as silent:
            with pytest.raises(ConnectionError):
                await RedisQuotas(silent, timeout=0.2).take([ONE])
        assert time.monotonic() - started < 3
        assert met.is_set()
        await left.wait()


async def test_one_in_memory_does_the_same() -> None:
    """For who has no Redis; and it can be away."""
    account = MemoryQuotas()
    limits = limits_at(account)
    assert await granted(limits, caller(), 30) == 10
    account.away = True
    with pytest.raises(ConnectionError):
        await account.take([ONE])
