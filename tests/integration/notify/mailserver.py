"""A real mail server, as far as a customer and a test can tell."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import compat32, default
from email.utils import parseaddr
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from registrar.notify.smtp import Safety, Server
from registrar.testing.mailer_suite import NOBODY

Reply = Callable[[Envelope], str]
ACCEPTED = "250 OK"


@dataclass
class MailServer:
    """`replies` are given first, by command: "MAIL", "RCPT", "DATA"; then it takes everything."""

    received: list[Envelope] = field(default_factory=list)
    replies: dict[str, list[str]] = field(default_factory=dict)
    people: list[tuple[str, str]] = field(default_factory=list)
    """Who logged in."""
    port: int = 0
    utf8: bool = True
    tls: ssl.SSLContext | None = None
    hold: asyncio.Event | None = None
    """Set: it takes a letter, and waits before it says so."""
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        """On the port it had before, if it had one."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def _protocol(self) -> SMTP:
        return SMTP(
            self,
            hostname="mail.example",
            enable_SMTPUTF8=self.utf8,
            tls_context=self.tls,
            authenticator=self._log_in,
            auth_require_tls=self.tls is not None,
        )

    def _log_in(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, who: LoginPassword
    ) -> AuthResult:
        self.people.append((who.login.decode(), who.password.decode()))
        return AuthResult(success=True)

    def _reply(self, command: str) -> str:
        waiting = self.replies.get(command)
        return waiting.pop(0) if waiting else ACCEPTED

    async def handle_MAIL(  # noqa: N802 - the server's name for it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A sender."""
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._reply("MAIL")

    async def handle_RCPT(  # noqa: N802
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """A recipient."""
        if address == NOBODY:
            return f"550 5.1.1 <{address}>: no such user"
        said = self._reply("RCPT")
        if said == ACCEPTED:
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """A letter."""
        said = self._reply("DATA")
        if said == ACCEPTED:
            self.received.append(envelope)
        if self.hold is not None:
            await self.hold.wait()
        return said

    @property
    def letters(self) -> list[EmailMessage]:
        """As a mail program reads them."""
        return [parsed(one) for one in self.received]

    def arrived(self) -> list[tuple[str, str]]:
        """Recipient and id of each."""
        ids = [one["Message-ID"].strip("<>").partition("@")[0] for one in self.letters]
        return [(one.rcpt_tos[0], key) for one, key in zip(self.received, ids, strict=True)]

    async def leave(self) -> None:
        """The port is closed."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def settings(self, safety: Safety = Safety.NONE, **more: Any) -> Server:  # noqa: ANN401 - of its fields
        """To reach it."""
        return Server("127.0.0.1", self.port, safety, **{"seconds": 5.0, **more})


def parsed(envelope: Envelope) -> EmailMessage:
    """What was received."""
    assert isinstance(envelope.content, bytes)
    made = message_from_bytes(envelope.content, policy=default)
    assert isinstance(made, EmailMessage)
    return made


def part(letter: EmailMessage, kind: str) -> str:
    """`plain` or `html`."""
    body = letter.get_body((kind,))
    assert isinstance(body, EmailMessage)
    content = body.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


def person(envelope: Envelope, header: str) -> tuple[str, str]:
    """Name and address. The newer parser puts a space between two encoded words of a name."""
    assert isinstance(envelope.content, bytes)
    name, address = parseaddr(message_from_bytes(envelope.content, policy=compat32)[header])
    return str(make_header(decode_header(name))), address


@asynccontextmanager
async def running(**told: Any) -> AsyncIterator[MailServer]:  # noqa: ANN401 - of its fields
    """For the time of the block."""
    made = MailServer(**told)
    await made.start()
    try:
        yield made
    finally:
        await made.leave()
