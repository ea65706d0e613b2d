"""A token service, asked once: what it gives, and how it says no."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus

from registrar.connectors.kit.auth.grants import Ask
from registrar.connectors.kit.http import HttpClient, NoAnswer, NotSent, Reply

EARLY_SECONDS = 60.0
"""A token is renewed this long before it expires: no attempt should meet its end."""

UNTOLD_SECONDS = 300
"""How long a token lives whose end is not told."""

MOST_SECONDS = 30 * 86_400
"""A token that lives longer is asked for again nevertheless."""

MAX_TOKEN_BODY = 65_536

MAX_PAUSE = timedelta(minutes=10)
"""Whatever a token service says: after this long it is tried again."""

NO_TOKEN, REFUSED = "no token", "the token was refused"

_REFUSED = frozenset({400, 401, 403})


class Refused(Exception):
    """The manufacturer does not accept our credentials."""


class Throttled(NotSent):
    """The token service was asked too often."""


Trouble = NotSent | Refused
"""How a token service says no."""


def pause_of(error: Trouble) -> float:
    """Seconds for which nobody should ask again; 0 where it has not said so."""
    told = error.retry_after if isinstance(error, NotSent) else None
    return told.total_seconds() if told else 0.0


def repeated(kind: type[Trouble], pause: float) -> Trouble:
    """The same answer, for somebody else: each raises an error of its own."""
    if issubclass(kind, Refused):
        return kind(REFUSED)
    return kind(NO_TOKEN, timedelta(seconds=pause) if pause > 0 else None)


@dataclass(frozen=True, slots=True)
class Token:
    """`seconds`: how long it lived when it was given; `left`: how long it still does."""

    text: str = field(repr=False)
    seconds: float
    left: float

    def spare(self, ahead: float) -> float:
        """Seconds until it should be renewed; `ahead` 1 or more: how early."""
        return self.left - ahead * min(EARLY_SECONDS, self.seconds / 2)


@dataclass(frozen=True, slots=True)
class TokenService:
    """One manufacturer's."""

    http: HttpClient
    ask: Ask = field(repr=False)

    async def token(self, within: float) -> Token:
        """Asked once, for so many seconds. Raises NotSent, Throttled and Refused."""
        # Its life counts from before the request: the service may have begun then.
        started = time.monotonic()
        text, seconds = _read(await self._reply(within))
        return Token(text, seconds, seconds - (time.monotonic() - started))

    async def _reply(self, within: float) -> Reply:
        try:
            async with asyncio.timeout(within):
                return await self.http.send(
                    self.ask(), read_timeout=within, max_body=MAX_TOKEN_BODY
                )
        except (NoAnswer, TimeoutError) as error:
            # Of the token only: nothing was said of a registration.
            raise NotSent(NO_TOKEN) from error


def usable(token: object) -> bool:
    """It fits into a header."""
    return isinstance(token, str) and token.isascii() and token.isprintable() and bool(token)


def _read(reply: Reply) -> tuple[str, float]:
    body = reply.body if isinstance(reply.body, dict) else {}
    token, seconds = body.get("access_token"), body.get("expires_in", UNTOLD_SECONDS)
    if reply.status in _REFUSED:
        raise Refused(REFUSED)
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Throttled(NO_TOKEN, _pause(reply))
    if reply.status != HTTPStatus.OK or not usable(token) or not isinstance(seconds, int):
        raise NotSent(NO_TOKEN, _pause(reply))
    return str(token), float(min(seconds, MOST_SECONDS))


def _pause(reply: Reply) -> timedelta | None:
    return min(reply.retry_after, MAX_PAUSE) if reply.retry_after else None
