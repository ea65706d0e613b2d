"""From the letters and digits of a date code to candidates, none of them in the future."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from registrar.domain.identifiers.answer import Candidate
from registrar.domain.identifiers.writing import is_digits

WEEKS, MONTHS = range(1, 54), range(1, 13)
MONTH_CODES = "123456789ABC"
"""Samsung, ASUS and others: a digit to September, then a letter."""
_FADE = 0.6
"""A reading ten or twelve years older is this much less likely: things are registered when new."""


def number(text: str, allowed: range) -> int | None:
    """The number that these digits say, None where they are none or not allowed."""
    found = int(text) if is_digits(text) and len(text) <= 4 else -1  # noqa: PLR2004 - a year at most
    return found if found in allowed else None


def week(text: str) -> int | None:
    """01 to 53."""
    return number(text, WEEKS)


def month(text: str) -> int | None:
    """01 to 12."""
    return number(text, MONTHS)


def month_code(character: str) -> int | None:
    """1 to 9, A, B, C."""
    return MONTH_CODES.find(character) + 1 or None if len(character) == 1 else None


def laps(first: int, every: int, today: date, confidence: float) -> Iterator[tuple[int, float]]:
    """The years `first`, `first + every` ... until today; they share the confidence."""
    years = range(first, today.year + 1, every)
    whole = sum(_FADE**age for age in range(len(years)))
    for age, year in enumerate(reversed(years)):
        yield year, round(confidence * _FADE**age / whole, 3)


def decades(digit: str, since: int, today: date, confidence: float) -> Iterator[tuple[int, float]]:
    """The years from `since` on that end in this digit; none where it is no digit."""
    if is_digits(digit):
        yield from laps(since + (int(digit[-1]) - since) % 10, 10, today, confidence)


def in_week(
    years: Iterable[tuple[int, float]], of_year: int | None, rule: str
) -> tuple[Candidate, ...]:
    """Each year with this week; nothing where there is no such week."""
    if of_year is None:
        return ()
    return tuple(Candidate(year, sure, rule, week=of_year) for year, sure in years)


def in_month(
    years: Iterable[tuple[int, float]], of_year: int | None, rule: str
) -> tuple[Candidate, ...]:
    """Each year with this month; nothing where there is no such month."""
    if of_year is None:
        return ()
    return tuple(Candidate(year, sure, rule, month=of_year) for year, sure in years)


def settled(found: Iterable[Candidate], today: date) -> tuple[Candidate, ...]:
    """Without the future and without repetitions, the likeliest first, then by year."""
    return tuple(sorted({one for one in found if _begins(one) <= today}, key=_rank))


def _rank(one: Candidate) -> tuple[float, int, int, int, str]:
    return -one.confidence, one.year, one.month or 0, one.week or 0, one.rule


def _begins(one: Candidate) -> date:
    first = date(one.year, one.month or 1, 1)
    if one.week is None:
        return first
    # Makers count weeks from 1 January or by ISO 8601: it has begun once both say so.
    fourth = date(one.year, 1, 4)
    iso = fourth - timedelta(days=fourth.weekday())
    return max(first, iso) + timedelta(weeks=one.week - 1)
