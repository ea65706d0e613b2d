"""Apple: serial numbers of 10, 11 and 12 characters, board serials (MLB), part numbers.

Source: acidanthera/OpenCorePkg, Utilities/macserial/FORMAT.md (reverse-engineered).
"""

from __future__ import annotations

import re
from datetime import date

from registrar.domain.identifiers import dates
from registrar.domain.identifiers.answer import Answer, Asked, Candidate
from registrar.domain.identifiers.writing import is_alphanumeric

BASE_34 = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
YEARS = "CDFGHJKLMNPQRSTVWXYZ"
"""In pairs from 2010: first half, second half."""
WEEKS = "123456789CDFGHJKLMNPQRTVWX"
RANDOM, OLD, NEW, OLD_BOARD, BOARD = 10, 11, 12, 13, 17
_SOFT = range(8, 15)
_LAP, _HALF = 10, 26
_RANDOM_SINCE = 2021
Years = tuple[tuple[int, float, str], ...]
"""Year, confidence, rule."""
_PART = re.compile(r"[0-9]{3}-[0-9]{4,5}|[A-Z0-9]{4,5}[A-Z]{1,2}/[A-Z]")


def serial(asked: Asked) -> Answer:
    """11 characters LLYWWSSSPPP, 12 LLLYWSSSPPPP, 10 at random: I and O do not occur."""
    value = asked.plain
    if not is_alphanumeric(value) or len(value) not in _SOFT:
        hint = "An Apple serial number has 10, 11 or 12 letters and digits."
        return Answer(valid=False, normalized=value, hints=(hint,))
    if len(value) not in {RANDOM, OLD, NEW}:
        return Answer(valid=None, normalized=value, hints=(_odd(value),))
    if len(value) == RANDOM:
        hints = (*_letters(value), "Serial numbers of 10 characters are random: they hold no date.")
        return Answer(valid=True, normalized=value, hints=hints)
    years = _digit_years(value[2], asked.today)
    found = _in_week(years, dates.week(value[3:5]))
    if len(value) == NEW:
        years = _letter_years(value[3], asked.today)
        found = _in_week(years, _week(value[4], second=YEARS.find(value[3]) % 2 == 1))
    hints = _letters(value) + (() if found else _undated(years))
    return Answer(valid=True, normalized=value, candidates=found, hints=hints)


def _odd(value: str) -> str:
    if value[0] == "S":
        return "A bar code puts an S before the serial number: leave it away."
    return "Apple announced 8 to 14 characters; 10, 11 and 12 are in use."


def _letters(value: str) -> tuple[str, ...]:
    return tuple(
        f"Apple does not use the letter {letter}: it may be a figure {figure}."
        for letter, figure in (("O", "0"), ("I", "1"))
        if letter in value
    )


def _undated(years: Years) -> tuple[str, ...]:
    """A year without a week is no date; published serials exist that are like this."""
    if not years:
        return ("The place of the year holds none.",)
    said = " or ".join(str(year) for year, _, _ in years)
    return (f"The place of the year says {said}, but there is no such week: no date is read.",)


def _in_week(years: Years, week: int | None) -> tuple[Candidate, ...]:
    return tuple(
        one for year, sure, rule in years for one in dates.in_week([(year, sure)], week, rule)
    )


def _digit_years(digit: str, today: date) -> Years:
    """The digit means 2003 to 2012; before, the same layout was in use, which FORMAT.md omits."""
    last = min(today, date(2012, 12, 31))
    years = [year for year, _ in dates.decades(digit, 2003, last, 1)]
    rules = ((0, 0.85, "apple.digit-year"), (10, 0.08, "apple.digit-year-1990s"))
    return tuple((year - back, sure, rule) for year in years for back, sure, rule in rules)


def _letter_years(letter: str, today: date) -> Years:
    place = YEARS.find(letter)
    if place < 0:
        return ()
    year = 2010 + place // 2
    first, second = _confidences(year)
    later = dates.laps(year + _LAP, _LAP, today, second)
    return (
        (year, first, "apple.letter-year"),
        *((one, sure, "apple.letter-year-lap-2") for one, sure in later),
    )


def _confidences(year: int) -> tuple[float, float]:
    """Of the first and the second lap.

    The 12 characters began in the course of 2010 and gave way to random ones in 2021, so C is
    more often 2020 and a lap later than 2021 is hardly seen.
    """
    if year == 2010:  # noqa: PLR2004 - the first year of the table
        return 0.45, 0.5
    return (0.6, 0.35) if year + _LAP <= _RANDOM_SINCE else (0.85, 0.1)


def _week(code: str, *, second: bool) -> int | None:
    """Counted from 1 January, not by ISO 8601; the second half of a year adds 26."""
    place = WEEKS.find(code) + 1
    if second and code == "Y":
        return 53
    return place + (_HALF if second else 0) if place else None


def board_serial(asked: Asked) -> Answer:
    """17 characters with a weighted checksum modulo 34; 13 on older boards, without a known one."""
    value = asked.plain
    if len(value) == OLD_BOARD and is_alphanumeric(value):
        found = _in_week(_digit_years(value[2], asked.today), dates.week(value[3:5]))
        return Answer(valid=True, normalized=value, candidates=found)
    if len(value) != BOARD or not is_alphanumeric(value):
        hint = "A board serial has 17 letters and digits, 13 on older boards."
        return Answer(valid=False, normalized=value, hints=(hint,))
    if checksum(value) != 0:
        hint = "The checksum of the 17 characters is not right."
        return Answer(valid=False, normalized=value, hints=(hint,))
    years = dates.decades(value[3], 2010, asked.today, 0.8)
    found = dates.in_week(years, dates.week(value[4:6]), "apple.board-digit-year")
    return Answer(valid=True, normalized=value, candidates=found)


def checksum(value: str) -> int:
    """Modulo 34, weights 1 and 3 from the right; 0 is right, -1 stands for I, O and others."""
    if not set(value) <= set(BASE_34):
        return -1
    weighted = (
        BASE_34.index(one) * (3 if place % 2 else 1) for place, one in enumerate(reversed(value))
    )
    return sum(weighted) % len(BASE_34)


def part_number(asked: Asked) -> Answer:
    """Of a spare part (661-4448) or of an article (MK193LL/A): neither is a serial number."""
    value = asked.text.upper()
    return Answer(valid=bool(_PART.fullmatch(value)) or None, normalized=value)
