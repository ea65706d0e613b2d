"""From one kind of provider to another: the new one wraps, and the one before still unwraps."""

from __future__ import annotations

from registrar.domain.errors import ConfigurationError
from registrar.ports.key_provider import KeyProvider, Wrapped


class Succession:
    """`before` is asked for keys that `now` does not have. Closes both."""

    def __init__(self, now: KeyProvider, before: KeyProvider) -> None:
        self._now = now
        self._before = before

    @property
    def current(self) -> str:
        """Of the new one."""
        return self._now.current

    async def wrap(self, secret: bytes, context: str) -> Wrapped:
        """By the new one alone."""
        return await self._now.wrap(secret, context)

    async def unwrap(self, wrapped: Wrapped, context: str) -> bytes:
        """By whichever has the key; ConfigurationError says of both why they have not."""
        try:
            return await self._now.unwrap(wrapped, context)
        except ConfigurationError as missing:
            reason = str(missing)
        try:
            return await self._before.unwrap(wrapped, context)
        except ConfigurationError as missing:
            raise ConfigurationError(f"{reason}; before: {missing}") from None

    async def close(self) -> None:
        """Both."""
        try:
            await self._now.close()
        finally:
            await self._before.close()
