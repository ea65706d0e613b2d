"""Questions about a tenant's registrations, answered from the counts alone."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from registrar.app.commands import Caller
from registrar.app.statistics.answers import (
    MEASURES,
    TIMED,
    Breakdown,
    Curve,
    Figures,
    Frame,
    Funnel,
    Latency,
    Line,
    Metric,
    Percentiles,
    Question,
    Series,
    Stage,
    Summary,
    Timed,
)
from registrar.app.statistics.rollup import MINUTES_KEPT
from registrar.app.statistics.spans import Interval, parts, spans
from registrar.domain.errors import InvalidRequest, Violation
from registrar.domain.outcome import Tier
from registrar.domain.registration import State
from registrar.domain.statistics import BOUNDS, Measure, percentile
from registrar.ports.clock import Clock
from registrar.ports.statistics import Count, Dimension, Grain, Slice, Span, Statistics

MOST_PARTS = 1_500
LINES = 20
"""Values that a series tells apart; the rest is one line."""
LONGEST = timedelta(days=800)
YEARS = range(1970, 2200)
"""In which anything can have happened: the calendar goes on a little around them."""
_SUMMED = (
    Measure.ACCEPTED,
    Measure.FINISHED,
    Measure.HANDED_OVER,
    Measure.ATTEMPT,
    Measure.OVERDUE,
    Measure.REOPENED,
)
_STAGED = (
    Measure.ACCEPTED,
    Measure.ENTERED,
    Measure.LEFT,
    Measure.FINISHED,
    Measure.HANDED_OVER,
)
_FIGURES = {
    Measure.ACCEPTED: "accepted",
    Measure.HANDED_OVER: "handed_over",
    Measure.ATTEMPT: "attempts",
    Measure.OVERDUE: "overdue",
    Measure.REOPENED: "reopened",
}


class _Asked(NamedTuple):
    frame: Frame
    where: Slice
    spans: list[Span]


@dataclass(frozen=True, slots=True)
class Analytics:
    """The use cases. Each raises StoreUnavailable, and InvalidRequest for a time that is wrong."""

    statistics: Statistics
    clock: Clock

    async def summary(self, caller: Caller, question: Question) -> Summary:
        """What came in, what became of it, and where everything stands."""
        asked = await self._asked(caller, question, _SUMMED)
        by = (Dimension.MANUFACTURER, Dimension.STATUS)
        over = replace(asked.where, measures=(Measure.FINISHED,))
        counts, timings, levels = await asyncio.gather(
            self.statistics.counts(asked.where, asked.spans, by),
            self.statistics.timings(over, asked.spans),
            self.statistics.levels(caller.tenant_id),
        )
        current: Counter[State] = Counter()
        for level, n in levels:
            if not question.manufacturer_ids or level.manufacturer_id in question.manufacturer_ids:
                current[level.state] += n
        return Summary(
            asked.frame,
            _figures(counts),
            {one: _figures(mine) for one, mine in _grouped(counts).items()},
            _percentiles(timings.get(Measure.FINISHED, {})),
            dict(current),
        )

    async def series(self, caller: Caller, question: Question, curve: Curve) -> Series:
        """A metric by time, and by one dimension where it is named."""
        _check(question.interval)
        made = list(islice(parts(question.interval, curve.step, curve.zone), MOST_PARTS + 1))
        if len(made) > MOST_PARTS:
            problem = f"At most {MOST_PARTS} parts: take longer ones, or a shorter interval."
            raise InvalidRequest((Violation("step", "too_many_parts", problem),))
        whole = Interval(made[0].start, made[-1].end)
        measure, statuses = MEASURES[curve.metric]
        asked = await self._asked(
            *(caller, replace(question, interval=whole), (measure,), curve.by),
            coarsest=_shared(one.start for one in made),
        )
        where = replace(asked.where, statuses=statuses)
        apart = (Dimension.AT, curve.by) if curve.by else (Dimension.AT,)
        counts = await self.statistics.counts(where, asked.spans, apart)
        return Series(asked.frame, tuple(made), _lines(counts, made, apart=curve.by is not None))

    async def breakdown(
        self, caller: Caller, question: Question, metric: Metric, by: Dimension, limit: int
    ) -> Breakdown:
        """A metric by one dimension; the largest `limit` values."""
        measure, statuses = MEASURES[metric]
        asked = await self._asked(caller, question, (measure,), by)
        where = replace(asked.where, statuses=statuses)
        counts = await self.statistics.counts(where, asked.spans, (by,))
        ranked = sorted(((str(one.key[0]), one.n) for one in counts), key=_largest)
        total = sum(n for _, n in ranked)
        shown = tuple(ranked[:limit])
        return Breakdown(asked.frame, total, shown, total - sum(n for _, n in shown))

    async def funnel(self, caller: Caller, question: Question) -> Funnel:
        """How registrations fall from tier to tier."""
        asked = await self._asked(caller, question, _STAGED)
        by = (Dimension.TIER, Dimension.STATUS, Dimension.CODE)
        stages: dict[str, Stage] = {}
        accepted = 0
        for measure, key, n in await self.statistics.counts(asked.where, asked.spans, by):
            tier, status, code = map(str, key)
            if measure is Measure.ACCEPTED:
                accepted += n
            else:
                _stage(stages.setdefault(tier, Stage(tier)), measure, status, code, n)
        order = [tier.value for tier in Tier]
        known = [stages.pop(one) for one in order if one in stages]
        return Funnel(asked.frame, accepted, (*known, *stages.values()))

    async def latency(self, caller: Caller, question: Question, timed: Timed) -> Latency:
        """How long something took."""
        measure = TIMED[timed]
        asked = await self._asked(caller, question, (measure,))
        found = await self.statistics.timings(asked.where, asked.spans)
        counts = found.get(measure, {})
        buckets = tuple(
            (BOUNDS[index] if index < len(BOUNDS) else None, n)
            for index, n in sorted(counts.items())
            if n
        )
        return Latency(asked.frame, sum(counts.values()), _percentiles(counts), buckets)

    async def _asked(
        self,
        caller: Caller,
        question: Question,
        measures: tuple[Measure, ...],
        by: Dimension | None = None,
        *,
        coarsest: Grain = Grain.DAY,
    ) -> _Asked:
        _check(question.interval)
        counted = await self.statistics.counted()
        old = question.interval.start < self.clock.now() - MINUTES_KEPT
        by_country = by is Dimension.COUNTRY or bool(question.countries)
        finest = Grain.QUARTER if old or by_country else Grain.MINUTE
        if coarsest is Grain.MINUTE and finest is not coarsest:
            problem = f"Minutes are of the last {MINUTES_KEPT.days} days, and know no countries."
            raise InvalidRequest((Violation("step", "too_fine", problem),))
        whole = question.interval.to(finest)
        where = Slice(
            measures,
            caller.tenant_id,
            question.manufacturer_ids,
            question.tiers,
            question.countries,
        )
        frame = Frame(whole, counted.as_of if counted else None)
        return _Asked(frame, where, spans(whole, finest, coarsest))


def _check(interval: Interval) -> None:
    problem = ""
    if interval.start >= interval.end:
        problem = "The end must be after the start."
    elif interval.end - interval.start > LONGEST:
        problem = f"At most {LONGEST.days} days."
    elif interval.start.year not in YEARS or interval.end.year not in YEARS:
        problem = f"From {YEARS[0]} to {YEARS[-1]}."
    if problem:
        raise InvalidRequest((Violation("interval", "interval", problem),))


def _shared(starts: Iterable[datetime]) -> Grain:
    """The coarsest grain that each of these begins one of."""
    found = list(starts)
    for grain in (Grain.DAY, Grain.HOUR, Grain.QUARTER):
        if all(grain.floor(one) == one for one in found):
            return grain
    return Grain.MINUTE


def _figures(counts: Iterable[Count]) -> Figures:
    sums: Counter[str] = Counter()
    for measure, key, n in counts:
        # Of what is over, the status is the state: a figure of that name.
        sums[_FIGURES.get(measure) or str(key[1])] += n
    return Figures(**sums)


def _grouped(counts: Iterable[Count]) -> dict[str, list[Count]]:
    made: dict[str, list[Count]] = defaultdict(list)
    for one in counts:
        made[str(one.key[0])].append(one)
    return dict(sorted(made.items()))


def _percentiles(counts: Mapping[int, int]) -> Percentiles:
    return Percentiles(*(percentile(counts, share) for share in (0.5, 0.95, 0.99)))


def _largest(row: tuple[str, int]) -> tuple[int, str]:
    return (-row[1], row[0])


def _lines(counts: Iterable[Count], made: Sequence[Interval], *, apart: bool) -> tuple[Line, ...]:
    starts = [one.start for one in made]
    points: dict[str, list[int]] = {} if apart else {"": [0] * len(made)}
    for _, (at, *rest), n in counts:
        line = points.setdefault(str(rest[0]) if rest else "", [0] * len(made))
        line[bisect_right(starts, at) - 1] += n
    ranked = sorted(points.items(), key=lambda item: _largest((item[0], sum(item[1]))))
    shown = [Line(value, tuple(line)) for value, line in ranked[:LINES]]
    if others := [line for _, line in ranked[LINES:]]:
        shown.append(Line("", tuple(map(sum, zip(*others, strict=True))), is_other=True))
    return tuple(shown)


def _stage(stage: Stage, measure: Measure, status: str, code: str, n: int) -> None:
    if measure is Measure.LEFT:
        stage.left[code] = stage.left.get(code, 0) + n
        return
    name = status if measure is Measure.FINISHED else measure.value
    setattr(stage, name, getattr(stage, name) + n)
