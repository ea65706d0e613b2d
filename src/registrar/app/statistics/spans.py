"""A time, as the fewest spans that are counted; and its parts, by the calendar of a place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from registrar.ports.statistics import Grain, Span

_COARSE_FIRST = (Grain.DAY, Grain.HOUR, Grain.QUARTER, Grain.MINUTE)


@dataclass(frozen=True, slots=True)
class Interval:
    """Half open: from `start` on, and before `end`."""

    start: datetime
    end: datetime

    def to(self, grain: Grain) -> Interval:
        """All of what it touches."""
        return Interval(grain.floor(self.start), grain.ceil(self.end))


def spans(whole: Interval, finest: Grain, coarsest: Grain = Grain.DAY) -> list[Span]:
    """Disjoint, and together `whole`, whose ends are those of a `finest`."""
    first, last = _COARSE_FIRST.index(coarsest), _COARSE_FIRST.index(finest)
    return list(_cover(whole, _COARSE_FIRST[first : last + 1]))


def _cover(whole: Interval, grains: Sequence[Grain]) -> Iterator[Span]:
    if not grains or whole.start >= whole.end:
        return
    grain, *finer = grains
    start, end = grain.ceil(whole.start), grain.floor(whole.end)
    if start >= end:
        yield from _cover(whole, finer)
        return
    yield from _cover(Interval(whole.start, start), finer)
    yield Span(grain, start, end)
    yield from _cover(Interval(end, whole.end), finer)


class Step(StrEnum):
    """How long the parts of a series are; from an hour on, by the calendar."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_LENGTHS = {Step.MINUTE: timedelta(minutes=1), Step.HOUR: timedelta(hours=1)}


def parts(whole: Interval, step: Step, zone: tzinfo) -> Iterator[Interval]:
    """One after the other; the first one holds the start, the last one the end, both whole.

    Days, weeks (from Monday) and months begin at midnight there, or when the clock first shows a
    later time. An hour that a clock shows twice is two.
    """
    start = _floor(whole.start.astimezone(zone), step)
    while start < whole.end:
        end = _next(start, step, zone)
        yield Interval(start, end)
        start = end


def _floor(local: datetime, step: Step) -> datetime:
    """As UTC."""
    if step is Step.MINUTE:
        return local.replace(second=0, microsecond=0).astimezone(UTC)
    if step is Step.HOUR:
        return local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if step is Step.WEEK:
        day -= timedelta(days=day.weekday())
    if step is Step.MONTH:
        day = day.replace(day=1)
    return day.astimezone(UTC)


def _next(start: datetime, step: Step, zone: tzinfo) -> datetime:
    """Where the one ends that begins at `start`, as UTC."""
    if step in _LENGTHS:
        return start + _LENGTHS[step]
    # Far enough into the next one, and not beyond it, whatever the clock does at midnight.
    inside = {Step.DAY: 1, Step.WEEK: 7}
    local = start.astimezone(zone)
    if step is Step.MONTH:
        later = (local.replace(day=1) + timedelta(days=32)).replace(day=1)
    else:
        later = local + timedelta(days=inside[step])
    return later.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)
