"""Reports of mail servers, as they write them."""

import pytest

from registrar.notify import bounces
from registrar.notify.bounces import Bounce

NOTICE = f"ntf_{'0123456789ab' * 2}"
LETTER = f"Message-ID: <{NOTICE}@shop.example>\nSubject: Acme\n"

POSTFIX = """\
Return-Path: <>
Date: Mon, 30 Nov 2026 08:00:00 +0000 (UTC)
From: MAILER-DAEMON@mail.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4fG.1764/mail.example"

This is a MIME-encapsulated message.

--4fG.1764/mail.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--4fG.1764/mail.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example
X-Postfix-Queue-ID: 4fG
Arrival-Date: Mon, 30 Nov 2026 07:59:58 +0000 (UTC)

Final-Recipient: rfc822; anna@gone.example
Original-Recipient: rfc822;anna@gone.example
Action: {action}
Status: {status}
Remote-MTA: dns; mx.gone.example
Diagnostic-Code: smtp; 550 5.1.1 <anna@gone.example>: Recipient address rejected

--4fG.1764/mail.example
Content-Description: Undelivered Message Headers
Content-Type: {kind}

{letter}
--4fG.1764/mail.example--
"""


def report(
    *,
    to: str = f"bounces+{NOTICE}@registrar.example",
    action: str = "failed",
    status: str = "5.1.1",
    kind: str = "text/rfc822-headers",
    letter: str = LETTER,
) -> bytes:
    """As Postfix has it."""
    text = POSTFIX.format(to=to, action=action, status=status, kind=kind, letter=letter)
    return text.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    "mail",
    [
        report(letter=""),
        report(to="bounces@registrar.example"),
        report(to="bounces@registrar.example", kind="message/rfc822"),
        report(to="postmaster@registrar.example", kind="message/rfc822", letter=f"{LETTER}\nHi"),
        report(action="FAILED "),
    ],
    ids=["by-address", "by-headers", "by-message", "by-whole-message", "case"],
)
def test_a_report_names_its_letter(mail: bytes) -> None:
    """By the return address of the letter, or by what came back of it."""
    assert bounces.read(mail) == Bounce(NOTICE, "5.1.1")


@pytest.mark.parametrize(
    "mail",
    [
        report(action="delayed", status="4.4.1"),
        report(action="delivered", status="2.0.0"),
        report(to="bounces@registrar.example", letter="Message-ID: <1@elsewhere.example>"),
        report().replace(b"multipart/report", b"multipart/mixed"),
        report().replace(b"message/delivery-status", b"text/plain"),
        report().partition(b"Final-Recipient")[0],
        f"To: bounces+{NOTICE}@registrar.example\r\nSubject: On holiday\r\n\r\nBack soon.".encode(),
        b"",
        bytes(range(256)) * 100,
        "".join(
            f'Content-Type: multipart/report; boundary="{n}"\r\n\r\n--{n}\r\n' for n in range(3000)
        ).encode(),
    ],
    ids=[
        *("delayed", "delivered", "of-another", "no-report", "no-status", "cut-off"),
        *("holiday", "empty", "bytes", "within-one-another"),
    ],
)
def test_what_is_no_bounce_of_ours_is_none(mail: bytes) -> None:
    """Nothing in a mailbox is worth an error."""
    assert bounces.read(mail) is None


@pytest.mark.parametrize(
    ("status", "nobody"),
    [
        *(("5.1.1", True), ("5.1.2", True), ("5.1.6", True), ("5.1.10", True)),
        *(("5.1.7", False), ("5.1.8", False), ("5.2.2", False), ("5.7.1", False)),
    ],
)
def test_only_a_mailbox_that_does_not_exist_is_nobody(status: str, *, nobody: bool) -> None:
    """One that is full may be emptied; a sender that is not liked is our own affair."""
    found = bounces.read(report(status=f"{status} (as some say)"))
    assert found is not None
    assert found == Bounce(NOTICE, status)
    assert found.nobody is nobody


def test_a_report_without_a_code_is_one() -> None:
    """It only says less."""
    assert bounces.read(report(status="")) == Bounce(NOTICE, "")


def test_a_letter_that_is_cut_off_after_the_report_is_read() -> None:
    """It may come back with all that was attached to it."""
    mail = report(kind="message/rfc822", letter=LETTER + "\n" + "x" * 2 * bounces.LONGEST)
    assert bounces.read(mail) == Bounce(NOTICE, "5.1.1")


def test_every_letter_has_its_own_return_address() -> None:
    """A subaddress; the longest there may be."""
    assert bounces.sender("bounces@registrar.example", NOTICE) == (
        f"bounces+{NOTICE}@registrar.example"
    )
    local = bounces.sender(f"{'b' * 35}@registrar.example", NOTICE).partition("@")[0]
    assert len(local) == 64
