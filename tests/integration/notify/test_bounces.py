"""A letter that a server took and could not deliver: sent, returned, piped in, written down."""

import asyncio
import base64
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from email.message import Message, MIMEPart
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from aiosmtpd.smtp import Envelope
from msgspec.structs import replace
from tests.integration.notify.desk import Telling
from tests.integration.notify.mailserver import MailServer, parsed

from registrar.bootstrap.vaults import migrated, opened
from registrar.config.settings import load
from registrar.domain.notification import Kind
from registrar.notify.smtp import SmtpMailer
from registrar.store import migrate
from registrar.store.sql import SqlStore
from registrar.testing.letters import SUBMISSION, to

BOUNCES = "bounces@registrar.example"
GONE = to("anna@gone.example")


@pytest.fixture
async def telling(
    address: str, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Telling]:
    """Over a database and a mail server; what a command needs is set, too."""
    monkeypatch.setenv("REGISTRAR_DATABASE_URL", address)
    monkeypatch.setenv("REGISTRAR_ROOT_KEY", base64.b64encode(b"k" * 32).decode())
    # The root key was all there was: what it has indexed is found with it still.
    await migrate.upgrade(address)
    await migrated(load())
    store = SqlStore(address)
    async with opened(load()) as keys:
        mailer = SmtpMailer(post.settings(), BOUNCES)
        yield await Telling(store, mailer, vault=keys.vault).begin()
    await store.close()


def returned(sent: Envelope, status: str) -> bytes:
    """As RFC 3464 has it: to the return address, and the letter with it."""
    text = MIMEText("I am sorry.")
    about, whom = Message(), Message()
    about["Reporting-MTA"] = "dns; mail.example"
    whom["Final-Recipient"] = f"rfc822; {sent.rcpt_tos[0]}"
    whom["Action"] = "failed"
    whom["Status"] = status
    said = MIMEPart()
    said["Content-Type"] = "message/delivery-status"
    said.set_payload([about, whom])
    report = MIMEMultipart("report", None, [text, said, MIMEMessage(parsed(sent))])
    report.set_param("report-type", "delivery-status")
    report["From"] = "MAILER-DAEMON@mail.example"
    report["To"] = str(sent.mail_from)
    return report.as_bytes()


async def piped(mail: bytes) -> tuple[int, str]:
    """As a mail server does; exit code, and what was said."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "registrar.cli", "notifications", "bounced"),
        stdin=PIPE,
        stdout=PIPE,
        stderr=STDOUT,
    )
    said, _ = await child.communicate(mail)
    assert child.returncode is not None
    return child.returncode, said.decode()


async def test_a_mailbox_that_is_gone_is_not_written_to_again(
    post: MailServer, telling: Telling
) -> None:
    """Whatever else would have been told to it; and another mailbox is."""
    made = await telling.submitted(GONE)
    await telling.told()
    (sent,) = post.received
    (notice,) = await telling.notices()
    assert sent.mail_from == f"bounces+{notice.id}@registrar.example"
    assert await telling.summary() == [("received", "sent", "250")]
    assert (await piped(returned(sent, "5.1.1")))[0] == 0
    await telling.moved(made, Kind.REGISTERED)
    await telling.submitted()
    await telling.told()
    assert sorted(await telling.summary()) == [
        ("received", "bounced", "5.1.1"),
        ("received", "sent", "250"),
        ("registered", "bounced", "bounced_before"),
    ]
    assert [one.rcpt_tos for one in post.received[1:]] == [[SUBMISSION.customer.email]]


async def test_a_mailbox_that_is_full_is_written_to_again(
    post: MailServer, telling: Telling
) -> None:
    """But the letter is known to have come back; of an erased customer, too."""
    made = await telling.submitted(GONE)
    await telling.told()
    await piped(returned(post.received[0], "5.2.2"))
    await telling.moved(made, Kind.REGISTERED)
    await telling.told()
    assert await telling.summary() == [
        ("received", "bounced", "5.2.2"),
        ("registered", "sent", "250"),
    ]


async def test_what_is_no_bounce_changes_nothing(post: MailServer, telling: Telling) -> None:
    """Nor does one of a letter that is not known here: a mail server is told that all is well."""
    await telling.submitted()
    await telling.told()
    bounce = returned(post.received[0], "5.1.1")
    (notice,) = await telling.notices()
    assert (await piped(b"Subject: On holiday\r\n\r\nBack soon."))[0] == 0
    assert (await piped(bounce.replace(notice.id.encode(), b"ntf_" + b"0" * 24)))[0] == 0
    assert await telling.summary() == [("received", "sent", "250")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none"),
        ("ROOT_KEY", ""),
        ("ROOT_KEY", base64.b64encode(b"x" * 32).decode()),
    ],
    ids=["away", "missing", "another"],
)
async def test_a_mail_server_is_asked_to_keep_what_cannot_be_taken_now(
    post: MailServer, telling: Telling, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """EX_TEMPFAIL: anything else would lose it."""
    await telling.submitted()
    await telling.told()
    monkeypatch.setenv(f"REGISTRAR_{name}", value)
    code, said = await piped(returned(post.received[0], "5.1.1"))
    assert (code, "registrar: " in said) == (75, True)


async def test_without_an_address_for_them_they_go_to_who_wrote(
    address: str, post: MailServer
) -> None:
    """As before: nothing of it comes here."""
    await migrate.upgrade(address)
    store = SqlStore(address)
    telling = await Telling(store, SmtpMailer(post.settings())).begin()
    await telling.submitted(replace(GONE, locale="en"))
    await telling.told()
    assert post.received[0].mail_from == "service@shop.example"
    await store.close()
