"""Who brings notices to people and systems. An answer is a value: nothing is raised.

Mail is at least once by its nature: a connection that breaks between the server's taking charge
and its saying so leaves nobody wiser. A letter keeps its Message-ID, a webhook its id, so that the
receiving side can tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from registrar.domain.guide import Guide
from registrar.domain.notification import Kind, TenantNotifications
from registrar.domain.paper import Paper, Subject


class Verdict(StrEnum):
    """What became of a try."""

    SENT = "sent"
    LATER = "later"
    """Not now: this one is tried again."""
    UNREACHABLE = "unreachable"
    """Nobody there: others would fare no better now."""
    BOUNCED = "bounced"
    """The address does not exist."""
    REFUSED = "refused"
    """Not wanted as it is, now or later."""
    GONE = "gone"
    """The receiver wants no more of them at all."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`code` is short and holds nothing personal."""

    verdict: Verdict
    code: str = ""
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """What the owner of a product is to read; never shown in a log."""

    id: str
    """Makes the Message-ID: the same on every try."""
    kind: Kind
    language: str
    settings: TenantNotifications
    subject: Subject = field(repr=False)
    guide: Guide | None = field(default=None, repr=False)
    attachments: tuple[Paper, ...] = field(default=(), repr=False)

    @property
    def to(self) -> str:
        """RFC 5322 addr-spec."""
        return self.subject.submission.customer.email


@dataclass(frozen=True, slots=True)
class Call:
    """A webhook. `secrets` are all that are in force: each signs."""

    id: str
    url: str
    at: datetime
    """Of this try."""
    payload: Mapping[str, Any] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


class Mailer(Protocol):
    """Writes to people."""

    async def send(self, letter: Letter) -> Answer:
        """In bounded time."""
        ...


class Courier(Protocol):
    """Tells systems."""

    async def post(self, call: Call) -> Answer:
        """In bounded time."""
        ...
