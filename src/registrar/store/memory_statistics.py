"""The memory twin of statistics."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from registrar.domain.registration import Event, State
from registrar.domain.statistics import Measure
from registrar.ports.statistics import (
    Batch,
    Cell,
    Count,
    Counted,
    Dimension,
    Grain,
    Level,
    Origin,
    Slice,
    Span,
    Timing,
)
from registrar.ports.store import NewRegistration, Position


class MemoryStatistics:
    """Over the registrations and events of a store in memory."""

    def __init__(self, items: dict[str, NewRegistration], log: list[Event]) -> None:
        self._items = items
        self._log = log
        self._counted: Counted | None = None
        self._cells: Counter[Cell] = Counter()
        self._timings: Counter[Timing] = Counter()
        self._levels: Counter[Level] = Counter()

    async def counted(self) -> Counted | None:
        """How far the log is counted."""
        return self._counted

    async def add(self, expected: Position | None, counted: Counted, batch: Batch) -> bool:
        """Add and move on."""
        if (self._counted.position if self._counted else None) != expected:
            return False
        self._counted = counted
        self._cells.update(batch.cells)
        self._timings.update(batch.timings)
        self._levels.update(batch.levels)
        return True

    async def origins(self, registration_ids: Collection[str]) -> dict[str, Origin]:
        """Of registrations of any tenant."""
        known = {one: self._items[one] for one in registration_ids if one in self._items}
        made = {one: item.transition.registration for one, item in known.items()}
        return {
            one: Origin(found.manufacturer_id, found.country, found.created_at)
            for one, found in made.items()
        }

    async def before(self, happened: Sequence[Event]) -> dict[tuple[str, int], State]:
        """State before each."""
        wanted = {(one.registration_id, one.sequence) for one in happened}
        states = {(one.registration_id, one.sequence + 1): one.state for one in self._log}
        return {key: states[key] for key in wanted if key in states}

    async def counts(
        self, where: Slice, spans: Sequence[Span], by: Sequence[Dimension] = ()
    ) -> list[Count]:
        """Sums over disjoint spans."""
        sums: Counter[tuple[Measure, tuple[str | datetime, ...]]] = Counter()
        for cell, n in self._cells.items():
            if _told(cell, where) and _asked(cell, where, spans):
                sums[cell.measure, tuple(getattr(cell, one.value) for one in by)] += n
        return [Count(measure, key, n) for (measure, key), n in sums.items()]

    async def timings(self, where: Slice, spans: Sequence[Span]) -> dict[Measure, dict[int, int]]:
        """Of each measure, how many are in which bucket."""
        made: dict[Measure, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for one, n in self._timings.items():
            if _asked(one, where, spans):
                made[one.measure][one.bucket] += n
        return made

    async def levels(self, tenant_id: str | None) -> list[tuple[Level, int]]:
        """As of the last `add`."""
        return [
            (one, n)
            for one, n in self._levels.items()
            if n and (tenant_id is None or one.tenant_id == tenant_id)
        ]

    async def forget(self, grain: Grain, before: datetime, limit: int) -> int:
        """Drop what is older."""
        gone = 0
        for rows in (self._cells, self._timings):
            old = [one for one in rows if one.grain is grain and one.at < before][:limit]
            for one in old:
                del rows[one]
            gone += len(old)
        return gone


def _told(cell: Cell, where: Slice) -> bool:
    return (not where.countries or cell.country in where.countries) and (
        not where.statuses or cell.status in where.statuses
    )


def _asked(one: Cell | Timing, where: Slice, spans: Sequence[Span]) -> bool:
    return (
        one.measure in where.measures
        and (where.tenant_id is None or one.tenant_id == where.tenant_id)
        and (not where.manufacturer_ids or one.manufacturer_id in where.manufacturer_ids)
        and (not where.tiers or one.tier in where.tiers)
        and any(span.grain is one.grain and span.start <= one.at < span.end for span in spans)
    )
