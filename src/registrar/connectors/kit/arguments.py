"""What a function of a manifest may be given: a check returns it, or says what is wanted."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Check = Callable[[Any], Any]
"""The argument as the function takes it; raises ValueError."""

DIRECTIVES = frozenset("dmYybHMS%")
_PERCENT = re.compile(r"%(.?)", re.DOTALL)


def separator(given: object) -> str:
    """A text, perhaps an empty one."""
    if isinstance(given, str):
        return given
    raise ValueError("takes a text")


def text(given: object) -> str:
    """Not empty."""
    return separator(given or None)


def count(given: object) -> int:
    """At least 1; true is no number."""
    if not isinstance(given, int) or isinstance(given, bool) or given < 1:
        raise ValueError("takes a whole number of at least 1")
    return given


def index(given: object) -> int:
    """From 0; -1 is the last."""
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    raise ValueError("takes a whole number")


def places(given: object) -> int:
    """Decimal places of a currency: at most 4."""
    found = index(given)
    if not 0 <= found <= 4:  # noqa: PLR2004 - ISO 4217 has none with more
        raise ValueError("takes a whole number from 0 to 4")
    return found


def date_format(given: object) -> str:
    """With directives that mean the same in every locale."""
    found = text(given)
    unknown = {one for one in _PERCENT.findall(found) if one not in DIRECTIVES or not one}
    if unknown:
        known = " ".join(f"%{one}" for one in sorted(DIRECTIVES))
        raise ValueError(f"takes only {known}")
    return found


def table(given: object) -> dict[str, str]:
    """YAML reads no, 1 and on as something else: they must be quoted."""
    if not isinstance(given, dict) or not given:
        raise ValueError("takes a table of texts")
    if not all(isinstance(one, str) for pair in given.items() for one in pair):
        raise ValueError("takes a table of texts: quote what YAML reads as a number or a truth")
    return given


def one_of(*words: str) -> Check:
    """A word of these."""

    def check(given: object) -> str:
        if given not in words:
            raise ValueError(f"takes one of {', '.join(words)}")
        return str(given)

    return check


def pair(first: Check, second: Check, says: str) -> Check:
    """A list of two, such as `[7, "0"]`."""

    def check(given: object) -> tuple[Any, Any]:
        if not isinstance(given, list) or len(given) != 2:  # noqa: PLR2004 - a pair
            raise ValueError(f"takes {says}")
        return first(given[0]), second(given[1])

    return check


def character(given: object) -> str:
    """One."""
    if not isinstance(given, str) or len(given) != 1:
        raise ValueError("takes one character")
    return given
