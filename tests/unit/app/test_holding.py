"""A worker acts only while it knows that its job is its own."""

import asyncio
import math
from collections.abc import Callable
from datetime import timedelta

import pytest

from registrar.app.holding import Hold
from registrar.ports.connector import Withdrawn

LONG = timedelta(minutes=1)
Told = Callable[[], None]


def soon(seconds: float) -> float:
    """By the loop's clock."""
    return asyncio.get_running_loop().time() + seconds


def nothing() -> None:
    """Is told."""


async def acting(
    hold: Hold, deadline: timedelta = LONG, told: Told = nothing, late: Told = nothing
) -> None:
    """For as long as it may; `late` is told when it has ended."""
    async with hold.within(deadline):
        told()
        try:
            await asyncio.Event().wait()
        finally:
            late()


async def test_nothing_begins_when_the_lease_is_over() -> None:
    """Not a single step of it."""
    begun: list[bool] = []
    with pytest.raises(Withdrawn):
        await acting(Hold(soon(0)), told=lambda: begun.append(True))
    assert begun == []


@pytest.mark.parametrize(("lease", "deadline"), [(0.3, 60.0), (60.0, 0.3), (math.inf, 0.3)])
async def test_what_is_under_way_ends_with_its_lease_or_its_deadline(
    lease: float, deadline: float
) -> None:
    """Whichever is first."""
    with pytest.raises(TimeoutError):
        await acting(Hold(soon(lease)), timedelta(seconds=deadline))


async def test_a_renewed_lease_lets_it_go_on() -> None:
    """Past the first end, and only to the deadline of the whole."""
    hold, begun = Hold(soon(1)), soon(0)
    with pytest.raises(TimeoutError):
        await acting(hold, timedelta(seconds=1.3), told=lambda: hold.move(soon(60)))
    assert soon(0) >= begun + 1.3


async def test_a_lost_lease_ends_it_at_once() -> None:
    """Whoever has the job by then looks for what it has done."""
    hold = Hold(soon(60))
    with pytest.raises(TimeoutError):
        await acting(hold, told=lambda: hold.move(-math.inf))
    with pytest.raises(Withdrawn):
        hold.check()


async def test_a_renewal_that_comes_too_late_changes_nothing() -> None:
    """It has ended all the same."""
    hold = Hold(soon(0.3))
    with pytest.raises(TimeoutError):
        await acting(hold, late=lambda: hold.move(soon(60)))
