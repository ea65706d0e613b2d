"""Bells: the wake-up of one watcher."""

import asyncio
from contextlib import suppress

from registrar.app.bell import Bell


async def test_a_ring_before_the_wait_is_not_lost() -> None:
    """However many, they are one."""
    bell = Bell()
    bell.ring()
    bell.ring()
    assert await bell.rung(60)
    assert not await bell.rung(0)


async def test_a_ring_ends_the_wait() -> None:
    """Also where a second one comes before the waiter has its turn."""
    bell = Bell()
    waiting = asyncio.create_task(bell.rung(60))
    await asyncio.sleep(0)
    bell.ring()
    bell.ring()
    assert await waiting
    assert not await bell.rung(0)


async def test_a_wait_that_is_cancelled_leaves_the_bell_usable() -> None:
    """Its timer and its future are gone."""
    bell = Bell()
    waiting = asyncio.create_task(bell.rung(60))
    await asyncio.sleep(0)
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting
    bell.ring()
    assert await bell.rung(0)
