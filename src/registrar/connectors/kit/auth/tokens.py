"""Tokens that end, are renewed ahead of it, and once more where they are refused."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from registrar.connectors.kit.auth.grants import Ask
from registrar.connectors.kit.http import HttpClient, NoAnswer, NotSent

EARLY_SECONDS = 60.0
"""A token is renewed this long before it expires: no attempt should meet its end."""

UNTOLD_SECONDS = 300
"""How long a token lives whose end is not told."""

MAX_TOKEN_BODY = 65_536


class Refused(Exception):
    """The manufacturer does not accept our credentials."""


class Tokens:
    """OAuth 2: one token for everybody, fetched by whoever comes first.

    `ask` makes the request for the next one; the headers `beside` go with every token.
    """

    expires_at: datetime | None = None

    def __init__(
        self, http: HttpClient, ask: Ask, timeout: float, beside: Mapping[str, str] | None = None
    ) -> None:
        self._http = http
        self._ask = ask
        self._timeout = timeout
        self._beside = dict(beside or {})
        self._token = ""
        self._until = 0.0
        self._flight: asyncio.Task[None] | None = None

    async def headers(self) -> dict[str, str]:
        """The token, fresh enough. Whoever waits shares the answer, also that there is none."""
        if time.monotonic() >= self._until:
            if self._flight is None:
                self._flight = asyncio.create_task(self._fetch())
                self._flight.add_done_callback(self._landed)
            # Who gives up waiting does not take the token from the others.
            await asyncio.shield(self._flight)
        return self._headers()

    def _headers(self) -> dict[str, str]:
        return self._beside | {"Authorization": f"Bearer {self._token}"}

    def forget(self, headers: dict[str, str]) -> None:
        """The next request fetches another one, unless somebody has fetched it already."""
        if headers == self._headers():
            self._until = 0.0

    def _landed(self, flight: asyncio.Task[None]) -> None:
        self._flight = None
        if not flight.cancelled():
            # Seen, also where nobody waits any longer.
            flight.exception()

    async def _fetch(self) -> None:
        try:
            reply = await self._http.send(
                self._ask(), read_timeout=self._timeout, max_body=MAX_TOKEN_BODY
            )
        except NoAnswer as error:
            # Of the token only: nothing was said of a registration.
            raise NotSent("no token") from error
        body = reply.body if isinstance(reply.body, dict) else {}
        token, seconds = body.get("access_token"), body.get("expires_in", UNTOLD_SECONDS)
        if reply.status in {400, 401, 403}:
            raise Refused("the token was refused")
        if reply.status != HTTPStatus.OK or not _usable(token) or not isinstance(seconds, int):
            raise NotSent("no token")
        self._token = str(token)
        self._until = time.monotonic() + max(seconds - EARLY_SECONDS, seconds / 2)


def _usable(token: object) -> bool:
    """It fits into a header."""
    return isinstance(token, str) and token.isascii() and token.isprintable() and bool(token)
