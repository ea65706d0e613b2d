"""Lanes: how many at once, and who is refused."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from registrar.domain.errors import Draining, Overloaded, WatchLimit
from registrar.rpc.call import Call, Method
from registrar.rpc.lanes import LaneLimits, Lanes, Limits

ONE = LaneLimits(1, 1)
NOW_OR_NEVER = LaneLimits(1, 0)


@asynccontextmanager
async def held(lanes: Lanes, method: str) -> AsyncIterator[None]:
    """A place, for the time of the block."""
    lane = lanes.of(method)
    await lane.acquire()
    try:
        yield
    finally:
        lane.release()


@pytest.fixture
def lanes() -> Lanes:
    """Room for one, and one waiting; watches never wait."""
    return Lanes(Limits(writes=ONE, reads=ONE, waits=NOW_OR_NEVER, watches=NOW_OR_NEVER))


async def test_one_waits_and_the_next_is_refused(lanes: Lanes) -> None:
    """The queue is bounded, so that waiting ends."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(held(lanes, "SubmitRegistration"))
        waiting = asyncio.create_task(lanes.of("RetryRegistration").acquire())
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await lanes.of("SubmitRegistration").acquire()
        waiting.cancel()
    async with held(lanes, "SubmitRegistration"):
        pass


async def test_a_full_lane_leaves_the_others_alone(lanes: Lanes) -> None:
    """Watches never take the room of submissions or reads."""
    async with held(lanes, "WatchRegistrations"):
        with pytest.raises(WatchLimit):
            await lanes.of("WatchRegistrations").acquire()
        async with (
            held(lanes, "SubmitRegistration"),
            held(lanes, "GetRegistration"),
            held(lanes, "WaitRegistration"),
        ):
            pass


async def test_while_draining_only_long_calls_are_refused(lanes: Lanes) -> None:
    """Short ones finish within the grace."""
    lanes.draining = True
    for method in ("WatchRegistrations", "WaitRegistration"):
        with pytest.raises(Draining):
            lanes.of(method)
    async with held(lanes, "SubmitRegistration"):
        pass


async def test_a_place_that_is_left_early_is_given_back_once(lanes: Lanes) -> None:
    """A call may outlive its place, and its end does not make room for two."""
    slow = Call(Method("/registrar.v1.RegistrationService/WatchRegistrations"))
    slow.lane = lanes.of(slow.method.name)
    await slow.lane.acquire()
    slow.leave()
    slow.leave()
    async with held(lanes, "WatchRegistrations"):
        with pytest.raises(WatchLimit):
            await lanes.of("WatchRegistrations").acquire()
