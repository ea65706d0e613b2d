"""Lenovo: serial number, machine type and model (MTM), and labels that join them.

Sources: forum.thinkpads.com t=131174, repo Protirus/PoshLenovo (SERIAL.MACHINETYPE),
w.sf024.com (refurbished: LFBN, LFSN, TR). No date is coded.
"""

from __future__ import annotations

import re

from registrar.domain.identifiers.answer import Answer, Asked

_SERIAL = re.compile("[A-Z][A-Z0-9]{6,7}")
_DIGIT_FIRST = re.compile("[A-Z0-9]{7,8}")
_MTM = re.compile("[0-9][A-Z0-9]{3}(?:[A-Z0-9]{3}|[A-Z0-9]{6})?")
_REFURBISHED = re.compile("LF[BS]N[A-Z0-9]{10}")
_TYPED = re.compile("([A-Z0-9]{7,8})[./ ]([0-9][A-Z0-9]{3}(?:[A-Z0-9]{3}|[A-Z0-9]{6})?)")
_JOINED = re.compile(
    "(?:1S)?([0-9][A-Z0-9]{9}|[0-9][A-Z0-9]{6}|[0-9][A-Z0-9]{3})([A-Z][A-Z0-9]{6,7})"
)
_LABEL = re.compile("1S([0-9][A-Z0-9]{9}|[0-9][A-Z0-9]{6})([A-Z0-9]{7,8})")


def serial(asked: Asked) -> Answer:
    """7 or 8 characters, a letter first; 14 where refurbished; 11 to 18 where joined with the MTM.

    Joined ones can be taken apart by their length alone: 4, 7 or 10 characters and 7 or 8.
    """
    value = asked.plain
    if _SERIAL.fullmatch(value) or _REFURBISHED.fullmatch(value):
        return Answer(valid=True, normalized=value)
    typed = _TYPED.fullmatch(asked.text.upper())
    if typed:
        return _with_type(value, serial=typed[1], mtm=typed[2])
    joined = _LABEL.fullmatch(value) or _JOINED.fullmatch(value)
    if joined:
        return _with_type(value, serial=joined[2], mtm=joined[1])
    hint = "A Lenovo serial number has 7 or 8 characters; where it is ambiguous, add .MACHINETYPE."
    fits = bool(_DIGIT_FIRST.fullmatch(value))
    return Answer(valid=fits or None, normalized=value, hints=(hint,))


def _with_type(value: str, *, serial: str, mtm: str) -> Answer:
    hint = "This joins the machine type and the serial number; the serial number is in `derived`."
    derived = {"serial": serial, "machine_type": mtm[:4], "mtm": mtm}
    return Answer(valid=True, normalized=value, derived=derived, hints=(hint,))


def mtm(asked: Asked) -> Answer:
    """4 characters of the machine type, then 3 (older) or 6 of the model."""
    value = asked.plain
    if _MTM.fullmatch(value):
        return Answer(valid=True, normalized=value, derived={"machine_type": value[:4]})
    hint = "A machine type has 4 characters, with the model 7 or 10."
    return Answer(valid=None, normalized=value, hints=(hint,))
