"""Keys that seal keys: a data key is stored as a provider has wrapped it, and only so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Wrapped:
    """`key`: the name, no secret, of the key-encryption key; `blob`: what only that one opens."""

    key: str
    blob: bytes


class KeyProvider(Protocol):
    """Wraps data keys of 32 bytes; `context` is authenticated, so none stands in for another."""

    @property
    def current(self) -> str:
        """The name of the key that wraps now. Others may still unwrap."""
        ...

    async def wrap(self, secret: bytes, context: str) -> Wrapped:
        """By the current key; never twice the same blob.

        ValueError where `secret` has not 32 bytes, ConfigurationError where the key cannot be had,
        Unavailable where it does not answer just now.
        """
        ...

    async def unwrap(self, wrapped: Wrapped, context: str) -> bytes:
        """The 32 bytes.

        ValueError where the blob was tampered with or belongs elsewhere; ConfigurationError, with
        the name of the setting, where the key that it names cannot be had; Unavailable as above.
        """
        ...

    async def close(self) -> None:
        """Lets go of what is held. May be called twice."""
        ...
