"""The tail of the event log in one process, over all three stores."""

import asyncio
from typing import Any

from tests.integration.app.desks import (
    System,
)

from registrar.app.event_log import EventLog
from registrar.ports.store import Position, Store
from registrar.store.memory import MemoryStore


async def test_behind_the_ring_the_log_is_read(store: Store, system: System) -> None:
    """Whatever fell out of the memory of this process."""
    for _ in range(6):
        await system.submit()
    small = EventLog(store, system.doorbell, ring=2)
    await small.start()
    await small.read_on()
    await system.advance()
    await small.read_on()
    await system.submit()  # committed, and not read yet
    everything = [one async for one in small.after(Position())]
    assert len(everything) == 18
    assert sorted(one.position for one in everything) == [one.position for one in everything]


async def test_a_log_that_nobody_watches_is_not_read(store: Store, system: System) -> None:
    """Its end is looked up instead; whoever comes then reads what is before it from the store."""
    idle = EventLog(store, system.doorbell, poll=0.05)
    await idle.start()
    start = idle.position
    reading = asyncio.create_task(idle.run())
    try:
        first = await system.submit()
        async with asyncio.timeout(10):
            while idle.position == start:  # noqa: ASYNC110 - another task's state
                await asyncio.sleep(0.01)
        kept = [one async for one in idle.after(start)]
        assert [one.event.registration_id for one in kept] == [first.view.registration.id]
    finally:
        reading.cancel()


class Read:
    """A store that counts how often its log was read."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.times = 0

    def __getattr__(self, name: str) -> object:
        self.times += name == "log"
        return getattr(self._store, name)


async def test_when_the_last_watcher_leaves_the_log_is_not_read_on(
    store: Store, system: System
) -> None:
    """A ring is then the last that is heard; the end is looked up instead."""
    counted: Any = Read(store)
    log = EventLog(counted, system.doorbell, poll=0.05)
    await log.start()
    reading = asyncio.create_task(log.run())
    try:
        async with log.attached(["nobody"]), asyncio.timeout(10):
            while counted.times < 3:  # noqa: ASYNC110 - another task's state
                await asyncio.sleep(0.01)
        await system.doorbell.ring("events")
        before = log.position
        await system.submit()
        async with asyncio.timeout(10):
            while log.position == before:  # noqa: ASYNC110 - another task's state
                await asyncio.sleep(0.01)
        times = counted.times
        await system.doorbell.ring("events")
        await asyncio.sleep(0.2)
        assert counted.times == times
    finally:
        reading.cancel()


async def test_whoever_comes_first_sees_what_was_committed_before(
    store: Store, system: System
) -> None:
    """Without waiting for the next ring."""
    idle = EventLog(store, system.doorbell, poll=60)
    await idle.start()
    place = idle.position
    made = await system.submit()
    async with idle.attached([made.view.registration.id]):
        seen = [one async for one in idle.after(place, [made.view.registration.id])]
    assert [one.event.sequence for one in seen] == [1]


async def _attached_once(log: EventLog) -> Position:
    async with log.attached(["reg_1"]):
        return log.position


async def test_whoever_comes_while_the_end_is_looked_up_misses_nothing(system: System) -> None:
    """The look-up of a log that nobody watched is then no reason to leave anything out."""

    class Slow(MemoryStore):
        """Its head is looked up slowly."""

        def __init__(self) -> None:
            super().__init__()
            self.asked, self.go = asyncio.Event(), asyncio.Event()

        async def log_head(self) -> Position:
            """As it is, when it may."""
            self.asked.set()
            await self.go.wait()
            return Position(0, 7)

    store = Slow()
    idle = EventLog(store, system.doorbell, poll=0.01)
    reading = asyncio.create_task(idle.run())
    await store.asked.wait()
    coming = asyncio.create_task(_attached_once(idle))
    await asyncio.sleep(0)
    store.go.set()
    assert await coming == Position()
    reading.cancel()
