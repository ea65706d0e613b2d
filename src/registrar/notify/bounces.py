"""Mail that came back: RFC 3464's delivery status notifications, and whose letter they speak of.

Anybody may write to the address that bounces go to. A letter is named by its notice's id, which
only those know who have the letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from registrar.domain.notification import NOTICE_ID

LONGEST = 4 * 2**20
"""Bytes of a mail that are read: the report stands before the letter that comes back with it."""
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_NOBODY = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
"""RFC 3463: no such mailbox, no such system, no address, moved, no mail taken (RFC 7505).

Others of 5.1 speak of the sender.
"""
_WRITTEN_TO = ("To", "Delivered-To", "X-Original-To", "Envelope-To")
_LETTER = frozenset({"message/rfc822", "message/global", "text/rfc822-headers"})


@dataclass(frozen=True, slots=True)
class Bounce:
    """A letter that was not delivered, and will not be."""

    notice_id: str
    status: str
    """RFC 3463, such as 5.1.1; empty where the report has none."""

    @property
    def nobody(self) -> bool:
        """The mailbox does not exist."""
        return nobody(self.status)


def nobody(status: str) -> bool:
    """Whether an enhanced status code says that the mailbox does not exist."""
    return status in _NOBODY


def status(text: str) -> str:
    """The first enhanced status code in it; empty for none."""
    found = _STATUS.search(text)
    return found[1] if found else ""


def sender(address: str, notice_id: str) -> str:
    """The letter's own return address, a subaddress (RFC 5233) of this one."""
    local, _, host = address.rpartition("@")
    return f"{local}+{notice_id}@{host}"


def read(raw: bytes) -> Bounce | None:
    """None for whatever else is in a mailbox: delays, holiday notices, letters of people."""
    # Boundaries within boundaries: nobody's mail server writes so many.
    with suppress(RecursionError):
        mail = message_from_bytes(raw[:LONGEST], policy=compat32)
        if mail.get_content_type() != "multipart/report":
            return None
        failed = [one for one in _recipients(mail) if _field(one, "Action").lower() == "failed"]
        named = _named(mail)
        if failed and named:
            return Bounce(named, status(_field(failed[0], "Status")))
    return None


def _recipients(mail: Message) -> Iterator[Message]:
    """What is said of each; what is said of all has no action."""
    for part in mail.walk():
        if part.get_content_type() in {"message/delivery-status", "message/global-delivery-status"}:
            said = part.get_payload()
            yield from (one for one in said if isinstance(one, Message)) if said else ()


def _named(mail: Message) -> str:
    """By the address the report was sent to, else by the letter that came back."""
    for header in _WRITTEN_TO:
        if found := NOTICE_ID.search(_field(mail, header)):
            return found[0]
    letters = (one for one in mail.walk() if one.get_content_type() in _LETTER)
    for found in map(NOTICE_ID.search, map(_headers, letters)):
        if found:
            return found[0]
    return ""


def _headers(letter: Message) -> str:
    """Those that tell one letter from another."""
    inside = letter.get_payload()
    if isinstance(inside, list) and isinstance(inside[0], Message):
        return _field(inside[0], "Message-ID")
    return str(inside)


def _field(mail: Message, name: str) -> str:
    return str(mail.get(name, "")).strip()
