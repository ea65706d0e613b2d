"""A time as spans that are counted, and its parts by the calendar of a place."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.app.statistics.spans import Interval, Step, parts, spans
from registrar.ports.statistics import Grain

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
MINUTES = st.integers(0, 3 * 365 * 1440).map(
    lambda n: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=n)
)
ZONES = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)


@given(MINUTES, st.integers(0, 60_000), st.sampled_from(Grain), st.sampled_from(Grain))
def test_spans_are_disjoint_and_together_the_whole(
    start: datetime, minutes: int, finest: Grain, coarsest: Grain
) -> None:
    """At most two of each grain but the coarsest; each begins and ends with one of its own."""
    whole = Interval(start, start + timedelta(minutes=minutes)).to(finest)
    if coarsest.length < finest.length:
        coarsest = finest
    made = spans(whole, finest, coarsest)
    ends = [whole.start, *(one.end for one in made)]
    assert [one.start for one in made] == ends[:-1]
    assert ends[-1] == max(whole.end, whole.start)
    for one in made:
        assert finest.length <= one.grain.length <= coarsest.length
        assert one.start < one.end
        assert one.grain.floor(one.start) == one.start
        assert one.grain.ceil(one.end) == one.end
    assert len(made) <= 7


def test_a_time_of_days_is_one_span() -> None:
    """With its ragged ends it is seven."""
    days = Interval(NOON.replace(hour=0), NOON.replace(hour=0) + timedelta(days=30))
    assert [one.grain for one in spans(days, Grain.MINUTE)] == [Grain.DAY]
    ragged = Interval(days.start + timedelta(minutes=1), days.end + timedelta(minutes=76))
    minute, quarter, hour, day = Grain
    expected = [minute, quarter, hour, day, hour, quarter, minute]
    assert [one.grain for one in spans(ragged, Grain.MINUTE)] == expected


@given(MINUTES, st.integers(1, 40_000), st.sampled_from(Step), ZONES)
def test_parts_follow_each_other_around_the_whole(
    start: datetime, minutes: int, step: Step, zone: ZoneInfo
) -> None:
    """The first one holds the start, the last one the end."""
    if step is Step.MINUTE:
        minutes = min(minutes, 500)
    whole = Interval(start, start + timedelta(minutes=minutes))
    made = list(parts(whole, step, zone))
    assert made[0].start <= whole.start < made[0].end
    assert made[-1].start < whole.end <= made[-1].end
    assert all(one.end == other.start for one, other in pairwise(made))
    assert all(one.start < one.end for one in made)


@given(MINUTES, st.sampled_from([Step.DAY, Step.WEEK, Step.MONTH]), ZONES)
def test_a_day_begins_with_its_first_moment(start: datetime, step: Step, zone: ZoneInfo) -> None:
    """The moment before it is another day there."""
    (first, *_) = parts(Interval(start, start + timedelta(days=1)), step, zone)
    at = first.start.astimezone(zone)
    assert (first.start - timedelta(microseconds=1)).astimezone(zone).date() < at.date()
    assert Grain.QUARTER.floor(first.start) == first.start
    if step is Step.WEEK:
        assert at.weekday() == 0
    if step is Step.MONTH:
        assert at.day == 1


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25)])
def test_a_day_is_as_long_as_its_clock_says(day: tuple[int, int, int], hours: int) -> None:
    """23 hours in spring and 25 in autumn; each of them is there."""
    noon = datetime(*day, 12, tzinfo=BERLIN)
    whole = Interval(noon.astimezone(UTC), noon.astimezone(UTC) + timedelta(minutes=1))
    (one,) = parts(whole, Step.DAY, BERLIN)
    assert one.end - one.start == timedelta(hours=hours)
    assert len(list(parts(one, Step.HOUR, BERLIN))) == hours


def test_an_hour_begins_where_its_clock_says() -> None:
    """Half past, by ours."""
    (one, *_) = parts(
        Interval(NOON, NOON + timedelta(hours=2)), Step.HOUR, ZoneInfo("Asia/Kolkata")
    )
    assert one.start == NOON - timedelta(minutes=30)
