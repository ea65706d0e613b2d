"""Samsung: year letter and month code in the serial number. Published tables contradict each other.

Sources, all third-party: tab-tv.com and splaitor.com (a cycle of 20 years, 1990 to 2025),
3dsattv.ru (the same, counted from the right), iphone-support.de (starts again in 2016),
serial-decoder.com and appliance-iq.com (alphabetical from 2010; months also A to M).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from registrar.domain.identifiers import dates
from registrar.domain.identifiers.answer import Answer, Asked, Candidate
from registrar.domain.identifiers.writing import is_alphanumeric

CYCLE = "RTWXYAPQSZBCDFGHJKMN"
"""2001 to 2020, and again from 2021; L stands beside A for 2006."""
NINETIES = "MABCDFGHJKN"
RESTARTED = (("MABCDFG", 2016), ("HJKNRTWXYA", 2016))
"""Two rows of years that run side by side."""
ALPHABET = "ABCDEFGHJKLMNPRS"
LETTER_MONTHS = "ABCDEFGHJKLM"
MOBILE, OTHER, SHORT = 11, 15, 10
_MOBILE_PLACE, _OTHER_PLACE = 3, 7
_MODEL = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z]{1,2}[0-9]{2,4}[A-Z]{1,4}[0-9]?")
_MOBILE_MODEL = re.compile(r"(?:SM|GT|SGH|SCH|SPH)-[A-Z0-9]{4,8}")
_DATED = range(9, 16)
"""Lengths seen; in anything else the places would be chance."""
_TAIL = {True: 8, False: 7}
"""The year's place from the right: one further where a letter ends the number."""


def serial(asked: Asked) -> Answer:
    """11 characters (mobile: year 4th, month 5th) or 15 (other: 8th and 9th); 10 are seen too."""
    value = asked.plain
    found = _dated(value, asked.today) if _is_dated(value) else ()
    if _MOBILE_MODEL.fullmatch(asked.text.upper()) or (not found and _MODEL.fullmatch(value)):
        hint = "This looks like a model code; the serial number stands beside S/N."
        return Answer(valid=False, normalized=value, hints=(hint,))
    fits = is_alphanumeric(value) and len(value) in {MOBILE, OTHER, SHORT}
    if not fits:
        hint = "Samsung prints 11 characters on phones and tablets, 15 on other products."
        return Answer(valid=None, normalized=value, candidates=found, hints=(hint,))
    hints = () if found else ("The places of the date hold none.",)
    return Answer(valid=True, normalized=value, candidates=found, hints=hints)


def _is_dated(value: str) -> bool:
    return is_alphanumeric(value) and len(value) in _DATED


def _dated(value: str, today: date) -> tuple[Candidate, ...]:
    """By the first of the places that holds a date at all."""
    for place in _places(value):
        found = _read(value[place], value[place + 1], today)
        if found:
            return found
    return ()


def _places(value: str) -> tuple[int, ...]:
    """Of the year letter; from the right where the length is not one of the two published."""
    if len(value) in {MOBILE, OTHER}:
        return (_MOBILE_PLACE if len(value) == MOBILE else _OTHER_PLACE,)
    tail = _TAIL[value[-1:].isalpha()]
    return len(value) - tail, _MOBILE_PLACE


def _read(letter: str, code: str, today: date) -> tuple[Candidate, ...]:
    month = dates.month_code(code)
    by_letter = LETTER_MONTHS.find(code) + 1
    return (
        dates.in_month(_cycle(letter, today), month, "samsung.cycle-of-20")
        + dates.in_month(_one(NINETIES, 1990, letter, 0.03), month, "samsung.1990s")
        + dates.in_month(_restarted(letter), month, "samsung.restarted-2016")
        + dates.in_month(_one(ALPHABET, 2010, letter, 0.1), month, "samsung.alphabet-2010")
        + dates.in_month(
            _one(ALPHABET, 2010, letter, 0.05),
            by_letter or None,
            "samsung.alphabet-2010-letter-months",
        )
    )


def _cycle(letter: str, today: date) -> Iterator[tuple[int, float]]:
    place = CYCLE.find("A" if letter == "L" else letter)
    if place >= 0:
        yield from dates.laps(2001 + place, 20, today, 0.65)


def _one(letters: str, first: int, letter: str, sure: float) -> Iterator[tuple[int, float]]:
    place = letters.find(letter)
    if place >= 0:
        yield first + place, sure


def _restarted(letter: str) -> Iterator[tuple[int, float]]:
    for letters, first in RESTARTED:
        yield from _one(letters, first, letter, 0.06)
