"""How mail is handed over, and what a server's reply means."""

import asyncio
import socket
import ssl
from pathlib import Path

import pytest
from tests.contract.authority import Authority
from tests.integration.notify.mailserver import MailServer, running

from registrar.domain.errors import ConfigurationError
from registrar.notify.smtp import Safety, SmtpMailer, server
from registrar.ports.notifier import Verdict
from registrar.testing.letters import letter

PASSWORD = "påss@"  # noqa: S105 - of a server of the tests


@pytest.mark.parametrize(
    ("command", "reply", "verdict", "code"),
    [
        ("MAIL", "421 4.3.2 closing", Verdict.LATER, "421 4.3.2"),
        ("MAIL", "550 5.7.1 not you", Verdict.LATER, "550 5.7.1"),
        ("RCPT", "450 4.2.1 greylisted", Verdict.LATER, "450 4.2.1"),
        ("RCPT", "550 no such user juergen@mail.example", Verdict.BOUNCED, "550"),
        ("RCPT", "553 mailbox name not allowed", Verdict.BOUNCED, "553"),
        ("RCPT", "550 5.1.1 unknown", Verdict.BOUNCED, "550 5.1.1"),
        ("RCPT", "550 5.7.1 relaying denied", Verdict.REFUSED, "550 5.7.1"),
        ("RCPT", "550 5.1.8 sender unknown", Verdict.REFUSED, "550 5.1.8"),
        ("RCPT", "552 5.2.2 mailbox full", Verdict.REFUSED, "552 5.2.2"),
        ("DATA", "451 4.3.0 try again", Verdict.LATER, "451 4.3.0"),
        ("DATA", "554 5.7.1 spam", Verdict.REFUSED, "554 5.7.1"),
    ],
)
async def test_a_reply_is_understood(
    post: MailServer, command: str, reply: str, verdict: Verdict, code: str
) -> None:
    """Only a mailbox that does not exist is never written to again; no text of it is kept."""
    post.replies[command] = [reply]
    mailer = SmtpMailer(post.settings())
    answer = await mailer.send(letter())
    assert (answer.verdict, answer.code) == (verdict, code)
    assert post.received == []
    assert (await mailer.send(letter())).verdict is Verdict.SENT


@pytest.fixture
def pair(tmp_path: Path) -> tuple[ssl.SSLContext, str]:
    """A server's side of TLS, and the file of who vouches for it."""
    authority = Authority()
    key, certificate = authority.into(tmp_path)
    (tmp_path / "ca.pem").write_bytes(authority.root)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context, str(tmp_path / "ca.pem")


async def test_a_connection_is_encrypted_and_logged_in(pair: tuple[ssl.SSLContext, str]) -> None:
    """By STARTTLS, before the password is told."""
    context, ca_file = pair
    async with running(tls=context) as post:
        made = post.settings(Safety.STARTTLS, ca_file=ca_file, user="us", password=PASSWORD)
        assert (await SmtpMailer(made).send(letter())).verdict is Verdict.SENT
        assert post.people == [("us", PASSWORD)]
        stranger = SmtpMailer(post.settings(Safety.STARTTLS))
        answer = await stranger.send(letter())
    assert (answer.verdict, answer.code) == (Verdict.UNREACHABLE, "SSLCertVerificationError")


async def test_without_encryption_nothing_is_told(post: MailServer) -> None:
    """To a server that does not offer it, and to one that speaks no TLS at all."""
    for safety in (Safety.STARTTLS, Safety.TLS):
        made = post.settings(safety, user="us", password=PASSWORD)
        assert (await SmtpMailer(made).send(letter())).verdict is Verdict.UNREACHABLE
    assert (post.received, post.people) == ([], [])


async def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    """At the door, and after the letter: then it may have taken it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        made = MailServer(port=silent.getsockname()[1]).settings(seconds=2)
        answer = await SmtpMailer(made).send(letter())
        assert answer.verdict is Verdict.UNREACHABLE
    async with running(hold=asyncio.Event()) as post:
        answer = await SmtpMailer(post.settings(seconds=2)).send(letter())
        assert answer.verdict is Verdict.LATER
        assert len(post.received) == 1
        assert post.hold is not None
        post.hold.set()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://127.0.0.1:2525", ("127.0.0.1", 2525, Safety.NONE, "", "")),
        ("smtp://localhost", ("localhost", 587, Safety.NONE, "", "")),
        ("smtp://[::1]:25", ("::1", 25, Safety.NONE, "", "")),
        ("smtp://mx.example", ("mx.example", 587, Safety.STARTTLS, "", "")),
        ("smtps://u%40x:p%3Aw@mx.example", ("mx.example", 465, Safety.TLS, "u@x", "p:w")),
        ("smtps://127.0.0.1", ("127.0.0.1", 465, Safety.TLS, "", "")),
    ],
)
def test_an_address_says_how_it_is_reached(
    url: str, expected: tuple[str, int, Safety, str, str]
) -> None:
    """Encrypted wherever another host is spoken to; the password is not shown."""
    made = server(url)
    assert (made.host, made.port, made.safety, made.user, made.password) == expected
    assert not made.password or made.password not in repr(made)


@pytest.mark.parametrize("url", ["http://mx.example", "smtp://", "smtp://mx:port", "mx.example"])
def test_an_address_that_is_none_is_named(url: str) -> None:
    """As a setting."""
    with pytest.raises(ConfigurationError, match="smtp_url"):
        server(url)


def test_a_file_of_trust_that_is_none_is_named(tmp_path: Path) -> None:
    """At the start."""
    (tmp_path / "ca.pem").write_text("none")
    for name in ("ca.pem", "absent.pem"):
        with pytest.raises(ConfigurationError, match="smtp_ca_file"):
            SmtpMailer(server("smtp://mx.example", str(tmp_path / name)))
