"""Nintendo: letters and digits, the last of which is a check digit (weights 1 and 3, modulo 10).

Sources: switchbrew.org "Product Information" (Switch), 3dbrew.org "Serials" (3DS).
"""

from __future__ import annotations

import re

from registrar.domain.identifiers.answer import Answer, Asked
from registrar.domain.identifiers.checks import gtin_digit

_SWITCH = re.compile("([A-Z]{3,4})([0-9]{10})([0-9])")
_OLDER = re.compile("([A-Z]{2,3})([0-9]{8})([0-9])")
_WITHOUT_CHECK = re.compile("[A-Z]{2,4}([0-9]{10}|[0-9]{8})")


def serial(asked: Asked) -> Answer:
    """Switch: three letters (a fourth in the factory), ten digits and the check digit.

    Of older consoles (two or three letters, eight digits and the check digit) the rule is
    documented for the 3DS only, so there it accepts and does not refuse.
    """
    value = asked.plain
    found = _SWITCH.fullmatch(value) or _OLDER.fullmatch(value)
    if found:
        return _checked(value, found[1], found[2], found[3])
    bare = _WITHOUT_CHECK.fullmatch(value)
    if bare:
        full = value + gtin_digit(bare[1])
        hint = "The last digit, a check digit, is missing: the whole number is in `derived`."
        return Answer(valid=None, normalized=value, derived={"serial": full}, hints=(hint,))
    hint = "A Nintendo serial number has three letters and eleven digits."
    return Answer(valid=False, normalized=value, hints=(hint,))


def _checked(value: str, prefix: str, body: str, digit: str) -> Answer:
    right = gtin_digit(body)
    if digit == right:
        derived = {"prefix": prefix, "check_digit": right}
        return Answer(valid=True, normalized=value, derived=derived)
    strict = _SWITCH.fullmatch(value)
    hint = f"The check digit would be {right}: read the digits again."
    return Answer(valid=False if strict else None, normalized=value, hints=(hint,))
