"""Tokens that all processes share: kept sealed, and renewed by one of them at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Kept:
    """A sealed value; `left`: seconds that it is still kept, by the server's clock."""

    value: bytes = field(repr=False)
    left: float


@dataclass(frozen=True, slots=True)
class Found:
    """What is kept under a key: the token, and why there is none, or no newer one."""

    token: Kept | None = None
    trouble: Kept | None = None

    @property
    def seen(self) -> bytes:
        """The token's value, for `TokenCache.take`; empty where there is none."""
        return self.token.value if self.token else b""


class TokenCache(Protocol):
    """Only ever holds sealed values, and counts every time by its own clock, in seconds.

    A `fence` names one holder of a lease: whatever it does once the lease has gone does nothing.
    Everything raises ConnectionError where the server is away or slow.
    """

    async def get(self, key: str) -> Found:
        """What is there now."""
        ...

    async def take(self, key: str, seen: bytes, lease: float) -> str:
        """The right to renew: a fence. Empty where another has it, or has just used it.

        `seen` is the token's value that the caller wants to be rid of, empty for none.
        """
        ...

    async def extend(self, key: str, fence: str, lease: float) -> bool:
        """The lease counts from now; False where it has gone."""
        ...

    async def put(self, key: str, fence: str, value: bytes, life: float) -> bool:
        """Keep a new token, forget the trouble, end the lease; False where it has gone."""
        ...

    async def fail(self, key: str, fence: str, value: bytes, life: float) -> bool:
        """Keep the trouble, end the lease; False where it has gone. A token stays."""
        ...

    async def forget(self, key: str, value: bytes) -> bool:
        """Delete the token or the trouble that still has this value; False where none has."""
        ...
