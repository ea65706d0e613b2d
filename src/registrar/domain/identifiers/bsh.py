"""BSH (Bosch, Siemens, Neff, Gaggenau, Thermador): E-Nr, FD, factory serial number.

Sources: Bosch service documents (manualshive.com: SHE4AM12U p19, SHE43P15 p27, TCA60F9 p99),
siemens.manymanuals.com; two popular decoders read the FD without the 20 and are wrong.
"""

from __future__ import annotations

import re
from datetime import date

from registrar.domain.identifiers import dates
from registrar.domain.identifiers.answer import Answer, Asked, Candidate

SHIFT, SINCE = 20, 1967
"""FD: the year is its first two digits and 20, modulo 100; BSH was founded in 1967."""
_E_NR = re.compile(r"(?:ENR\.)?([A-Z0-9]{5,12})/([0-9]{2})")
_VIB = re.compile(r"[A-Z0-9]{5,12}")
_FD = re.compile(r"(?:FD)?(([0-9]{2})([0-9]{2}))([0-9]{1,6})?")
_FACTORY = re.compile(r"([0-9]{2})([0-9])([0-9]{2})([0-9]{7})([0-9]{5})([0-9])")


def e_nr(asked: Asked) -> Answer:
    """The model (VIB), a slash, and two digits of its index."""
    value = asked.plain
    found = _E_NR.fullmatch(value)
    if found:
        derived = {"vib": found[1], "index": found[2]}
        return Answer(valid=True, normalized=f"{found[1]}/{found[2]}", derived=derived)
    hint = "An E-Nr is the model, a slash and two digits, as in SN678D06TG/53."
    derived = {"vib": value} if _VIB.fullmatch(value) else {}
    return Answer(valid=None, normalized=value, derived=derived, hints=(hint,))


def fd(asked: Asked) -> Answer:
    """4 digits, perhaps with a running number after them; a month that is none is refused."""
    found = _FD.fullmatch(asked.plain)
    if not found:
        hint = "An FD has 4 digits, and perhaps a running number after them."
        return Answer(valid=None, normalized=asked.plain, hints=(hint,))
    code, year, month, unit = found.groups()
    value = code + (unit or "")
    if not dates.month(month):
        hint = "The third and fourth digit are the month: 01 to 12."
        return Answer(valid=False, normalized=value, hints=(hint,))
    candidates = _manufactured(int(year), month, asked.today)
    derived = {"fd": code, "unit": unit} if unit else {"fd": code}
    if candidates:
        return Answer(valid=True, normalized=value, candidates=candidates, derived=derived)
    hint = "This FD lies in the future: read it again."
    return Answer(valid=None, normalized=value, derived=derived, hints=(hint,))


def _manufactured(code: int, month: str, today: date) -> tuple[Candidate, ...]:
    year = (code + SHIFT) % 100
    years = [(one, 0.9) for one in range(1900 + year, today.year + 1, 100) if one >= SINCE]
    return dates.settled(dates.in_month(years, dates.month(month), "bsh.fd"), today)


def factory_serial(asked: Asked) -> Answer:
    """18 digits: factory, digit of the year, month, model, unit, check digit.

    The check digit's rule is not published, so it is shown and not computed.
    """
    found = _FACTORY.fullmatch(asked.plain)
    month = dates.month(found[3]) if found else None
    if not found or month is None:
        hint = "A factory serial number has 18 digits, the fourth and fifth of which are the month."
        return Answer(valid=None, normalized=asked.plain, hints=(hint,))
    years = dates.decades(found[2], 2000, asked.today, 0.9)
    derived = {"factory": found[1], "model": found[4], "unit": found[5], "check": found[6]}
    candidates = dates.in_month(years, month, "bsh.factory-digit-year")
    return Answer(valid=True, normalized=asked.plain, candidates=candidates, derived=derived)


def serial(asked: Asked) -> Answer:
    """What people call the serial number: the 18 digits, or the FD."""
    return (factory_serial if _FACTORY.fullmatch(asked.plain) else fd)(asked)
