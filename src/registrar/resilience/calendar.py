"""Days and quiet hours of a place as spans of time, some around a moment: clocks may be wrong."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from registrar.resilience.settings import Span

BEFORE, AFTER = 2, 3
"""Days around the moment."""


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _dates(zone: ZoneInfo, at: int) -> list[datetime]:
    """Midnights, as the place has them."""
    today = datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).date()
    dates = [today + timedelta(days=number) for number in range(-BEFORE, AFTER + 1)]
    return [datetime.combine(one, time(), zone) for one in dates]


def days(zone: str, at: int) -> tuple[Span, ...]:
    """Whole days; one is shorter or longer where the clocks are changed."""
    starts = [_milliseconds(one) for one in _dates(ZoneInfo(zone), at)]
    return tuple(pairwise(starts))


def hours(start: time, end: time, zone: str, at: int) -> tuple[Span, ...]:
    """From one time of the day to another, on the next day where that is not later."""
    place = ZoneInfo(zone)
    found = []
    for day in _dates(place, at)[:-1]:
        last = day.date() if start < end else day.date() + timedelta(days=1)
        begins = datetime.combine(day.date(), start, place)
        ends = datetime.combine(last, end, place)
        found.append((_milliseconds(begins), _milliseconds(ends)))
    return tuple(found)
