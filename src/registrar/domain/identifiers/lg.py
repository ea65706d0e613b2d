"""LG: a digit of the year and two of the month, in front.

Sources, third-party: appliance-iq.com, grokipedia.com, tab-tv.com. The decade is not coded.
"""

from __future__ import annotations

import re

from registrar.domain.identifiers import dates
from registrar.domain.identifiers.answer import Answer, Asked
from registrar.domain.identifiers.writing import is_alphanumeric

LENGTH, SINCE = 12, 1998
_SERIAL = re.compile("[0-9]{3}[A-Z0-9]{9}")


def serial(asked: Asked) -> Answer:
    """12 characters YMM, factory, number; with another length or month nothing can be said."""
    value = asked.plain
    month = dates.month(value[1:3])
    years = dates.decades(value[:1], SINCE, asked.today, 0.9)
    found = dates.in_month(years, month, "lg.digit-year") if is_alphanumeric(value) else ()
    if _SERIAL.fullmatch(value) and month:
        return Answer(valid=True, normalized=value, candidates=found)
    hint = "LG prints 12 characters: a digit of the year, two of the month, the factory, a number."
    # A date is believed only where the letters of the factory follow it.
    found = found if value[3:5].isalpha() else ()
    return Answer(valid=None, normalized=value, candidates=found, hints=(hint,))
