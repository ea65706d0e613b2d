"""Lanes: how many at once, and who is refused."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from registrar.app.commands import Caller
from registrar.domain.errors import Draining, Overloaded, WatchLimit
from registrar.rpc.call import Call
from registrar.rpc.lanes import LaneLimits, Lanes, Limits

ONE = LaneLimits(1, 1)
NOW_OR_NEVER = LaneLimits(1, 0)


def call(method: str) -> Call:
    """An authenticated call."""
    return Call(f"/registrar.v1.RegistrationService/{method}", caller=Caller("t", "k"))


@pytest.fixture
def lanes() -> Lanes:
    """Room for one, and one waiting; watches never wait."""
    return Lanes(Limits(writes=ONE, reads=ONE, waits=NOW_OR_NEVER, watches=NOW_OR_NEVER))


async def test_one_waits_and_the_next_is_refused(lanes: Lanes) -> None:
    """The queue is bounded, so that waiting ends."""
    async with AsyncExitStack() as held:
        await held.enter_async_context(lanes.enter(call("SubmitRegistration")))
        waiting = asyncio.create_task(
            held.enter_async_context(lanes.enter(call("RetryRegistration")))
        )
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await lanes.enter(call("SubmitRegistration")).__aenter__()
        waiting.cancel()
    async with lanes.enter(call("SubmitRegistration")):
        pass


async def test_a_full_lane_leaves_the_others_alone(lanes: Lanes) -> None:
    """Watches never take the room of submissions or reads."""
    async with lanes.enter(call("WatchRegistrations")):
        with pytest.raises(WatchLimit):
            await lanes.enter(call("WatchRegistrations")).__aenter__()
        async with (
            lanes.enter(call("SubmitRegistration")),
            lanes.enter(call("GetRegistration")),
            lanes.enter(call("WaitRegistration")),
        ):
            pass


async def test_probes_need_no_place(lanes: Lanes) -> None:
    """They have no caller."""
    probe = Call("/grpc.health.v1.Health/Check")
    async with lanes.enter(probe), lanes.enter(probe), lanes.enter(probe):
        pass


async def test_while_draining_only_long_calls_are_refused(lanes: Lanes) -> None:
    """Short ones finish within the grace."""
    lanes.draining = True
    for method in ("WatchRegistrations", "WaitRegistration"):
        with pytest.raises(Draining):
            await lanes.enter(call(method)).__aenter__()
    async with lanes.enter(call("SubmitRegistration")):
        pass
