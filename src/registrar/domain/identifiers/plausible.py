"""What people type instead of an identifier, and what they mistake for what."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

from registrar.domain.identifiers.checks import compact

_WORDS = frozenset(
    {
        "UNKNOWN",
        "NONE",
        "NOSERIAL",
        "NOTAVAILABLE",
        "SERIALNUMBER",
        "SEELABEL",
        "TEST",
        "TESTTEST",
        "TBD",
        "N/A",
        "DEFAULTSTRING",
        "SYSTEMSERIALNUMBER",
        "TOBEFILLEDBYO.E.M.",
        "QWERTY",
        "ASDF",
        "NA",
        "NIL",
        "NULL",
        "EMPTY",
        "DUMMY",
        "INVALID",
        "SERIAL",
        "NOTAPPLICABLE",
        "NOTSPECIFIED",
        "CHASSISSERIALNUMBER",
        "TOBEFILLEDBYOEM",
        "OEM",
    }
)
_RUNS = "\n".join(("0123456789012345" * 2, "9876543210987654" * 2, "ABCDEFGHIJKLMNOP" * 2))
_CROSSES = re.compile(
    r"X+[0-9]?|[0-9A-Z]{0,12}X{5,}[0-9A-Z]{0,12}|[0-9A-Z]{0,12}\*{2,}[0-9A-Z]{0,12}"
)
"""Crosses or stars, also where the ends of the number are left standing."""
_SHORTEST_RUN, _SHORTEST_SAME = 6, 3
_MOST_SWAPS = 12

PAIRS = {"O": "0", "0": "O", "I": "1", "1": "I", "S": "5", "5": "S", "B": "8", "8": "B"}
_NAMES = {"O": "letter O", "I": "letter I", "S": "letter S", "B": "letter B"}


def is_filler(value: str) -> bool:
    """Typed to get past the field: one character repeated, a row of keys, a word for none."""
    return is_blank(value) or is_run(value)


def is_blank(value: str) -> bool:
    """One character repeated, crosses, or a word for none: no identifier looks like this."""
    plain = compact(value)
    same = len(plain) >= _SHORTEST_SAME and plain == plain[0] * len(plain)
    if same or plain in _WORDS:
        return True
    return ("X" in plain or "*" in plain) and bool(_CROSSES.fullmatch(plain))


def is_run(value: str) -> bool:
    """A row of keys. Some kinds are numbers without gaps, where 1234567 is as good as any."""
    plain = compact(value)
    return len(plain) >= _SHORTEST_RUN and plain in _RUNS


def look_alike(value: str, accepted: Callable[[str], bool]) -> str:
    """A sentence where swapping look-alikes would make it right; else empty."""
    plain = compact(value)
    places = [place for place, character in enumerate(plain) if character in PAIRS][:_MOST_SWAPS]
    for count in (1, 2):
        for chosen in itertools.combinations(places, count):
            swapped = list(plain)
            for place in chosen:
                swapped[place] = PAIRS[plain[place]]
            if accepted("".join(swapped)):
                first = plain[chosen[0]]
                other = PAIRS[first]
                return f"A {_name(first)} may be a {_name(other)}: look at the label again."
    return ""


def _name(character: str) -> str:
    return _NAMES.get(character, f"figure {character}")
