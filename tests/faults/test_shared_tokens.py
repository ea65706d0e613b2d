"""Redis lost while processes share their tokens on it: each goes on by itself."""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs
from tests.faults.servers import Redis
from tests.integration.connectors.token_service import Counting, Process, counting, processes

from registrar.signals.redis import connect
from registrar.signals.redis_tokens import RedisTokens

pytestmark = [pytest.mark.faults]


@pytest.fixture
async def service() -> AsyncIterator[Counting]:
    """In good health."""
    async with counting() as made:
        yield made


@pytest.fixture
async def fleet(redis: Redis, service: Counting) -> AsyncIterator[tuple[Process, ...]]:
    """Four processes, each with its own connections."""
    clients = [connect(f"unix://{redis.path}") for _ in range(4)]
    made = [Process(service.url, RedisTokens(one)) for one in clients]
    async with processes(*made) as found:
        yield found
    await asyncio.gather(*(one.aclose() for one in clients))


async def everybody(fleet: tuple[Process, ...]) -> set[str]:
    """Fifty callers in each process ask for the token at once."""
    return set(await asyncio.gather(*(one.got() for one in fleet for _ in range(50))))


async def refused(fleet: tuple[Process, ...]) -> None:
    """Whatever token each process has."""
    for one in fleet:
        one.refuse(await one.got())


async def test_each_process_goes_on_by_itself_and_says_so_once(
    fleet: tuple[Process, ...], redis: Redis, service: Counting
) -> None:
    """Four requests instead of one; and one again when it is back, empty."""
    assert await everybody(fleet) == {"canary-token-1"}
    redis.stop()
    with capture_logs() as lines:
        for _ in range(2):
            await refused(fleet)
            assert len(await everybody(fleet)) == 4
        assert len(service.asked) == 9
        redis.start()
        for _ in range(2):
            await refused(fleet)
            assert len(await everybody(fleet)) == 1
    assert len(service.asked) == 11
    said = Counter((one["event"], one["of"]) for one in lines)
    assert said == {("outage_started", "TokenCache"): 4, ("outage_ended", "TokenCache"): 4}


async def test_redis_stopped_while_one_asks_and_the_others_wait(
    fleet: tuple[Process, ...], redis: Redis, service: Counting
) -> None:
    """Whoever waited asks for itself; whoever asked uses what it gets."""
    service.seconds = 0.5
    asking = asyncio.create_task(everybody(fleet))
    await service.arrived.wait()
    await asyncio.sleep(0.1)
    redis.stop()
    started = time.monotonic()
    assert len(await asking) == 4
    assert time.monotonic() - started < 5
    assert len(service.asked) == 4


async def test_a_redis_that_does_not_answer_costs_its_time_out(service: Counting) -> None:
    """A fifth of a second, whoever waits."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = connect(f"redis://127.0.0.1:{silent.getsockname()[1]}")
        async with processes(Process(service.url, RedisTokens(client))) as fleet:
            started = time.monotonic()
            assert await everybody(fleet) == {"canary-token-1"}
            assert time.monotonic() - started < 5
        await client.aclose()
    assert len(service.asked) == 1
