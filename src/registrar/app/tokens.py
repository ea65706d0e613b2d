"""Ids and tokens: the one module that makes and reads them.

A token is opaque to its holder: base64url of a fixed-size body and 16 bytes of a keyed tag. The tag
covers what the token is bound to (tenant, filter, order), so that a token taken elsewhere fails.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import struct
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from registrar.domain.errors import (
    ApiKeyInvalid,
    PageTokenInvalid,
    ResumeTokenExpired,
    ResumeTokenInvalid,
)
from registrar.ports import plain
from registrar.ports.keys import Keys
from registrar.ports.store import PageCursor, Position

RETENTION = timedelta(days=7)
"""How long a resume token lives."""

_TAG = 16
_RESUME = struct.Struct(">QQQ?")
_PAGE = struct.Struct(">Q64s")
_ARTIFACT = re.compile("art_[0-9a-f]{32}")
_BULK_OPERATION = re.compile("blk_[0-9a-f]{24}")
_KEY_PREFIX = "rgk"
_KEY_PARTS = 4


def registration_id(now: datetime) -> str:
    """Begins with the time, so that neighbours in time are neighbours in every index."""
    milliseconds = plain.to_micros(now) // 1000
    return f"reg_{milliseconds:012x}{secrets.token_hex(10)}"


def registration_id_at(instant: datetime) -> str:
    """Whoever was made before then has a smaller id."""
    return f"reg_{plain.to_micros(instant) // 1000:012x}"


def erasure_id() -> str:
    """Random throughout."""
    return f"era_{secrets.token_hex(12)}"


def bulk_operation_id() -> str:
    """Random throughout."""
    return f"blk_{secrets.token_hex(12)}"


def is_bulk_operation_id(text: str) -> bool:
    """Whether it can be one: what cannot is not looked for."""
    return _BULK_OPERATION.fullmatch(text) is not None


def artifact_id() -> str:
    """Random throughout: it is also the name of the file, and tells nothing of it."""
    return f"art_{secrets.token_hex(16)}"


def is_artifact_id(text: str) -> bool:
    """Whether it can be one: what cannot is not looked for, in no database and no path."""
    return _ARTIFACT.fullmatch(text) is not None


class Bound:
    """What a token is bound to; `target` is any plain value, such as a filter."""

    __slots__ = ("digest",)

    def __init__(self, tenant_id: str, target: object) -> None:
        self.digest = hashlib.sha256(plain.to_json([tenant_id, target])).digest()
        """The same for equal values."""


class Resume(msgspec.Struct, frozen=True):
    """Where a watch goes on; `snapshot` asks for the state first."""

    position: Position
    snapshot: bool = False


@dataclass(frozen=True, slots=True)
class Tokens:
    """Makes and reads them with the keys of the service."""

    keys: Keys

    def _packed(self, purpose: str, body: bytes, bound: Bound) -> str:
        tag = self.keys.sign(purpose, body + bound.digest)[:_TAG]
        return base64.urlsafe_b64encode(body + tag).decode().rstrip("=")

    def _opened(self, purpose: str, token: str, bound: Bound) -> bytes | None:
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        body, tag = raw[:-_TAG], raw[-_TAG:]
        expected = self.keys.sign(purpose, body + bound.digest)[:_TAG]
        return body if hmac.compare_digest(tag, expected) else None

    def resume(self, resume: Resume, bound: Bound, now: datetime) -> str:
        """A token to go on with."""
        place = resume.position
        body = _RESUME.pack(place.epoch, place.offset, plain.to_micros(now), resume.snapshot)
        return self._packed("resume", body, bound)

    def read_resume(self, token: str, bound: Bound, now: datetime) -> Resume:
        """Raises ResumeTokenInvalid and ResumeTokenExpired."""
        body = self._opened("resume", token, bound)
        if body is None or len(body) != _RESUME.size:
            raise ResumeTokenInvalid
        epoch, offset, made, snapshot = _RESUME.unpack(body)
        if now - plain.from_micros(made) > RETENTION:
            raise ResumeTokenExpired
        return Resume(Position(epoch, offset), snapshot)

    def page(self, cursor: PageCursor, bound: Bound) -> str:
        """The next page of the same listing."""
        created = plain.to_micros(cursor.created_at)
        return self._packed("page", _PAGE.pack(created, cursor.registration_id.encode()), bound)

    def read_page(self, token: str, bound: Bound) -> PageCursor | None:
        """None for the first page; raises PageTokenInvalid."""
        if not token:
            return None
        body = self._opened("page", token, bound)
        if body is None or len(body) != _PAGE.size:
            raise PageTokenInvalid
        created, last = _PAGE.unpack(body)
        return PageCursor(plain.from_micros(created), last.rstrip(b"\0").decode())

    def place(self, text: str, bound: Bound) -> str:
        """The next page of a listing whose place is a text."""
        return self._packed("place", text.encode(), bound)

    def read_place(self, token: str, bound: Bound) -> str:
        """Empty for the first page; raises PageTokenInvalid."""
        body = self._opened("place", token, bound) if token else b""
        if body is None:
            raise PageTokenInvalid
        return body.decode()


class ApiKey(msgspec.Struct, frozen=True):
    """`rgk_<environment>_<id>_<secret><crc>`: a leaked one is found by its form, off line."""

    key_id: str
    secret: str
    environment: str = "dev"

    def __str__(self) -> str:
        """The whole secret, as its holder gets it once."""
        body = f"{_KEY_PREFIX}_{self.environment}_{self.key_id}_{self.secret}"
        return body + _checksum(body)


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"


def new_api_key(environment: str = "dev") -> ApiKey:
    """160 bits of secret."""
    return ApiKey(secrets.token_hex(6), secrets.token_hex(20), environment)


def read_api_key(text: str) -> ApiKey:
    """Raises ApiKeyInvalid for what cannot be a key, before any database is asked."""
    parts = text.split("_")
    if len(parts) != _KEY_PARTS or parts[0] != _KEY_PREFIX or not text.isascii():
        raise ApiKeyInvalid
    body, given = text[:-8], text[-8:]
    if not hmac.compare_digest(given, _checksum(body)):
        raise ApiKeyInvalid
    return ApiKey(parts[2], parts[3][:-8], parts[1])
