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
    """Random, and the name under which the sealed bytes lie."""
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
