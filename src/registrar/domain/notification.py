"""What people and systems are told of a registration, and how each tenant wants it told."""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum

import msgspec

from registrar.domain.language import spoken
from registrar.domain.registration import Event, EventKind, State


class Channel(StrEnum):
    """How it is told."""

    EMAIL = "email"
    """To the owner of the product."""
    WEBHOOK = "webhook"
    """To a system of the tenant."""


class Kind(StrEnum):
    """What is told."""

    RECEIVED = "received"
    REGISTERED = "registered"
    ACTION_REQUIRED = "action_required"
    FAILED = "failed"
    REMINDER = "reminder"
    """The manufacturer's window closes soon, and a person has still to act."""


NOTICE_ID = re.compile(r"\bntf_[0-9a-f]{24}\b")
"""As `notice_id` makes them."""

REMINDER_DAYS = (7, 2)
"""How many days before the last one a person is reminded."""

_TOLD = {
    State.SUCCEEDED: Kind.REGISTERED,
    State.ACTION_REQUIRED: Kind.ACTION_REQUIRED,
    State.FAILED: Kind.FAILED,
    State.REJECTED: Kind.FAILED,
}


def kind_of(event: Event) -> Kind | None:
    """What an event is worth telling as; a cancellation is known to whoever asked for it.

    A state is entered and left by events, but also looked at in passing: see `Tail`.
    """
    if event.kind is EventKind.SUBMITTED:
        return Kind.RECEIVED
    return _TOLD.get(event.state)


def notice_id(registration_id: str, sequence: int, channel: Channel, kind: Kind, days: int) -> str:
    """The same for the same notice, so that whoever gets it twice can tell."""
    text = "\0".join((registration_id, str(sequence), channel, kind, str(days)))
    return f"ntf_{hashlib.blake2b(text.encode(), digest_size=12).hexdigest()}"


class TenantNotifications(msgspec.Struct, frozen=True):
    """How a tenant wants it told. Without any settings, nothing is told to anybody."""

    emails: tuple[Kind, ...] = ()
    """What the owner of a product is told by e-mail."""
    from_address: str = ""
    reply_to: str = ""
    brand: str = ""
    """Who writes, as the owner knows it."""
    logo_url: str = ""
    support_link: str = ""
    """https: or mailto:."""
    unsubscribe_link: str = ""
    """https: or mailto:, for reminders."""
    languages: tuple[str, ...] = ()
    """ISO 639-1; empty means all that are spoken here. The first is for everybody else."""
    webhooks: tuple[Kind, ...] = ()
    """What the tenant's system is told."""
    webhook_url: str = ""
    webhook_personal: bool = False
    """Whether webhooks carry the caller's and the manufacturer's references, too."""

    def wants(self, channel: Channel, kind: Kind) -> bool:
        """Whether it was asked for."""
        return kind in (self.emails if channel is Channel.EMAIL else self.webhooks)

    def language(self, locale: str) -> str:
        """In which an owner is written to."""
        wanted = spoken(locale)
        if not self.languages or wanted in self.languages:
            return wanted
        return self.languages[0]
