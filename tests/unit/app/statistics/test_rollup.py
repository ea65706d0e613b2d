"""Who counts goes on whatever stands in the way, says so once, and forgets what is too old."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from types import SimpleNamespace
from typing import Any

from structlog.testing import capture_logs
from tests import recount
from tests.property.test_rollup import lived

from registrar.app.statistics.rollup import IDLE, MINUTES_KEPT, Rollup
from registrar.bootstrap import keeping
from registrar.config.settings import load
from registrar.domain.errors import StoreUnavailable
from registrar.domain.statistics import Measure
from registrar.ports.statistics import Grain, Slice, Span
from registrar.signals.memory import MemoryDoorbell
from registrar.store.memory import MemoryStore
from registrar.testing.histories import lives

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=20)
SOON = 0.01


@dataclass
class Time:
    """As it is told."""

    at: datetime = UNTIL

    def now(self) -> datetime:
        """Of this service."""
        return self.at


EARLY = Time(SINCE)
"""When nothing is too old."""


async def world(n: int = 60) -> MemoryStore:
    """With a past."""
    store = MemoryStore()
    await lived(store, list(islice(lives(random.Random(1), SINCE, UNTIL), n)))  # noqa: S311 - a test
    return store


def rollup(store: MemoryStore, clock: Time | None = None, **more: Any) -> Rollup:  # noqa: ANN401 - of its fields
    """That does not wait long."""
    given: dict[str, Any] = {"poll": SOON, "gather": SOON, "every": SOON} | more
    return Rollup(store, MemoryDoorbell(), clock or Time(), **given)


async def until(condition: Callable[[], bool]) -> None:
    """At most five seconds."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(SOON)


@dataclass
class Away:
    """A part of a store that does not answer for a while."""

    inner: Any
    method: str
    error: Exception
    failures: int
    asked: int = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever it has
        found = getattr(self.inner, name)
        if name != self.method:
            return found

        async def weak(*given: Any) -> Any:  # noqa: ANN401 - as it is
            self.asked += 1
            if self.asked <= self.failures:
                raise self.error
            return await found(*given)

        return weak


async def test_an_outage_is_said_once_and_then_all_is_counted() -> None:
    """A defect, too: without its text, which may quote what it met."""
    store = await world()
    weak = Away(store.statistics, "add", StoreUnavailable(), 3)
    store.statistics = weak  # type: ignore[assignment]  # the same, but weak
    with capture_logs() as logs:
        task = asyncio.create_task(rollup(store, EARLY, page=50).run())
        await until(lambda: any(one["event"] == "outage_ended" for one in logs))
        task.cancel()
    store.statistics = weak.inner
    told = [one for one in logs if one["event"].startswith("outage")]
    assert [(one["event"], one["of"], one["at"]) for one in told] == [
        ("outage_started", "StoreUnavailable", "rollup"),
        ("outage_ended", "StoreUnavailable", "rollup"),
    ]
    assert await recount.check(store) > 200


class Ending:
    """A bell that has rung once, and will not again."""

    async def ring(self, *bells: str) -> None:
        """Nobody listens."""

    async def listen(self, bell: str, poll_seconds: float) -> AsyncGenerator[None, None]:
        """Once."""
        del bell, poll_seconds
        yield


async def test_where_the_bell_is_gone_nothing_more_is_read() -> None:
    """What had come is counted, and what is too old is forgotten."""
    store = await world()
    weak = Away(store.statistics, "forget", ValueError(), 0)
    store.statistics = weak  # type: ignore[assignment]  # the same
    task = asyncio.create_task(Rollup(store, Ending(), EARLY, gather=0, every=SOON).run())
    await until(lambda: weak.asked > 2 * len(Grain))
    task.cancel()
    store.statistics = weak.inner
    assert await recount.check(store) > 200


async def test_where_nothing_happens_it_is_known_all_the_same_up_to_when() -> None:
    """At most once in a few seconds."""
    store, clock = MemoryStore(), Time()
    roller = rollup(store, clock)
    assert not await roller.once()
    first = await store.statistics.counted()
    assert first is not None
    assert first.as_of == UNTIL
    clock.at += IDLE / 2
    await roller.once()
    assert await store.statistics.counted() == first
    clock.at += IDLE
    await roller.once()
    later = await store.statistics.counted()
    assert later is not None
    assert later.as_of == clock.at


async def test_as_long_as_there_is_more_it_is_as_of_the_last_event() -> None:
    """Of a past that is still being read."""
    store = await world()
    roller = rollup(store, page=50)
    assert await roller.once()
    counted = await store.statistics.counted()
    assert counted is not None
    last = (await store.log(counted.position, 1))[0]
    assert counted.as_of <= UNTIL + timedelta(hours=1)
    assert counted.as_of == (await store.log(_before(counted.position), 1))[0].event.at
    assert last.position > counted.position


def _before(place: Any) -> Any:  # noqa: ANN401 - a position
    return type(place)(place.epoch, place.offset - 1)


async def test_what_is_too_old_is_forgotten_and_a_defect_of_it_does_no_harm() -> None:
    """Minutes after two days, all else when it is told."""
    store = await world()
    assert not await rollup(store, EARLY).once()
    clock = Time(SINCE + MINUTES_KEPT + timedelta(days=10))
    weak = Away(store.statistics, "forget", ValueError("secret"), 1)
    store.statistics = weak  # type: ignore[assignment]  # the same, but weak
    roller = rollup(store, clock, batch=20, keep=timedelta(days=5))
    with capture_logs() as logs:
        task = asyncio.create_task(roller.run())
        await until(lambda: weak.asked > 20)
        task.cancel()
    store.statistics = weak.inner
    assert {"event": "not_forgotten", "of": "ValueError", "log_level": "warning"} in logs
    for grain, kept in ((Grain.MINUTE, 10), (Grain.QUARTER, 7), (Grain.HOUR, 7), (Grain.DAY, 7)):
        at = grain.floor(SINCE + timedelta(days=kept))
        ever = recount.EVER
        old, new = Span(grain, ever[0], at), Span(grain, at, ever[1])
        where = Slice((Measure.FINISHED,), None)
        assert not await store.statistics.counts(where, [old])
        assert await store.statistics.counts(where, [new])
        assert not await store.statistics.timings(where, [old])


async def test_what_is_too_old_from_the_first_is_never_kept() -> None:
    """Of minutes: the rest of it is."""
    store = await world()
    await rollup(store, Time(UNTIL)).once()
    where, at = Slice((Measure.ACCEPTED,), None), Grain.MINUTE.floor(UNTIL - MINUTES_KEPT)
    old, new = Span(Grain.MINUTE, recount.EVER[0], at), Span(Grain.MINUTE, at, recount.EVER[1])
    assert not await store.statistics.counts(where, [old])
    (minutes,) = await store.statistics.counts(where, [new])
    (days,) = await store.statistics.counts(where, [Span(Grain.DAY, *recount.EVER)])
    assert 0 < minutes.n < days.n == 60


async def test_an_event_whose_registration_is_gone_is_counted_under_nobody() -> None:
    """It holds up nothing."""
    store = await world(3)
    store._items.clear()  # noqa: SLF001 - nothing else takes them away
    roller = rollup(store)
    await roller.once()
    assert await store.statistics.counted() is not None
    found = await store.statistics.counts(
        Slice((Measure.ACCEPTED,), None), [Span(Grain.DAY, *recount.EVER)]
    )
    assert [one.n for one in found] == [3]


def test_counts_are_kept_as_long_as_the_settings_say() -> None:
    """By who dispatches."""
    parts: Any = SimpleNamespace(
        settings=load(statistics_days=7), store=MemoryStore(), clock=Time()
    )
    assert keeping.rollup(parts, MemoryDoorbell()).keep == timedelta(days=7)
