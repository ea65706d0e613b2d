"""How tokens and troubles lie in the fleet's cache: sealed, each for its own place."""

from __future__ import annotations

import msgspec

from registrar.connectors.kit.auth.service import (
    Refused,
    Throttled,
    Token,
    Trouble,
    pause_of,
    repeated,
    usable,
)
from registrar.connectors.kit.http import NotSent
from registrar.ports.keys import Keys
from registrar.ports.tokens import Kept

_KINDS: dict[str, type[Trouble]] = {"refused": Refused, "throttled": Throttled, "none": NotSent}


class _Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str
    seconds: float


class _Trouble(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: str
    pause: bool
    """Whether the token service has said for how long."""


def token(keys: Keys, key: str, given: Token) -> bytes:
    """A token, which only opens under this key."""
    raw = msgspec.json.encode(_Token(given.text, given.seconds))
    return keys.seal(raw, f"token:{key}")


def opened(keys: Keys, key: str, kept: Kept | None) -> Token | None:
    """None for nothing, and for what is not ours, is of another key, or was changed."""
    if kept is None:
        return None
    try:
        read = msgspec.json.decode(keys.open(kept.value, f"token:{key}"), type=_Token)
    except (ValueError, msgspec.MsgspecError):
        return None
    return Token(read.text, read.seconds, kept.left) if usable(read.text) else None


def trouble(keys: Keys, key: str, error: Trouble) -> bytes:
    """What a token service has said instead, in a word."""
    kind = next(name for name, one in _KINDS.items() if isinstance(error, one))
    raw = msgspec.json.encode(_Trouble(kind, pause=pause_of(error) > 0))
    return keys.seal(raw, f"trouble:{key}")


def troubled(keys: Keys, key: str, kept: Kept | None) -> Trouble | None:
    """To be raised; a pause is what is left of it. None as for `opened`."""
    if kept is None:
        return None
    try:
        read = msgspec.json.decode(keys.open(kept.value, f"trouble:{key}"), type=_Trouble)
        return repeated(_KINDS[read.kind], kept.left if read.pause else 0.0)
    except (ValueError, KeyError, msgspec.MsgspecError):
        return None
