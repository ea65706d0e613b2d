"""Page sizes, and page tokens of lists whose place is a number.

Such a token guards nothing: whatever it says, only the caller's own rows can follow. It is opaque
and bound to its list, so that nobody builds on its form.
"""

from __future__ import annotations

import base64
import binascii
import zlib

from registrar.domain.errors import InvalidRequest, PageTokenInvalid, Violation

MAX_SIZE = 500


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
