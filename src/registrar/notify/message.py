"""A letter as a message of RFC 5322, whatever is in its names.

Its headers are written here. EmailMessage of Python 3.11 drops the quotes of a name when it folds
it: a name with an address in it then is that address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import idna

from registrar.domain.paper import Paper
from registrar.notify import pages, rendering
from registrar.notify.words import line
from registrar.ports.notifier import Letter

LONGEST_NAME = 120
"""Characters of a name in a header; of a subject, twice as many."""
_LONGEST_LINE = 75
_MAILBOX = re.compile(r"[^\s<>\"(),;:\\\[\]@\x00-\x1f\x7f]+@[^\s<>\"(),;:\\@\x00-\x1f\x7f]+")
_PLAIN = re.compile(r"[A-Za-z0-9 ]{1,50}")
"""What needs neither quotes nor encoding, nor a second line."""


def message(letter: Letter, now: datetime) -> bytes:
    """Text and HTML, and what is attached. ValueError for an address that is none."""
    page = pages.page(letter)
    head = "".join(f"{name}: {value}\r\n" for name, value in _headers(letter, page.subject, now))
    made = EmailMessage(policy=SMTP)
    made.set_content(rendering.text(page), cte="quoted-printable")
    made.add_alternative(rendering.html(page), subtype="html", cte="quoted-printable")
    for one in letter.attachments:
        _attach(made, one)
    return head.encode() + made.as_bytes()


def _headers(letter: Letter, subject: str, now: datetime) -> Iterator[tuple[str, str]]:
    settings, owner = letter.settings, letter.subject.submission.customer
    yield "From", _person("From", settings.brand, settings.from_address)
    yield "To", _person("To", f"{owner.given_name} {owner.family_name}", letter.to)
    if settings.reply_to:
        yield "Reply-To", envelope(settings.reply_to)
    yield "Subject", _text("Subject", subject, 2 * LONGEST_NAME)
    yield "Date", format_datetime(now)
    yield "Message-ID", f"<{letter.id}@{envelope(settings.from_address).rpartition('@')[2]}>"
    # RFC 3834: no holiday notice answers it.
    yield "Auto-Submitted", "auto-generated"
    yield "X-Auto-Response-Suppress", "All"
    yield "Content-Language", letter.language
    if unsubscribe := pages.unsubscribe_link(letter):
        yield "List-Unsubscribe", f"<{line(unsubscribe)}>"


def _person(header: str, name: str, address: str) -> str:
    shown, mailbox = _text(header, name, LONGEST_NAME), envelope(address)
    return f"{shown}\r\n <{mailbox}>" if shown else mailbox


def _text(header: str, text: str, longest: int) -> str:
    """One line; encoded unless it is letters and digits alone (RFC 2047)."""
    kept = line(text)[:longest].strip()
    if not kept or _PLAIN.fullmatch(kept):
        return kept
    made = Header(kept, "utf-8", maxlinelen=_LONGEST_LINE, header_name=header)
    return made.encode(linesep="\r\n")


def _attach(made: EmailMessage, paper: Paper) -> None:
    kind, _, subtype = paper.media_type.partition("/")
    made.add_attachment(paper.content, maintype=kind, subtype=subtype, filename=paper.name)


def needs_utf8(letter: Letter) -> bool:
    """RFC 6531: a mailbox that is not ASCII. A domain always has an ASCII form."""
    addresses = (letter.to, letter.settings.from_address, letter.settings.reply_to)
    return any(not one.rpartition("@")[0].isascii() for one in addresses)


def envelope(address: str) -> str:
    """As SMTP is told it. ValueError where it is none, or its domain has no ASCII form.

    Python's own codec writes ß as ss: that is the domain of somebody else.
    """
    if not _MAILBOX.fullmatch(address):
        raise ValueError("not an address")
    local, _, host = address.rpartition("@")
    return f"{local}@{idna.encode(host, uts46=True).decode()}"
