"""Days and quiet hours as a place has them."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from registrar.resilience.calendar import days, hours


def at(text: str) -> int:
    """Milliseconds."""
    return round(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1000)


def test_days_follow_each_other_without_a_gap() -> None:
    """Some before the moment and some after it; one of them holds it."""
    moment = at("2026-11-29T21:00:00+00:00")
    found = days("America/New_York", moment)
    assert len(found) == 5
    assert all(one[1] == other[0] for one, other in pairwise(found))
    (today,) = [one for one in found if one[0] <= moment < one[1]]
    assert today == (at("2026-11-29T00:00:00-05:00"), at("2026-11-30T00:00:00-05:00"))


def test_a_day_on_which_the_clocks_are_changed_is_longer() -> None:
    """By an hour, in autumn."""
    moment = at("2026-10-25T12:00:00+01:00")
    (today,) = [one for one in days("Europe/Berlin", moment) if one[0] <= moment < one[1]]
    assert timedelta(milliseconds=today[1] - today[0]) == timedelta(hours=25)


def test_quiet_hours_may_go_over_midnight() -> None:
    """Then they end on the next day."""
    moment = at("2026-11-29T02:00:00+01:00")
    found = hours(time(23), time(6), "Europe/Berlin", moment)
    (now,) = [one for one in found if one[0] <= moment < one[1]]
    assert now == (at("2026-11-28T23:00:00+01:00"), at("2026-11-29T06:00:00+01:00"))


def test_quiet_hours_may_lie_within_a_day() -> None:
    """One span a day."""
    moment = at("2026-11-29T12:30:00+00:00")
    found = hours(time(12), time(13, 30), "UTC", moment)
    assert (at("2026-11-29T12:00:00+00:00"), at("2026-11-29T13:30:00+00:00")) in found
    assert len(found) == 5
