"""Forgetting a customer: what was asked, who has to be told, and what is still to be done."""

from __future__ import annotations

from datetime import datetime

import msgspec

from registrar.domain.outcome import Effect, Tier

PERSONAL_DETAILS = frozenset({"reason", "reference", "registered_on"})
"""Details of events that may say something of a person: their own words, and a manufacturer's name
for their registration."""


class Recipient(msgspec.Struct, frozen=True):
    """A manufacturer that has, or may have, the customer's data, and should be told too."""

    manufacturer_id: str
    registration_id: str
    tier: Tier
    effect: Effect
    at: datetime
    """When it was sent, or may have been."""


class Erasure(msgspec.Struct, frozen=True):
    """Of all registrations of one customer that were there when it was asked for."""

    id: str
    tenant_id: str
    request_id: str
    requested_at: datetime
    actor: str
    completed_at: datetime | None = None
    registrations: int = 0
    """How many were erased."""
    pending: tuple[str, ...] = ()
    """Those that are being sent just now: they are erased once the answer is known."""
    recipients: tuple[Recipient, ...] = ()
