"""Artifacts: files that belong to a registration, its evidence above all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

import msgspec

LARGEST_UPLOAD = 10 * 1024 * 1024
"""Bytes of a file that a caller brings."""

LARGEST_KEPT = 32 * 1024 * 1024
"""Bytes of a file that the gateway makes."""

UNBOUND = timedelta(days=7)
"""How long an uploaded proof waits for a registration that names it."""


class ArtifactKind(StrEnum):
    """What it is; how long it is kept depends on this."""

    SCREENSHOT = "screenshot"
    DOM_SNAPSHOT = "dom_snapshot"
    GUIDE = "guide"
    PROOF_OF_PURCHASE = "proof_of_purchase"
    PROOF_PACK = "proof_pack"
    EVIDENCE = "evidence"


UPLOADED = frozenset({ArtifactKind.PROOF_OF_PURCHASE, ArtifactKind.EVIDENCE})
"""The kinds that callers bring; the others are made here."""

_DAYS = {
    ArtifactKind.SCREENSHOT: 30,
    ArtifactKind.DOM_SNAPSHOT: 30,
    ArtifactKind.GUIDE: 180,
    ArtifactKind.PROOF_OF_PURCHASE: 400,
    ArtifactKind.PROOF_PACK: 1100,
    ArtifactKind.EVIDENCE: 1100,
}
RETENTION: Mapping[ArtifactKind, timedelta] = MappingProxyType(
    {kind: timedelta(days=days) for kind, days in _DAYS.items()}
)
"""How long each kind is kept where no setting says otherwise."""


class Artifact(msgspec.Struct, frozen=True):
    """`size` in bytes and `sha256` in hexadecimal are those of the content in the clear."""

    id: str
    """Random."""
    tenant_id: str
    kind: ArtifactKind
    media_type: str
    created_at: datetime
    expires_at: datetime
    registration_id: str = ""
    """Empty for an upload that no registration has named yet."""
    attempt: int = 0
    """Number of the attempt that made it; 0 where none did."""
    size: int = 0
    sha256: str = ""
    key_id: str = ""
    """Of the key it is sealed with; empty for one from before artifacts had keys of their own."""

    other_key_id: str | None = None
    """Of a key with which it is, was or will be sealed too, while it moves from one to the other;
    empty as `key_id` is."""

    @property
    def blob(self) -> str:
        """The name under which the sealed bytes lie: sealed with another key they lie elsewhere."""
        return _blob(self.id, self.key_id)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Of all keys of its own that open any of its bytes."""
        return tuple(filter(None, (self.key_id, self.other_key_id)))

    @property
    def left_over(self) -> str | None:
        """The name under which there may be bytes that nobody reads."""
        return None if self.other_key_id is None else _blob(self.id, self.other_key_id)


def _blob(artifact_id: str, key_id: str) -> str:
    return f"{artifact_id}.{key_id}" if key_id else artifact_id
