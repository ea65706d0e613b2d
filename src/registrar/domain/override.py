"""What an operator has said of a manufacturer's answers: an error rule that expires."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from registrar.domain.outcome import Tier

LONGEST = timedelta(days=90)
"""Until an override ends, at most: what is right for longer belongs in the manifest."""


@dataclass(frozen=True, slots=True)
class ErrorOverride:
    """Consulted before the manifest's own rules. `order`: lower first, then the older first."""

    id: str
    manufacturer_id: str
    tier: Tier
    rule: Mapping[str, Any]
    """As an error rule of a manifest, without a name."""
    order: int
    acknowledged: bool
    """Somebody has accepted that a product may be registered twice."""
    reason: str
    by: str
    expires_at: datetime
    created_at: datetime

    @property
    def name(self) -> str:
        """As an attempt records it."""
        return f"override:{self.id}"


class Change(StrEnum):
    """What was done to an override."""

    CREATED = "created"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class OverrideChange:
    """A line of the audit: `before` and `after` are the override as JSON, None where it was not."""

    override_id: str
    change: Change
    at: datetime
    by: str
    reason: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
