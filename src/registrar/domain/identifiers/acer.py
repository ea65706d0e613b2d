"""Acer: the 22 characters of a serial number, and the SNID that is made of them.

Source: Acer service guides (easymanua.ls Harley Tab A3-A20 pages 94 to 98, manualowl.com PD726W).
"""

from __future__ import annotations

import re
from datetime import date

from registrar.domain.identifiers import dates
from registrar.domain.identifiers.answer import Answer, Asked, Candidate

SINCE = 2000
_SERIAL = re.compile("([A-Z0-9]{10})([0-9]{3})([0-9A-F]{5})([A-Z0-9]{2})([A-Z0-9]{2})")
_SNID = re.compile("([0-9]{3})([0-9]{6})([0-9]{2,3})")
_DATE = re.compile("[0-9]{3}")
_PART = re.compile("[0-9A-F]{5}")


def serial(asked: Asked) -> Answer:
    """Part number, digit of the year, ISO week, hexadecimal sequence, maker, version."""
    found = _SERIAL.fullmatch(asked.plain)
    if not found or dates.week(found[2][1:]) is None:
        hint = "An Acer serial number has 22 characters, an SNID 11 or 12 digits."
        return Answer(valid=None, normalized=asked.plain, hints=(hint,))
    derived = {"part_number": found[1], "snid_part": sequence(found[3])}
    dated = _dated(found[2], asked.today)
    return Answer(valid=True, normalized=asked.plain, candidates=dated, derived=derived)


def snid(asked: Asked) -> Answer:
    """11 or 12 digits: year and week, the sequence in decimal, the maker."""
    found = _SNID.fullmatch(asked.plain)
    dated = _dated(found[1], asked.today) if found else ()
    derived = {"sequence_hex": f"{int(found[2]):05X}"} if found and dated else {}
    return Answer(
        valid=bool(dated) or None, normalized=asked.plain, candidates=dated, derived=derived
    )


def date_code(asked: Asked) -> Answer:
    """The digit of the year and two of the week."""
    found = _dated(asked.plain, asked.today) if _DATE.fullmatch(asked.plain) else ()
    return Answer(valid=bool(found) or None, normalized=asked.plain, candidates=found)


def snid_part(asked: Asked) -> Answer:
    """Five hexadecimal digits of the serial number, six decimal ones of the SNID."""
    fits = _PART.fullmatch(asked.plain)
    derived = {"snid_part": sequence(asked.plain)} if fits else {}
    return Answer(valid=bool(fits) or None, normalized=asked.plain, derived=derived)


def sequence(hexadecimal: str) -> str:
    """As the SNID has it."""
    return f"{int(hexadecimal, 16):06d}"


def _dated(code: str, today: date) -> tuple[Candidate, ...]:
    years = dates.decades(code[0], SINCE, today, 0.95)
    return dates.in_week(years, dates.week(code[1:]), "acer.digit-year")
