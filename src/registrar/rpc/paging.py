"""Page sizes, and page tokens of lists whose place is a number.

Such a token guards nothing: whatever it says, only the caller's own rows can follow. It is opaque
and bound to its list, so that nobody builds on its form.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Sequence
from typing import TypeVar

from registrar.domain.errors import InvalidRequest, PageTokenInvalid, Violation

Item = TypeVar("Item")
MAX_SIZE = 500
DEFAULT_SIZE = 100
"""Of a list that is held whole."""


def size(wanted: int, *, default: int) -> int:
    """AIP-158: 0 means the default, too much means the most, negative is an error."""
    if wanted < 0:
        raise InvalidRequest((Violation("page_size", "range", "Zero or more is needed."),))
    return min(wanted or default, MAX_SIZE)


def _mark(purpose: str) -> int:
    return zlib.crc32(purpose.encode())


def write(place: int, purpose: str) -> str:
    """Read on after `place`."""
    return base64.urlsafe_b64encode(f"{place}.{_mark(purpose)}".encode()).decode()


def read(token: str, purpose: str, *, start: int = 0) -> int:
    """The place; `start` without a token. PageTokenInvalid for another list's."""
    if not token:
        return max(start, 0)
    try:
        place, mark = base64.urlsafe_b64decode(token.encode()).decode().split(".")
        if int(mark) == _mark(purpose):
            return max(int(place), start, 0)
    except (ValueError, binascii.Error):
        pass
    raise PageTokenInvalid


def page(known: Sequence[Item], wanted: int, token: str, purpose: str) -> tuple[list[Item], str]:
    """Of a list that is held whole: the items, and the next page's token, empty on the last one."""
    end = (start := read(token, purpose)) + size(wanted, default=DEFAULT_SIZE)
    return list(known[start:end]), write(end, purpose) if end < len(known) else ""
