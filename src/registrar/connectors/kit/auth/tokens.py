"""Tokens that end, are renewed ahead of it, and once more where they are refused."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from datetime import datetime

from registrar.connectors.kit.auth.grants import Ask
from registrar.connectors.kit.auth.service import (
    NO_TOKEN,
    Refused,
    Token,
    TokenService,
    Trouble,
    pause_of,
    repeated,
)
from registrar.connectors.kit.auth.sharing import Fleet, Shared
from registrar.connectors.kit.http import HttpClient, NotSent

AGAIN_SECONDS = 1.0
"""A renewal ahead of time that failed is tried again so much later: the old token still works."""

MOST_AHEAD = 1.25
"""A token is renewed up to so much earlier than it must be."""

RESERVE_SECONDS = 0.2
"""Of the time-out, at most: to tell the others what came of it."""


class Tokens:
    """OAuth 2: one token for everybody, fetched by whoever comes first.

    `ask` makes the request for the next one; the headers `beside` go with every token. With
    `shared` everybody is the fleet, else this process. `timeout` in seconds is all that a request
    waits for a token.
    """

    expires_at: datetime | None = None

    def __init__(
        self,
        http: HttpClient,
        ask: Ask,
        timeout: float,
        beside: Mapping[str, str] | None = None,
        shared: Shared | None = None,
    ) -> None:
        self._service = TokenService(http, ask)
        self._fleet = Fleet(shared, self._service) if shared else None
        self._timeout = timeout
        self._beside = dict(beside or {})
        self._token = ""
        self._failed = ""
        self._renewed_at = 0.0
        self._ends_at = 0.0
        self._paused: type[Trouble] = NotSent
        self._paused_until = 0.0
        self._flight: asyncio.Task[None] | None = None

    async def headers(self) -> dict[str, str]:
        """The token, fresh enough. Whoever waits shares the answer, also that there is none."""
        if time.monotonic() >= self._renewed_at:
            try:
                await self._renewed()
            except (NotSent, Refused):
                if time.monotonic() >= self._ends_at:
                    raise
                self._renewed_at = time.monotonic() + AGAIN_SECONDS
        return self._headers()

    def _headers(self) -> dict[str, str]:
        return self._beside | {"Authorization": f"Bearer {self._token}"}

    def forget(self, headers: dict[str, str]) -> None:
        """The next request fetches another one, unless somebody has fetched it already."""
        if headers == self._headers():
            self._failed = self._token
            self._renewed_at = self._ends_at = 0.0

    async def _renewed(self) -> None:
        self._pause()
        if self._flight is None:
            self._flight = asyncio.create_task(self._fetch())
            self._flight.add_done_callback(self._landed)
        try:
            async with asyncio.timeout(self._timeout):
                # Who gives up waiting does not take the token from the others.
                await asyncio.shield(self._flight)
        except TimeoutError as error:
            raise NotSent(NO_TOKEN) from error

    def _pause(self) -> None:
        """As the token service has asked for; nobody asks it before."""
        left = self._paused_until - time.monotonic()
        if left > 0:
            raise repeated(self._paused, left)

    def _landed(self, flight: asyncio.Task[None]) -> None:
        self._flight = None
        if not flight.cancelled():
            # Seen, also where nobody waits any longer.
            flight.exception()

    async def _fetch(self) -> None:
        # Drawn anew each time: processes with the same token do not renew it together.
        ahead = random.uniform(1, MOST_AHEAD)  # noqa: S311 - spreads load
        try:
            failed = self._failed
            token = await self._obtained(failed, ahead)
            if token.text == self._failed != failed:
                # Refused meanwhile, which whoever shares it could not know.
                token = await self._obtained(self._failed, ahead)
            self._keep(token, ahead)
        except (NotSent, Refused) as error:
            self._paused = type(error)
            self._paused_until = time.monotonic() + pause_of(error)
            raise

    async def _obtained(self, failed: str, ahead: float) -> Token:
        within = self._timeout - min(RESERVE_SECONDS, self._timeout / 10)
        if self._fleet is None:
            return await self._service.token(within)
        return await self._fleet.token(failed, within, ahead)

    def _keep(self, token: Token, ahead: float) -> None:
        now = time.monotonic()
        self._token, self._failed = token.text, ""
        self._ends_at = now + token.left
        spare = token.spare(ahead)
        # One that ends soon is being renewed by somebody else.
        self._renewed_at = now + (spare if spare > 0 else min(AGAIN_SECONDS, token.left))
