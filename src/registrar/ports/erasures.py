"""Erasures: each is kept until nothing is left to do, whatever fails meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from registrar.domain.audit import Act
from registrar.domain.erasure import PERSONAL_DETAILS, Erasure, Recipient
from registrar.domain.registration import Event, Transition
from registrar.ports.store import Stored


class Whose(msgspec.Struct, frozen=True):
    """A customer, by a blind index: of the caller's own name for them, or of their mailbox."""

    index: bytes
    by_email: bool = False


class Pending(msgspec.Struct, frozen=True):
    """An erasure, and whose data it is about."""

    erasure: Erasure
    whose: Whose


class Erasing(msgspec.Struct, frozen=True):
    """One registration to be erased; `sealed` as it was read."""

    transition: Transition
    sealed: bytes
    key_ids: tuple[str, ...] = ()
    address_index: bytes | None = None
    """Of the customer's mailbox, which may be known as one that takes no mail."""
    recipients: tuple[Recipient, ...] = ()
    """Who has it: to be told, and known nowhere else afterwards."""


class Erasures(Protocol):
    """Part of the store. Raises StoreUnavailable when the database does not answer."""

    async def begin(self, erasure: Erasure, whose: Whose, act: Act | None = None) -> Pending:
        """Durable when it returns; one that this request has begun before is returned as it is.

        Of one that is complete nobody knows whose it was: its index is empty.
        """
        ...

    async def of_customer(
        self, tenant_id: str, whose: Whose, *, before: datetime | None, after: str, limit: int
    ) -> list[Stored]:
        """Not yet erased and accepted no later than `before`, by id, greater than `after`.

        None: all that are there.
        """
        ...

    async def ended(self, before: str, *, after: str, limit: int) -> list[Stored]:
        """Of all tenants, over and not yet erased, by id, between these two."""
        ...

    async def erase(self, items: Sequence[Erasing], erasure_id: str = "") -> list[bool]:
        """One transaction; False for what is not as it was read, or is being worked on.

        The payload and all blind indexes go, of events what may be personal, artifacts expire, the
        job is parked. The keys are noted, also those of the artifacts, until `forgotten`. The
        erasure, if it is one of those, counts them and lists who has to be told.
        """
        ...

    async def doomed(self, limit: int) -> list[str]:
        """Keys that are noted: to be destroyed."""
        ...

    async def forgotten(self, key_ids: Sequence[str]) -> None:
        """They are destroyed."""
        ...

    async def progress(
        self, erasure_id: str, pending: Sequence[str], completed_at: datetime | None
    ) -> Erasure:
        """As it is then. Once it is complete it stays so, and nothing says whose data it was."""
        ...

    async def pending(self, limit: int) -> list[Pending]:
        """The oldest first."""
        ...


def erasure_begun(erasure: Erasure, whose: Whose) -> object:
    """As the audit log shows it: not whose."""
    return {"erasure": erasure.id, "by": "email" if whose.by_email else "user_ref"}


def counted(before: Erasure, done: Sequence[Erasing]) -> Erasure:
    """With these, which are erased."""
    return msgspec.structs.replace(
        before,
        registrations=before.registrations + len(done),
        recipients=before.recipients + tuple(who for one in done for who in one.recipients),
    )


def wiped(event: Event) -> Event:
    """Without what may be personal."""
    kept = {key: value for key, value in event.detail.items() if key not in PERSONAL_DETAILS}
    return msgspec.structs.replace(event, detail=kept)
