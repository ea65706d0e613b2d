"""Watches of connectors: how often is looked, and what a watcher is told."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from registrar.app.circuit_view import Circuit
from registrar.app.commands import Caller, Closing, Heartbeat
from registrar.app.connector_watch import ConnectorNews, ConnectorWatches, Snapshot
from registrar.app.connectors import ConnectorView
from registrar.app.watch import WatchLimits
from registrar.domain.errors import Draining, StoreUnavailable
from registrar.domain.outcome import Tier
from registrar.ports.clock import SystemClock
from registrar.resilience.answers import State

A = Caller("tenant-a", "a")
RARELY = timedelta(seconds=60)
NEVER = datetime.max.replace(tzinfo=UTC)


class World:
    """Two connectors, as they are; `away` plays a database that does not answer."""

    def __init__(self, limits: WatchLimits | None = None, seconds: float = 0.03) -> None:
        self.views = [
            ConnectorView("acme", Tier.API, circuit=Circuit(State.CLOSED)),
            ConnectorView("acme", Tier.MANUAL),
        ]
        self.away = False
        self.looks: list[float] = []
        self.watches = ConnectorWatches(self.look, SystemClock(), limits, seconds)

    async def look(self) -> list[ConnectorView]:
        """At all."""
        self.looks.append(asyncio.get_running_loop().time())
        if self.away:
            raise StoreUnavailable
        return list(self.views)

    def watch(self, beat: timedelta = RARELY) -> AsyncGenerator[ConnectorNews, None]:
        """By one key."""
        return self.watches.watch(A, beat)

    def circuit(self, **now: object) -> None:
        """Of the first."""
        view = self.views[0]
        assert view.circuit is not None
        self.views[0] = replace(view, circuit=replace(view.circuit, **now))


async def test_all_watchers_share_their_looks() -> None:
    """Twenty of them cost one look at a time, and no two of these are close together."""
    world = World()
    watches = [world.watch() for _ in range(20)]
    firsts = await asyncio.gather(*(anext(one) for one in watches))
    assert set(firsts) == {Snapshot(tuple(world.views))}
    assert len(world.looks) == 1
    news = [asyncio.ensure_future(anext(one)) for one in watches]
    await asyncio.sleep(0.2)
    world.circuit(epoch=1, state=State.OPEN)
    assert set(await asyncio.gather(*news)) == {world.views[0]}
    gaps = [late - early for early, late in zip(world.looks, world.looks[1:], strict=False)]
    assert len(gaps) > 1
    assert min(gaps) >= 0.029
    await asyncio.gather(*(one.aclose() for one in watches))


async def test_nobody_looks_for_nobody() -> None:
    """When the last watcher has gone, one look at most is still under way."""
    world = World()
    async with aclosing(world.watch()) as watch:
        await anext(watch)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(watch), 0.1)
    await asyncio.sleep(0.05)
    before = len(world.looks)
    await asyncio.sleep(0.15)
    assert len(world.looks) == before


async def test_a_watcher_that_leaves_takes_nobodys_look_along() -> None:
    """The others wait for the same one."""
    world = World(seconds=0.2)
    one, other = world.watch(), world.watch()
    await asyncio.gather(anext(one), anext(other))
    leaving = asyncio.ensure_future(anext(one))
    staying = asyncio.ensure_future(anext(other))
    await asyncio.sleep(0.05)
    leaving.cancel()
    world.circuit(step=2)
    assert await staying == world.views[0]
    await other.aclose()


@pytest.mark.parametrize("counted", [{"in_flight": 7}, {"retries": 0.5}, {"until": NEVER}])
async def test_what_is_merely_counted_is_no_news(counted: dict[str, object]) -> None:
    """It is told with the next change."""
    world = World()
    async with aclosing(world.watch()) as watch:
        await anext(watch)
        world.circuit(**counted)
        news = asyncio.ensure_future(anext(watch))
        await asyncio.sleep(0.15)
        assert not news.done()
        world.circuit(epoch=1)
        assert await news == world.views[0]


async def test_who_was_busy_meanwhile_is_told_the_newest() -> None:
    """A watcher is what it was told, never a queue."""
    world = World()
    async with aclosing(world.watch()) as watch:
        await anext(watch)
        for epoch in range(1, 5):
            world.circuit(epoch=epoch)
            await asyncio.sleep(0.02)
        assert await anext(watch) == world.views[0]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(watch), 0.15)


async def test_a_watch_that_was_told_nothing_beats() -> None:
    """By the service's clock."""
    world = World(WatchLimits(shortest_beat=0.05))
    async with aclosing(world.watch(timedelta(0))) as watch:
        kinds = [type(await anext(watch)) for _ in range(3)]
    assert kinds == [Snapshot, Heartbeat, Heartbeat]


async def test_a_watch_ends_after_its_time() -> None:
    """So that watching anew is exercised every day."""
    world = World(WatchLimits(max_duration=0.05))
    told = [one async for one in world.watches.watch(A)]
    assert [type(one) for one in told] == [Snapshot, Closing]
    assert told[-1] == Closing("max_duration", timedelta(seconds=1))


async def test_a_drain_waits_for_no_look() -> None:
    """However long it is until the next one."""
    world = World(seconds=60)
    async with aclosing(world.watch()) as watch:
        await anext(watch)
        news = asyncio.ensure_future(anext(watch))
        await asyncio.sleep(0.01)
        world.watches.drain()
        async with asyncio.timeout(5):
            assert await news == Closing("draining", timedelta(seconds=1))
    with pytest.raises(Draining):
        await anext(world.watch())
    assert len(world.looks) == 1


async def test_the_first_look_must_succeed() -> None:
    """Then the database may be away; and the watch that failed has left its place."""
    world = World(WatchLimits(per_key=1))
    world.away = True
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await anext(world.watch())
    world.away = False
    async with aclosing(world.watch()) as watch:
        assert await anext(watch) == Snapshot(tuple(world.views))
        world.away = True
        news = asyncio.ensure_future(anext(watch))
        await asyncio.sleep(0.1)
        world.away = False
        world.circuit(state=None)
        assert await news == world.views[0]
