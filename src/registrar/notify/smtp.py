"""`ports.notifier.Mailer` by SMTP.

A connection a letter: nothing that one letter leaves behind can meet the next one.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPResponseException,
)

from registrar.domain.errors import ConfigurationError
from registrar.notify import bounces
from registrar.notify.message import envelope, message, needs_utf8
from registrar.ports.notifier import Answer, Letter, Verdict

SECONDS = 30.0
"""For a whole letter."""
GOODBYE = 1.0
_PORTS = {"smtp": 587, "smtps": 465}
_PERMANENT = 500
_NOBODY = frozenset({550, 551, 553})
"""Replies to RCPT that speak of the mailbox, where no enhanced code says more."""


class Safety(StrEnum):
    """How a connection is protected."""

    TLS = "tls"
    """From the first byte."""
    STARTTLS = "starttls"
    """Or not at all: a server that does not offer it is sent nothing."""
    NONE = "none"
    """To a server on this host."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where letters are handed over."""

    host: str
    port: int
    safety: Safety
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    """PEM; empty means the system's."""
    seconds: float = SECONDS


def server(url: str, ca_file: str = "") -> Server:
    """Of smtp://USER:PASSWORD@HOST:PORT or smtps://…; raises ConfigurationError."""
    problem = "smtp_url: smtp://USER:PASSWORD@HOST:PORT or smtps://… is needed"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        # Its text may quote the password.
        raise ConfigurationError(problem) from None
    if not host or parts.scheme not in _PORTS:
        raise ConfigurationError(problem)
    safety = Safety.TLS if parts.scheme == "smtps" else Safety.STARTTLS
    if safety is Safety.STARTTLS and _loopback(host):
        safety = Safety.NONE
    return Server(
        host,
        port or _PORTS[parts.scheme],
        safety,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        ca_file,
    )


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class SmtpMailer:
    """Hands letters to one server. `made` with what cannot be used: ConfigurationError.

    What comes back goes to `bounce_address`, or to whoever writes where that is empty.
    """

    def __init__(self, server: Server, bounce_address: str = "") -> None:
        self._server = server
        self._bounce_address = bounce_address
        try:
            self._tls = ssl.create_default_context(cafile=server.ca_file or None)
        except OSError as error:
            raise ConfigurationError(f"smtp_ca_file: {type(error).__name__}") from error

    async def send(self, letter: Letter) -> Answer:
        """Once, in bounded time."""
        try:
            content = message(letter, datetime.now(UTC))
            ends = self._sender(letter), envelope(letter.to)
        except ValueError as error:
            return Answer(Verdict.REFUSED, type(error).__name__)
        try:
            async with asyncio.timeout(self._server.seconds):
                return await self._handed_over(*ends, content, utf8=needs_utf8(letter))
        except TimeoutError:
            return Answer(Verdict.LATER, "timeout")

    def _sender(self, letter: Letter) -> str:
        if self._bounce_address:
            return envelope(bounces.sender(self._bounce_address, letter.id))
        return envelope(letter.settings.from_address)

    async def _handed_over(
        self, sender: str, recipient: str, content: bytes, *, utf8: bool
    ) -> Answer:
        connection = self._connection()
        try:
            # A busy host may be late to see that nobody is there: it is not the letter's fault.
            async with asyncio.timeout(self._server.seconds / 2):
                await connection.connect()
        except (SMTPException, OSError, ValueError) as error:
            connection.close()
            return Answer(Verdict.UNREACHABLE, _code(error))
        try:
            return await self._said(connection, sender, recipient, content, utf8=utf8)
        except SMTPNotSupported:
            return Answer(Verdict.REFUSED, "smtputf8_missing")
        except (SMTPException, OSError) as error:
            return _answer(error)
        finally:
            connection.close()

    def _connection(self) -> SMTP:
        told = self._server
        return SMTP(
            hostname=told.host,
            port=told.port,
            username=told.user or None,
            password=told.password or None,
            use_tls=told.safety is Safety.TLS,
            start_tls=told.safety is Safety.STARTTLS,
            tls_context=None if told.safety is Safety.NONE else self._tls,
            timeout=told.seconds / 2,
        )

    async def _said(
        self, connection: SMTP, sender: str, recipient: str, content: bytes, *, utf8: bool
    ) -> Answer:
        if utf8:
            await connection.ehlo()
            if not connection.supports_extension("smtputf8"):
                raise SMTPNotSupported("SMTPUTF8")
        options = ["SMTPUTF8", "BODY=8BITMIME"] if utf8 else []
        encoding = "utf-8" if utf8 else "ascii"
        await connection.mail(sender, options=options, encoding=encoding)
        await connection.rcpt(recipient, encoding=encoding)
        said = await connection.data(content)
        with suppress(SMTPException, OSError):
            # Whether the server says goodbye changes nothing any more.
            await connection.quit(timeout=GOODBYE)
        return Answer(Verdict.SENT, str(said.code))


def _answer(error: SMTPException | OSError) -> Answer:
    """What a reply against it means. The text of a reply may quote the address: it is not kept."""
    if not isinstance(error, SMTPResponseException) or error.code < _PERMANENT:
        return Answer(Verdict.LATER, _code(error))
    if isinstance(error, SMTPRecipientRefused):
        verdict = Verdict.BOUNCED if _nobody(error) else Verdict.REFUSED
        return Answer(verdict, _code(error))
    if isinstance(error, SMTPDataError):
        return Answer(Verdict.REFUSED, _code(error))
    # The sender, or the session: whoever runs the server can mend it, and nothing is lost.
    return Answer(Verdict.LATER, _code(error))


def _nobody(error: SMTPResponseException) -> bool:
    """The mailbox does not exist; not that it is full, or that our mail is not liked."""
    enhanced = bounces.status(error.message)
    return bounces.nobody(enhanced) if enhanced else error.code in _NOBODY


def _code(error: Exception) -> str:
    if not isinstance(error, SMTPResponseException):
        return type(error).__name__
    return f"{error.code} {bounces.status(error.message)}".rstrip()
