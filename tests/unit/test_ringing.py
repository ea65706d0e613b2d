"""Rings after writes."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from registrar.app.ringing import Ringing


class Bells:
    """Keeps what was rung; answers when told."""

    def __init__(self) -> None:
        self.rung: list[tuple[str, ...]] = []
        self.answer = asyncio.Event()

    async def ring(self, *bells: str) -> None:
        """Note it."""
        self.rung.append(bells)
        await self.answer.wait()

    def listen(self, bell: str, poll_seconds: float) -> AsyncGenerator[None, None]:
        """Nobody does here."""
        raise AssertionError(bell, poll_seconds)


async def doubled(items: Sequence[int]) -> list[int]:
    """A flush."""
    return [2 * one for one in items]


async def test_a_write_does_not_wait_for_its_ring() -> None:
    """Its answer is there although the bell has not answered."""
    bells = Bells()
    ringing = Ringing(bells)
    assert await ringing.after(doubled, "events", "jobs")([1, 2]) == [2, 4]
    await asyncio.sleep(0)
    assert bells.rung == [("events", "jobs")]
    bells.answer.set()
    await ringing.close()


async def test_rings_that_come_together_are_one() -> None:
    """While one is on its way the others gather."""
    bells = Bells()
    ringing = Ringing(bells)
    ringing.ring("events")
    await asyncio.sleep(0)
    for bell in ("events", "jobs", "events"):
        ringing.ring(bell)
    bells.answer.set()
    await ringing.close()
    assert bells.rung == [("events",), ("events", "jobs")]


async def test_after_a_pause_a_ring_is_at_once() -> None:
    """The first one never waits."""
    bells = Bells()
    bells.answer.set()
    ringing = Ringing(bells)
    for _ in range(2):
        ringing.ring("events")
        await ringing.close()
    assert bells.rung == [("events",), ("events",)]


async def test_what_never_rang_closes_at_once() -> None:
    """And rings nothing on its way out."""
    bells = Bells()
    await Ringing(bells).close()
    assert bells.rung == []
