"""Check digits, by their public rules."""

from __future__ import annotations

import re

_BLANKS = re.compile(r"[\s\-]+")
GTIN_LENGTHS = frozenset({8, 12, 13, 14})
IMEI_LENGTH = 15


def compact(value: str) -> str:
    """Without blanks and hyphens, upper case: how two writings of one identifier are compared."""
    return value.upper() if value.isalnum() else _BLANKS.sub("", value).upper()


def luhn(digits: str) -> bool:
    """ISO/IEC 7812 annex B; False for what is not all ASCII digits."""
    if not (digits.isascii() and digits.isdigit()):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the cross sum of two digits
    return total % 10 == 0


def imei(value: str) -> bool:
    """Fifteen digits with a Luhn check digit; blanks and hyphens do not count."""
    digits = compact(value)
    return len(digits) == IMEI_LENGTH and luhn(digits)


def gtin(value: str) -> bool:
    """GS1: 8, 12, 13 or 14 digits, weights 3 and 1 from the right."""
    digits = compact(value)
    if len(digits) not in GTIN_LENGTHS or not (digits.isascii() and digits.isdigit()):
        return False
    return gtin_digit(digits[:-1]) == digits[-1]


def gtin_digit(body: str) -> str:
    """The check digit after these ASCII digits; GS1 General Specifications 7.9."""
    total = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


CHECKS = {"luhn": lambda value: luhn(compact(value)), "gtin": gtin}
"""By the name that a manifest gives."""
