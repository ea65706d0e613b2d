"""A file that a caller brings: measured, and held against what it is said to be, as it passes."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from uuid import UUID

from registrar.domain.artifact import LARGEST_UPLOAD, UPLOADED, ArtifactKind
from registrar.domain.errors import InvalidRequest, Violation

TYPES = ("application/pdf", "image/jpeg", "image/png")

_HEAD = 1024
"""Bytes by which a type is known: a PDF may begin that late."""

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class Upload:
    """As it is announced. `sha256` in hexadecimal, of the whole file; empty where not given."""

    request_id: str
    media_type: str
    kind: ArtifactKind = ArtifactKind.PROOF_OF_PURCHASE
    sha256: str = ""


def media_type(head: bytes) -> str:
    """Of a file that begins so, whatever it is called; empty for any other."""
    if head.startswith(_PNG) and head[12:16] == b"IHDR":
        return "image/png"
    if head.startswith(_JPEG):
        return "image/jpeg"
    return "application/pdf" if b"%PDF-" in head[:_HEAD] else ""


def _refused(field: str, rule: str, description: str) -> InvalidRequest:
    return InvalidRequest((Violation(field, rule, description),))


def checked(wanted: Upload) -> Upload:
    """What can be said before any of it is there; raises InvalidRequest. Its UUID in one form."""
    found, request_id = [], ""
    try:
        request_id = str(UUID(wanted.request_id))
    except ValueError:
        found.append(Violation("header.request_id", "uuid", "A UUID is needed."))
    if wanted.media_type not in TYPES:
        problem = "One of " + ", ".join(TYPES) + " is needed."
        found.append(Violation("header.media_type", "unsupported", problem))
    if wanted.kind not in UPLOADED:
        problem = "Only proofs of purchase and evidence are uploaded."
        found.append(Violation("header.kind", "unsupported", problem))
    if found:
        raise InvalidRequest(tuple(found))
    return replace(wanted, request_id=request_id)


class Verified:
    """The content as it passes; `size` and `sha256` are those of what has passed."""

    def __init__(self, wanted: Upload, given: AsyncIterator[bytes]) -> None:
        self._wanted = wanted
        self._given = given
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """In hexadecimal."""
        return self._digest.hexdigest()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Raises InvalidRequest. Nothing passes before its type is known."""
        given = self._measured()
        head = bytearray()
        async for chunk in given:
            head += chunk
            if len(head) >= _HEAD:
                break
        if media_type(bytes(head)) != self._wanted.media_type:
            raise _refused("chunk", "media_type", f"This is no {self._wanted.media_type}.")
        yield bytes(head)
        async for chunk in given:
            yield chunk
        if self._wanted.sha256 not in {"", self.sha256}:
            raise _refused("header.sha256", "mismatch", "The content is not what was announced.")

    async def _measured(self) -> AsyncIterator[bytes]:
        async for chunk in self._given:
            self.size += len(chunk)
            if self.size > LARGEST_UPLOAD:
                raise _refused("chunk", "size", f"At most {LARGEST_UPLOAD} bytes are taken.")
            self._digest.update(chunk)
            yield chunk

    async def drain(self) -> None:
        """To its end, keeping nothing."""
        async for _ in self.chunks():
            pass
