"""Power tools: Milwaukee, Makita, RIDGID.

Source of the date codes, third-party: toolbeast.ca. For Makita no rule is published.
"""

from __future__ import annotations

import re

from registrar.domain.identifiers import dates
from registrar.domain.identifiers.answer import Answer, Asked

SINCE = 2000
DAYS = range(1, 8)
SHIFTS = {"D": "day", "N": "night"}
_MILWAUKEE = re.compile("([A-Z][A-Z0-9]{4})([0-9]{2})([0-9]{2})([0-9])([0-9]{3,5})")
_MAKITA = re.compile("[0-9]{3,9}[A-Z]{0,2}")
_RIDGID = re.compile("([A-Z]{2})([0-9]{2})([0-9]{2})([A-Z])([0-9]{3,6})")


def milwaukee(asked: Asked) -> Answer:
    """5 characters of the model, year, week, day of the week, number."""
    found = _MILWAUKEE.fullmatch(asked.plain)
    week = dates.week(found[3]) if found else None
    if not found or week is None:
        hint = "Milwaukee: 5 characters of the model, then year, week, day and number."
        return Answer(valid=None, normalized=asked.plain, hints=(hint,))
    candidates = dates.in_week([(SINCE + int(found[2]), 0.8)], week, "milwaukee.year-week-day")
    derived = {"prefix": found[1], "unit": found[5]}
    if int(found[4]) in DAYS:
        derived["day"] = found[4]
    return Answer(valid=True, normalized=asked.plain, candidates=candidates, derived=derived)


def ridgid(asked: Asked) -> Answer:
    """Two letters, year, week, shift, number."""
    found = _RIDGID.fullmatch(asked.plain)
    week = dates.week(found[3]) if found else None
    if not found or week is None:
        hint = "RIDGID: two letters, year, week, a letter of the shift, number."
        return Answer(valid=None, normalized=asked.plain, hints=(hint,))
    candidates = dates.in_week([(SINCE + int(found[2]), 0.8)], week, "ridgid.year-week-shift")
    derived = {"prefix": found[1], "unit": found[5]}
    if found[4] in SHIFTS:
        derived["shift"] = SHIFTS[found[4]]
    return Answer(valid=True, normalized=asked.plain, candidates=candidates, derived=derived)


def makita(asked: Asked) -> Answer:
    """Digits, and perhaps a letter or two; each battery has its own."""
    fits = bool(_MAKITA.fullmatch(asked.plain))
    hint = "For Makita no rule is published: only the shape of the number was looked at."
    return Answer(valid=fits or None, normalized=asked.plain, hints=(hint,))
