"""Makers of whom little more than a shape is public: Sony, Miele, Electrolux, Dyson, ASUS, others.

Sources: sony.co.th 00150403 (S01-, all zeros); open-source Miele gateway (12 digits, padded);
goldenbahis.info (Frigidaire, weak); open-source Dyson tests; Miiraak/Get-Warranty (ASUS);
canon.ie, canon.pt, canon.sk (brackets on the box do not belong); developers.google.com
zero-touch, identifiers (Wi-Fi devices: case is part of the number).
"""

from __future__ import annotations

import re

from registrar.domain.identifiers import dates
from registrar.domain.identifiers.answer import Answer, Asked

SINCE = 1990
_SONY = re.compile(r"(?:S01)?([0-9]{7}[A-Z0-9]{0,2})")
_MIELE = re.compile(r"[0-9]{9,12}|[0-9]{2}/[0-9]{7,9}")
_MATERIAL = re.compile(r"[0-9]{7,9}")
_ELECTROLUX = re.compile(r"([A-Z]{2})([0-9])([0-9]{2})([0-9]{0,7})")
_DYSON = re.compile(r"([A-Z0-9]{2,3})-([A-Z]{2})-([A-Z]{3}[0-9]{4}[A-Z0-9])")
_ASUS = re.compile(r"[A-Z0-9]{10,15}")
_CANON = re.compile(r"[A-Z0-9]{5,8}|[A-Z0-9]{10}|[A-Z0-9]{12}")
_CASED = re.compile(r"[A-Za-z0-9]{6,20}")
_BRACKETS = re.compile(r"[\[(][^\])]*[\])]")


def sony(asked: Asked) -> Answer:
    """7 digits and a suffix, on the box after S01-; all zeros mean that there is none."""
    found = _SONY.fullmatch(asked.plain)
    value = found[1] if found else asked.plain
    hint = "Sony prints 7 digits, perhaps with a suffix; on the box S01- stands before them."
    return Answer(valid=bool(found) or None, normalized=value, hints=() if found else (hint,))


def miele_fab_number(asked: Asked) -> Answer:
    """9 to 12 digits, padded to 12 as Miele's own services do; 00/000000000 on the plate."""
    fits = bool(_MIELE.fullmatch(asked.plain))
    digits = asked.plain.replace("/", "")
    hint = "A fabrication number has 9 to 12 digits."
    value = digits.zfill(12) if fits else asked.plain
    return Answer(valid=fits or None, normalized=value, hints=() if fits else (hint,))


def miele_mat_number(asked: Asked) -> Answer:
    """7 to 9 digits name the model."""
    return _shaped(_MATERIAL, asked.plain)


def electrolux(asked: Asked) -> Answer:
    """Two letters, a digit of the year, two of the week, and a number in a whole serial."""
    found = _ELECTROLUX.fullmatch(asked.plain)
    years = dates.decades(found[2], SINCE, asked.today, 0.6) if found else ()
    week = dates.week(found[3]) if found else None
    dated = dates.in_week(years, week, "frigidaire.digit-year")
    return Answer(valid=bool(dated) or None, normalized=asked.plain, candidates=dated)


def dyson(asked: Asked) -> Answer:
    """Model, region and unit, with their hyphens."""
    value = asked.text.upper()
    found = _DYSON.fullmatch(value)
    if not found:
        return Answer(valid=None, normalized=value)
    derived = {"model": found[1], "region": found[2], "unit": found[3]}
    return Answer(valid=True, normalized=value, derived=derived)


def asus(asked: Asked) -> Answer:
    """10 to 15 characters; pages differ about the date, so none is read."""
    return _shaped(_ASUS, asked.plain)


def canon(asked: Asked) -> Answer:
    """12 characters, on lenses 5, 6, 7, 8, 10 or 12; what stands in brackets is left away."""
    value = _BRACKETS.sub("", asked.plain)
    return _shaped(_CANON, value)


def cased(asked: Asked) -> Answer:
    """Letters and digits whose case belongs to the number."""
    return _shaped(_CASED, asked.text)


def _shaped(shape: re.Pattern[str], value: str) -> Answer:
    return Answer(valid=bool(shape.fullmatch(value)) or None, normalized=value)
