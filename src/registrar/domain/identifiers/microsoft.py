"""Microsoft: Xbox and Surface, 12 digits. Nothing official is published.

Sources: itstillworks.com, chipi.ru/Xbox/model-serial.html (original Xbox: LNNNNNN YWWFF).
"""

from __future__ import annotations

import re
from datetime import date

from registrar.domain.identifiers import dates
from registrar.domain.identifiers.answer import Answer, Asked, Candidate

FACTORIES = {"02": "Mexico", "03": "Hungary", "05": "China", "06": "Taiwan"}
FIRST, LAST = 2001, 2006
"""The original Xbox was built from 2001 to 2006."""
_SERIAL = re.compile("([0-9])([0-9]{6})([0-9]{5})")
_DATE = re.compile("[0-9]{5}")


def serial(asked: Asked) -> Answer:
    """12 digits; the label of an Xbox has a blank before the last five."""
    found = _SERIAL.fullmatch(asked.plain)
    if not found:
        hint = "Xbox and Surface have 12 digits."
        return Answer(valid=None, normalized=asked.plain, hints=(hint,))
    # A Surface's digits may look like the Xbox's date: only the brand tells them apart.
    candidates = _dated(found[3], asked.today, 0.85 if asked.brand == "xbox" else 0.3)
    if asked.brand == "surface" or not candidates:
        return Answer(valid=True, normalized=asked.plain)
    derived = {"line": found[1], "unit": found[2], **_factory(found[3])}
    return Answer(valid=True, normalized=asked.plain, candidates=candidates, derived=derived)


def date_code(asked: Asked) -> Answer:
    """The last five digits of an original Xbox: digit of the year, week, factory."""
    value = asked.plain
    found = _dated(value, asked.today, 0.85) if _DATE.fullmatch(value) else ()
    derived = _factory(value) if found else {}
    return Answer(valid=bool(found) or None, normalized=value, candidates=found, derived=derived)


def _dated(code: str, today: date, confidence: float) -> tuple[Candidate, ...]:
    year = 2000 + int(code[0])
    if code[3:] not in FACTORIES or not FIRST <= year <= LAST:
        return ()
    found = dates.in_week([(year, confidence)], dates.week(code[1:3]), "xbox.year-week-factory")
    return dates.settled(found, today)


def _factory(code: str) -> dict[str, str]:
    return {"factory": code[3:], "factory_country": FACTORIES[code[3:]]}
