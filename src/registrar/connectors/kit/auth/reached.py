"""The fleet's cache, or none: its outages are said once when they start and once when they end."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from registrar.ports.tokens import Found, TokenCache

_log = structlog.get_logger("registrar.connectors")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Reached:
    """One a process. What only helps the others fails in silence; the rest raises as the port."""

    cache: TokenCache
    away: bool = field(default=False, init=False)

    async def get(self, key: str) -> Found:
        """See `ports.tokens`."""
        return await self._said(self.cache.get(key))

    async def take(self, key: str, seen: bytes, lease: float) -> str:
        """See `ports.tokens`."""
        return await self._said(self.cache.take(key, seen, lease))

    async def forget(self, key: str, value: bytes) -> bool:
        """See `ports.tokens`."""
        return await self._said(self.cache.forget(key, value))

    async def extend(self, key: str, fence: str, lease: float) -> bool:
        """Also True where nobody answers: the lease may still be held."""
        return await self._tried(self.cache.extend(key, fence, lease))

    async def put(self, key: str, fence: str, value: bytes, life: float) -> bool:
        """Never raises."""
        return await self._tried(self.cache.put(key, fence, value, life))

    async def fail(self, key: str, fence: str, value: bytes, life: float) -> bool:
        """Never raises."""
        return await self._tried(self.cache.fail(key, fence, value, life))

    async def _tried(self, asked: Awaitable[bool]) -> bool:
        try:
            return await self._said(asked)
        except ConnectionError:
            return True

    async def _said(self, asked: Awaitable[Answer]) -> Answer:
        try:
            answer = await asked
        except ConnectionError:
            if not self.away:
                _log.warning("outage_started", of="TokenCache")
            self.away = True
            raise
        if self.away:
            _log.warning("outage_ended", of="TokenCache")
        self.away = False
        return answer
