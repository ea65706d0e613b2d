"""Whirlpool, KitchenAid, Maytag, Amana, JennAir: plant, year, week, number.

Sources, third-party: blog.partsdr.com, hunker.com 13408739, 13409039, 13410230, homesteady.com
(letters from 1990, digits from 2010); appliance-iq.com (letters on a cycle of 12 years, which
contradicts them); reference.com (Maytag's letters before 2006); bobcutmag.com (Amana's YYWW).
What follows 2019 is not confirmed anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from registrar.domain.identifiers import dates
from registrar.domain.identifiers.answer import Answer, Asked, Candidate
from registrar.domain.identifiers.writing import is_digits

YEARS = "XABCDEFGHJKLMPRSTUWY"
"""1990 to 2009; then 0-9 for 2010 to 2019."""
CYCLE_OF_12 = {
    "E": 1987, "F": 1989, "G": 1991, "H": 1993, "J": 1995, "K": 1996, "L": 1998, "M": 1995,
    "N": 1988, "P": 1990, "R": 1992, "S": 1994, "T": 1996, "V": 1997,
}  # fmt: skip
MAYTAG_YEARS = {"E": 1980, "X": 1989, "H": 1993}
"""Of the 24 letters only these are in sources that can be read."""
MAYTAG_MONTHS = ("AB", "CD", "EF", "GH", "JK", "LM", "NP", "QR", "ST", "UV", "WY", "XZ")
_PAIR, _CODE = 2, 3
"""Lengths of date codes: two letters, or a year with its week."""
_SERIAL = {9: re.compile("[A-Z]([A-Z0-9])([0-9]{2})[0-9]{4}[A-Z0-9]"),
           10: re.compile("[A-Z][A-Z0-9]([A-Z0-9])([0-9]{2})[0-9]{4}[A-Z0-9]")}  # fmt: skip
_ANY = re.compile("[A-Z]{1,2}?([A-Z0-9])([0-9]{2})[0-9]{4,5}[A-Z0-9]?")
_MAYTAG = re.compile("[A-Z0-9]{8}([A-HJ-NP-Z])([A-HJ-NP-Z])")
_AMANA = re.compile("([0-9]{2})([0-9]{2})[0-9]{4,8}")


def serial(asked: Asked) -> Answer:
    """9 characters with the year in the 2nd place, 10 with the year in the 3rd; week after it."""
    value, today = asked.plain, asked.today
    shape = _SERIAL.get(len(value))
    found = _weeks(shape, value, today, 1.0) if shape else ()
    hints: tuple[str, ...] = ()
    fits = bool(found)
    if not found:
        hints = ("The family prints 9 or 10 characters: plant, year, week, number.",)
        found = _weeks(_ANY, value, today, 0.5) + _maytag_serial(value, today) + _amana(asked)
        fits = bool(found) and len(value) in _SERIAL
    return Answer(valid=fits or None, normalized=value, candidates=found, hints=hints)


def date_code(asked: Asked) -> Answer:
    """Two letters (Maytag before 2006: year, month), or year and two digits of the week."""
    value, today = asked.plain, asked.today
    found = _maytag(value[:1], value[1:], today) if len(value) == _PAIR else ()
    if len(value) == _CODE:
        found = _of_week(value[0], dates.week(value[1:]), today, 1.0)
    known = len(value) == _PAIR and set(value) <= set("".join(MAYTAG_MONTHS))
    hints = () if found else ("Of this year letter no source says the year.",)
    valid = bool(found) or known or None
    return Answer(valid=valid, normalized=value, candidates=found, hints=hints)


def _weeks(shape: re.Pattern[str], value: str, today: date, share: float) -> tuple[Candidate, ...]:
    found = shape.fullmatch(value)
    return _of_week(found[1], dates.week(found[2]), today, share) if found else ()


def _of_week(code: str, week: int | None, today: date, share: float) -> tuple[Candidate, ...]:
    if is_digits(code):
        return (
            dates.in_week([(2010 + int(code), 0.75 * share)], week, "whirlpool.digit-year")
            + dates.in_week([(2020 + int(code), 0.15 * share)], week, "whirlpool.digit-year-lap-2")
            + dates.in_week([(1980 + int(code), 0.06 * share)], week, "whirlpool.digit-year-1980s")
        )
    return (
        dates.in_week(_letter(code, 1990, 0.8 * share), week, "whirlpool.letter-year")
        + dates.in_week(_letter(code, 2020, 0.15 * share), week, "whirlpool.letter-year-lap-2")
        + dates.in_week(_cycle(code, today, share), week, "whirlpool.cycle-of-12")
    )


def _letter(code: str, first: int, sure: float) -> Iterator[tuple[int, float]]:
    if code in YEARS:
        yield first + YEARS.index(code), round(sure, 3)


def _cycle(code: str, today: date, share: float) -> Iterator[tuple[int, float]]:
    if code in CYCLE_OF_12:
        yield from dates.laps(CYCLE_OF_12[code], 12, today, 0.04 * share)


def _maytag_serial(value: str, today: date) -> tuple[Candidate, ...]:
    found = _MAYTAG.fullmatch(value)
    return _maytag(found[1], found[2], today) if found else ()


def _maytag(year: str, month: str, today: date) -> tuple[Candidate, ...]:
    """A cycle of 24 years; Maytag became Whirlpool's in 2006, so a second lap is doubtful."""
    of_year = next(
        (at for at, both in enumerate(MAYTAG_MONTHS, 1) if month and month in both), None
    )
    first = MAYTAG_YEARS.get(year)
    if first is None:
        return ()
    later = [(one, 0.4 if one <= 2007 else 0.08) for one in range(first + 24, today.year + 1, 24)]  # noqa: PLR2004 - a year after the sale, stock still carried the old code
    return dates.in_month([(first, 0.5)], of_year, "maytag.letters") + dates.in_month(
        later, of_year, "maytag.letters-lap-2"
    )


def _amana(asked: Asked) -> tuple[Candidate, ...]:
    """Older Amana; nothing else in the family is digits only."""
    found = _AMANA.fullmatch(asked.plain)
    if not found or asked.brand not in {"", "amana"}:
        return ()
    years = [(1900 + int(found[1]), 0.5 if asked.brand else 0.2)]
    if int(found[1]) <= 6:  # noqa: PLR2004 - Amana became Whirlpool's in 2006
        years = [(2000 + int(found[1]), years[0][1])]
    return dates.in_week(years, dates.week(found[2]), "amana.year-week")
