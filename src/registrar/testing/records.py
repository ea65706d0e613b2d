"""Records as Submit would make them, for tests of stores and use cases."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from registrar.domain import lifecycle
from registrar.domain.lifecycle import Moment
from registrar.domain.outcome import Tier
from registrar.domain.registration import Priority, Registration, State
from registrar.ports.store import NewRegistration


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a test cares about; the rest is made up."""

    tenant_id: str = "tenant-a"
    manufacturer_id: str = "acme"
    request_id: str = ""
    serial: bytes = b""
    body: bytes = b"body"
    priority: Priority = Priority.NORMAL
    created_at: datetime | None = None
    complete_by: datetime | None = None
    not_before: datetime | None = None
    reference: bytes | None = None
    user: bytes | None = None
    tiers: tuple[Tier, ...] = (Tier.API, Tier.MANUAL)
    country: str = ""


def new_registration(wanted: Wanted | None = None) -> NewRegistration:
    """Ready to insert, with its first event and a job due now."""
    wanted = wanted or Wanted()
    created = wanted.created_at or datetime.now(UTC)
    made = Registration(
        id=f"reg_{uuid.uuid4().hex}",
        tenant_id=wanted.tenant_id,
        request_id=wanted.request_id or str(uuid.uuid4()),
        manufacturer_id=wanted.manufacturer_id,
        brand="Acme",
        state=State.PENDING,
        revision=0,
        priority=wanted.priority,
        allowed_tiers=wanted.tiers,
        created_at=created,
        updated_at=created,
        complete_by=wanted.complete_by,
        not_before=wanted.not_before,
        country=wanted.country,
    )
    return NewRegistration(
        transition=lifecycle.submit(made, Moment(created, actor="caller:test")),
        body_digest=wanted.body,
        sealed=b"sealed",
        serial_index=wanted.serial or uuid.uuid4().bytes,
        reference_index=wanted.reference,
        user_index=wanted.user,
    )
