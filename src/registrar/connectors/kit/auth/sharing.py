"""One token for the fleet: whoever takes the lease asks for it, the others wait for the answer."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import structlog

from registrar.connectors.kit.auth import sealed
from registrar.connectors.kit.auth.reached import Reached
from registrar.connectors.kit.auth.service import (
    NO_TOKEN,
    Refused,
    Token,
    TokenService,
    Trouble,
    pause_of,
)
from registrar.connectors.kit.http import NotSent
from registrar.ports.keys import Keys
from registrar.ports.tokens import Kept

LEASE = 1.5
"""Seconds after which one that died is replaced; whoever lives extends its lease."""

TOLD = 1.0
"""Seconds for which a failure is everybody's: long enough for all who wait."""

POLL = (0.02, 0.08)
"""Seconds between two looks of one who waits; drawn, so that they do not come together."""

_log = structlog.get_logger("registrar.connectors")


@dataclass(frozen=True, slots=True)
class Shared:
    """Under which name the fleet keeps a token, where, and what it is sealed with."""

    cache: Reached
    keys: Keys = field(repr=False)
    key: str


@dataclass(frozen=True, slots=True)
class Sharing:
    """Of all tokens of a process."""

    cache: Reached
    keys: Keys = field(repr=False)

    def named(self, manufacturer: str, identity: Sequence[str]) -> Shared:
        """`identity`: all that a token is asked with. Other credentials have another name."""
        digest = self.keys.sign("token", json.dumps([manufacturer, *identity]).encode())
        return Shared(self.cache, self.keys, f"{manufacturer}:{digest.hex()}")


@dataclass(frozen=True, slots=True)
class _Look:
    """What is there, read; `seen` is the token's sealed value."""

    token: Token | None
    seen: bytes = field(repr=False)
    trouble: Trouble | None


@dataclass(frozen=True, slots=True)
class _Turn:
    """Whose it is to ask. `old` may still live: of use where nothing comes of it."""

    fence: str
    old: Token | None


@dataclass(frozen=True, slots=True)
class Fleet:
    """Asks `service` only where nobody else has asked it, or does."""

    shared: Shared
    service: TokenService

    async def token(self, failed: str, within: float, ahead: float) -> Token:
        """Another one than `failed`. It may end soon, where somebody else is renewing it.

        `within`: seconds to wait for the others, and seconds of an own request after that. `ahead`:
        see `Token.spare`. Raises NotSent, Throttled and Refused.
        """
        try:
            found = await self._waited(failed, time.monotonic() + within, ahead)
        except ConnectionError:
            return await self.service.token(within)
        if isinstance(found, Token):
            return found
        return await self._renewed(found, within)

    async def _waited(self, failed: str, ends: float, ahead: float) -> Token | _Turn:
        """A token, or the turn to ask for one."""
        while time.monotonic() < ends:
            look = await self._look(failed)
            if look.token and look.token.spare(ahead) > 0:
                return look.token
            fence = "" if look.trouble else await self._take(look.seen)
            if fence:
                return _Turn(fence, look.token)
            if look.token:
                return look.token
            if look.trouble:
                raise look.trouble
            await asyncio.sleep(random.uniform(*POLL))  # noqa: S311 - spreads load
        raise NotSent(NO_TOKEN)

    async def _take(self, seen: bytes) -> str:
        return await self.shared.cache.take(self.shared.key, seen, LEASE)

    async def _look(self, failed: str) -> _Look:
        shared = self.shared
        found = await shared.cache.get(shared.key)
        token = sealed.opened(shared.keys, shared.key, found.token)
        trouble = sealed.troubled(shared.keys, shared.key, found.trouble)
        if found.trouble and not trouble:
            await self._unreadable(found.trouble)
        if found.token and not token:
            await self._unreadable(found.token)
        if token is None or token.text != failed:
            return _Look(token, found.seen if token else b"", trouble)
        # Only while it is the same: another process may have a new one already.
        await shared.cache.forget(shared.key, found.seen)
        return _Look(None, b"", trouble)

    async def _unreadable(self, kept: Kept) -> None:
        _log.warning("token_unreadable", key=self.shared.key)
        await self.shared.cache.forget(self.shared.key, kept.value)

    async def _renewed(self, turn: _Turn, within: float) -> Token:
        started = time.monotonic()
        try:
            return await self._asked(turn.fence, within)
        except (NotSent, Refused):
            left = turn.old.left - (time.monotonic() - started) if turn.old else 0.0
            if turn.old is None or left <= 0:
                raise
            return replace(turn.old, left=left)

    async def _asked(self, fence: str, within: float) -> Token:
        cache, keys, key = self.shared.cache, self.shared.keys, self.shared.key
        try:
            async with self._held(fence):
                token = await self.service.token(within)
        except (NotSent, Refused) as error:
            told = pause_of(error) or TOLD
            await cache.fail(key, fence, sealed.trouble(keys, key, error), told)
            raise
        await cache.put(key, fence, sealed.token(keys, key, token), token.left)
        return token

    @asynccontextmanager
    async def _held(self, fence: str) -> AsyncIterator[None]:
        """The lease, for as long as this process lives and asks."""
        beat = asyncio.create_task(self._extended(fence))
        try:
            yield
        finally:
            beat.cancel()

    async def _extended(self, fence: str) -> None:
        held = True
        while held:
            await asyncio.sleep(LEASE / 3)
            held = await self.shared.cache.extend(self.shared.key, fence, LEASE)
