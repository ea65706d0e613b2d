"""Hints and doorbells on a real Redis, and their twins in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from dramatiq import Message

from registrar.ports.queue import Doorbell, Hint
from registrar.signals.memory import MemoryDoorbell, MemoryHints
from registrar.signals.redis import BELLS, RedisDoorbell, RedisHints, bell_key, connect
from registrar.workers.broker import hint_broker


@pytest.fixture
async def doorbell(request: pytest.FixtureRequest) -> AsyncIterator[Doorbell]:
    """Of either kind."""
    if request.param == "memory":
        yield MemoryDoorbell()
        return
    client = connect(request.getfixturevalue("redis_url"))
    yield RedisDoorbell(client)
    await client.aclose()


BOTH = pytest.mark.parametrize("doorbell", ["memory", "redis"], indirect=True)


@BOTH
async def test_a_ring_is_heard_at_once(doorbell: Doorbell) -> None:
    """Long before the poll; rings of another bell are not."""
    async with aclosing(doorbell.listen("events", 30)) as rings:
        await anext(rings)
        hearing = asyncio.ensure_future(anext(rings))
        await asyncio.sleep(0.1)
        await doorbell.ring("jobs")
        await asyncio.sleep(0.1)
        assert not hearing.done()
        await doorbell.ring("events")
        async with asyncio.timeout(5):
            await hearing


@BOTH
async def test_silence_is_polled(doorbell: Doorbell) -> None:
    """A lost ring costs the poll."""
    async with aclosing(doorbell.listen("events", 0.05)) as rings, asyncio.timeout(5):
        for _ in range(3):
            await anext(rings)


async def test_without_redis_the_bell_still_polls() -> None:
    """And ringing raises nothing."""
    client = connect("unix:///nowhere/redis.sock")
    doorbell = RedisDoorbell(client)
    await doorbell.ring("events")
    async with aclosing(doorbell.listen("events", 0.05)) as rings, asyncio.timeout(5):
        for _ in range(3):
            await anext(rings)
    await client.aclose()


async def test_hints_arrive_as_dramatiq_would_send_them(redis_url: str) -> None:
    """In order, whole, by Dramatiq's own consumer; and with bells for those who wait."""
    client = connect(redis_url)
    sent = [Hint(f"reg_{number}", number) for number in range(20)]
    await RedisHints(client).send(sent)
    assert await client.llen(bell_key("api")) == BELLS
    broker = hint_broker(redis_url, [])
    broker.declare_queue("api")
    consumer = broker.consume("api", prefetch=100)
    got: list[Message[object]] = []
    for message in consumer:
        if message is None:
            break
        got.append(message)
        consumer.ack(message)
    assert [(one.actor_name, *one.args) for one in got] == [
        ("api", one.registration_id, one.fence) for one in sent
    ]
    broker.close()
    await client.aclose()


async def test_a_restarted_redis_learns_the_script_again(redis_url: str) -> None:
    """Nothing of the first pipeline was done, so nothing is sent twice."""
    client = connect(redis_url)
    hints = RedisHints(client)
    await hints.send([Hint("reg_1", 1)])
    await client.script_flush()
    await hints.send([Hint("reg_2", 1)])
    assert await client.llen("registrar:api") == 2
    await client.aclose()


async def test_redis_away_is_a_connection_error() -> None:
    """Of the ping and of the sending, in memory too."""
    client = connect("unix:///nowhere/redis.sock")
    memory = MemoryHints()
    memory.away = True
    for hints in (RedisHints(client), memory):
        with pytest.raises(ConnectionError):
            await hints.ping()
        with pytest.raises(ConnectionError):
            await hints.send([Hint("reg_1", 1)])
    memory.away = False
    await memory.send([Hint("reg_1", 1)])
    assert memory.sent == [Hint("reg_1", 1)]
    await client.aclose()


async def test_whoever_leaves_listens_no_longer(redis_url: str) -> None:
    """Its subscription ends with it: rings cost nothing where nobody hears them."""
    client = connect(redis_url)
    doorbell = RedisDoorbell(client)
    async with aclosing(doorbell.listen("events", 30)) as rings:
        await anext(rings)
        assert await client.pubsub_numsub("registrar:bell:events") == [
            (b"registrar:bell:events", 1)
        ]
    async with asyncio.timeout(5):
        while (await client.pubsub_numsub("registrar:bell:events"))[0][1]:  # noqa: ASYNC110 - Redis tells nobody
            await asyncio.sleep(0.01)
    await client.aclose()
