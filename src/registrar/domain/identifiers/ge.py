"""GE Appliances: a letter for the month, a letter for the year.

Sources: service manual mabe GTW680BMKDG page 7 (2013 to 2024, "repeats every 12 years");
hunker.com 13407506, howtorepairguide.com, appliance-iq.com (the laps before, from 1977).
"""

from __future__ import annotations

import re

from registrar.domain.identifiers import dates
from registrar.domain.identifiers.answer import Answer, Asked, Candidate

LETTERS = "ADFGHLMRSTVZ"
"""Of the months from January and of the years from 1977; I, O and the rest are not used."""
SINCE, LAP = 1977, 12
_SERIAL = re.compile(f"[{LETTERS}]{{2}}[0-9][A-Z0-9]{{5,7}}")


def serial(asked: Asked) -> Answer:
    """Two of the twelve letters, then 6 or 7 characters; with other letters nothing can be said."""
    value = asked.plain
    found = _dated(asked)
    if _SERIAL.fullmatch(value):
        return Answer(valid=True, normalized=value, candidates=found)
    hint = f"A GE serial number begins with two of the letters {', '.join(LETTERS)}."
    found = found if value[2:3].isdigit() else ()
    return Answer(valid=None, normalized=value, candidates=found, hints=(hint,))


def date_code(asked: Asked) -> Answer:
    """The two letters alone."""
    found = _dated(asked) if len(asked.plain) == 2 else ()  # noqa: PLR2004 - two letters
    return Answer(valid=bool(found) or None, normalized=asked.plain, candidates=found)


def _dated(asked: Asked) -> tuple[Candidate, ...]:
    month, year = (LETTERS.find(one) if one else -1 for one in (asked.plain[:1], asked.plain[1:2]))
    if min(month, year) < 0:
        return ()
    years = dates.laps(SINCE + year, LAP, asked.today, 0.95)
    return dates.in_month(years, month + 1, "ge.letters")
