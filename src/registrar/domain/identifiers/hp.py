"""HP: serial numbers, product numbers, date codes.

Sources: studylib.net/doc/9049545 (country, site, year, week, unit; letters after 9),
discmaster.textfiles.com (1992: year = 1960 + first two digits). In practice prefixes like 5CD
occur, so the first two letters are not always a country.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from registrar.domain.identifiers import dates
from registrar.domain.identifiers.answer import Answer, Asked, Candidate
from registrar.domain.identifiers.writing import is_alphanumeric, is_digits

LENGTH, COMPAQ, PRINTER = 10, 12, 14
SINCE = 1998
_BEFORE_1997 = re.compile("([0-9]{2})([0-9]{2})[A-Z][0-9]{5}")
_PRODUCT = re.compile(r"[A-Z0-9]{5,8}(?:#[A-Z0-9]{3})?")
_DATE = re.compile("([0-9A-Z])([0-9]{2})")


def serial(asked: Asked) -> Answer:
    """10 characters; 12 by Compaq; of 14 on a printer's status page the first 10 count."""
    value = asked.plain
    if not is_alphanumeric(value) or not any(map(str.isdigit, value)):
        hint = "An HP serial number has letters and digits, 10 in all."
        return Answer(valid=False, normalized=value, hints=(hint,))
    if len(value) == LENGTH:
        return Answer(valid=True, normalized=value, candidates=_dated(value, asked.today))
    if len(value) == PRINTER:
        first, hint = value[:LENGTH], "A printer's status page adds 4 characters to the serial."
        found = _dated(first, asked.today)
        return Answer(
            valid=True,
            normalized=value,
            candidates=found,
            derived={"serial": first},
            hints=(hint,),
        )
    if len(value) == COMPAQ:
        return Answer(valid=True, normalized=value, hints=("12 characters are Compaq's form.",))
    hint = "HP uses 10 characters; 12 by Compaq, 14 on printers' status pages."
    return Answer(valid=None, normalized=value, hints=(hint,))


def _dated(value: str, today: date) -> tuple[Candidate, ...]:
    old = _BEFORE_1997.fullmatch(value)
    early = [(1960 + int(old[1]), 0.4)] if old and 1960 + int(old[1]) < 1997 else []  # noqa: PLR2004 - the rule ended then
    return (
        _year_week(value[3], dates.week(value[4:6]), today)
        + dates.in_week(early, dates.week(value[2:4]), "hp.before-1997")
        + dates.in_week(_two_digits(value[2:4], today), dates.week(value[4:6]), "hp.two-digit-year")
    )


def _year_week(code: str, week: int | None, today: date) -> tuple[Candidate, ...]:
    """A digit of the year; or a letter, A for 2010, as one page says."""
    if is_digits(code):
        return dates.in_week(dates.decades(code, SINCE, today, 0.8), week, "hp.digit-year")
    return dates.in_week([(2010 + ord(code) - ord("A"), 0.25)], week, "hp.letter-year")


def _two_digits(code: str, today: date) -> Iterator[tuple[int, float]]:
    """The server line."""
    if is_digits(code) and SINCE <= 2000 + int(code) <= today.year:
        yield 2000 + int(code), 0.15


def date_code(asked: Asked) -> Answer:
    """Year and week out of a serial number: 304 is the 4th week of 2003, 2013 or 2023."""
    found = _DATE.fullmatch(asked.plain)
    dated = _year_week(found[1], dates.week(found[2]), asked.today) if found else ()
    return Answer(valid=bool(dated) or None, normalized=asked.plain, candidates=dated)


def product_number(asked: Asked) -> Answer:
    """Such as 1A2B3C#ABA: `#` and the option for a region may follow."""
    value = asked.plain
    base, _, region = value.partition("#")
    derived = {"base": base, "region": region} if region else {}
    fits = bool(_PRODUCT.fullmatch(value))
    return Answer(valid=fits or None, normalized=value, derived=derived)
