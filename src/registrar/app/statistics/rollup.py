"""From the event log to the counts: each event once, whoever reads and whenever it is killed.

Any number of dispatchers may run it: only one of them moves on from a place, and adds what it made
of the events in the same transaction.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from registrar.app.event_log import EVENTS
from registrar.app.following import Following
from registrar.domain.registration import Event, State
from registrar.domain.statistics import Fact, bucket, facts
from registrar.ports.clock import Clock
from registrar.ports.queue import Doorbell
from registrar.ports.statistics import Batch, Cell, Counted, Grain, Level, Origin, Timing
from registrar.ports.store import Position, Store

PAGE = 2_000
IDLE = timedelta(seconds=5)
"""How old `as_of` may grow where nothing happens."""
MINUTES_KEPT = timedelta(days=2)
"""There are as many of them as events where little happens."""
BATCH = 5_000
"""Rows that are forgotten at once."""

_log = structlog.get_logger("registrar.statistics")


@dataclass(frozen=True, slots=True)
class Rollup:
    """`keep`: how long counts are kept, minutes MINUTES_KEPT. Times in seconds.

    `gather`: between two looks at the log, so that many events share a transaction; `every`:
    between two looks for what is too old.
    """

    store: Store
    doorbell: Doorbell
    clock: Clock
    keep: timedelta = timedelta(days=400)
    poll: float = 1.0
    gather: float = 1.0
    every: float = 3600.0
    page: int = PAGE
    batch: int = BATCH

    async def run(self) -> None:
        """For ever: a defect is logged, and what it met is tried again."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read_on())
            group.create_task(self._forget_on())

    async def _read_on(self) -> None:
        following = Following(self.once, _log, "rollup")
        async for _ in self.doorbell.listen(EVENTS, self.poll):
            await following.read_on()
            await asyncio.sleep(self.gather)

    async def once(self) -> bool:
        """One page; whether there is more. Raises StoreUnavailable."""
        so_far = await self.store.statistics.counted()
        place = so_far.position if so_far else None
        now = self.clock.now()
        page = await self.store.log(place or Position(), self.page)
        if not page and so_far is not None and now - so_far.as_of < IDLE:
            return False
        full = len(page) == self.page
        counted = Counted(
            page[-1].position if page else place or Position(),
            page[-1].event.at if full else now,
        )
        batch = await self._batch([one.event for one in page])
        await self.store.statistics.add(place, counted, batch)
        return full

    async def _batch(self, events: Sequence[Event]) -> Batch:
        if not events:
            return Batch()
        statistics = self.store.statistics
        origins = await statistics.origins({one.registration_id for one in events})
        untold = [one for one in events if one.was is None and one.sequence > 1]
        before = await statistics.before(untold) if untold else {}
        made = _Made()
        for one in events:
            origin = origins.get(one.registration_id) or Origin("", "", one.at)
            was = one.was or before.get((one.registration_id, one.sequence))
            made.levels.update(_moved(one, was, origin))
            made.count(one, facts(one, was, origin.accepted), origin)
        return made.batch(self._kept())

    def _kept(self) -> _Kept:
        now = self.clock.now()
        return {
            grain: now - (min(self.keep, MINUTES_KEPT) if grain is Grain.MINUTE else self.keep)
            for grain in Grain
        }

    async def _forget_on(self) -> None:
        while True:
            try:
                more = await self.forget() >= self.batch
            except Exception as error:  # noqa: BLE001 - what is forgotten later does no harm
                _log.warning("not_forgotten", of=type(error).__name__)
                more = False
            if not more:
                await asyncio.sleep(self.every)

    async def forget(self) -> int:
        """One batch of what is too old; how many rows."""
        gone = 0
        for grain, start in self._kept().items():
            gone += await self.store.statistics.forget(grain, start, self.batch)
        return gone


def _moved(event: Event, was: State | None, origin: Origin) -> dict[Level, int]:
    if event.state is was:
        return {}
    whose = event.tenant_id, origin.manufacturer_id
    left = {} if was is None else {Level(*whose, was): -1}
    return {Level(*whose, event.state): 1} | left


_Kept = Mapping[Grain, datetime]
"""Since when counts are kept."""


class _Made:
    """A page's counts."""

    def __init__(self) -> None:
        self._cells: Counter[Cell] = Counter()
        self._timings: Counter[Timing] = Counter()
        self.levels: Counter[Level] = Counter()

    def count(self, event: Event, told: Iterable[Fact], origin: Origin) -> None:
        """What one event tells, to the minute, and with its country."""
        at, tenant, whose = Grain.MINUTE.floor(event.at), event.tenant_id, origin.manufacturer_id
        country = origin.country
        for measure, tier, status, code, took in told:
            key = Cell(
                *(Grain.MINUTE, at, tenant, whose, measure),
                *(tier, status, code, country),
            )
            self._cells[key] += 1
            if took is not None:
                timing = Timing(Grain.MINUTE, at, tenant, whose, measure, tier, bucket(took))
                self._timings[timing] += 1

    def batch(self, kept: _Kept) -> Batch:
        """Of every grain, as far as it is kept."""
        cells, timings = Counter[Cell](), Counter[Timing]()
        finer, shorter = self._cells, self._timings
        for grain in (Grain.QUARTER, Grain.HOUR, Grain.DAY):
            finer, shorter = _coarser(finer, grain), _coarser(shorter, grain)
            cells.update(_since(finer, kept[grain]))
            timings.update(_since(shorter, kept[grain]))
        for one, n in _since(self._cells, kept[Grain.MINUTE]).items():
            cells[one._replace(country="")] += n
        timings.update(_since(self._timings, kept[Grain.MINUTE]))
        return Batch(cells, timings, {key: n for key, n in self.levels.items() if n})


Key = TypeVar("Key", Cell, Timing)


def _coarser(counts: Mapping[Key, int], grain: Grain) -> Counter[Key]:
    made: Counter[Key] = Counter()
    for one, n in counts.items():
        made[one._replace(grain=grain, at=grain.floor(one.at))] += n
    return made


def _since(counts: Mapping[Key, int], start: datetime) -> dict[Key, int]:
    return {one: n for one, n in counts.items() if one.at >= start}
