"""What is personal, under keys that can be destroyed: each record has one of its own.

A record whose key is gone is unreadable everywhere, in every copy of the database too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from registrar.ports.keys import Keys


class Cipher(Protocol):
    """One record's key."""

    @property
    def id(self) -> str:
        """24 hexadecimal digits; empty for what was sealed before records had keys of their own."""
        ...

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Ciphertext that names its key, and only opens with the same context."""
        ...

    def open(self, sealed: bytes, context: str) -> bytes:
        """The plaintext; ValueError where it was tampered with, moved or is another key's."""
        ...


class Vault(Protocol):
    """Where the keys of records are. Raises StoreUnavailable while it does not answer."""

    @property
    def keys(self) -> Keys:
        """What is not one record's: indexes, signatures, hashes."""
        ...

    async def fresh(self) -> Cipher:
        """A key that is durable and no other record's."""
        ...

    def key_id(self, sealed: bytes) -> str:
        """Of the key that it was sealed with; empty for none of its own. ValueError for none."""
        ...

    async def of(self, sealed: Sequence[bytes]) -> list[Cipher | None]:
        """What opens each; None where its key was destroyed.

        What opens one that was never sealed, or with a key unheard of, raises ValueError then.
        """
        ...


class Rekeying(Vault, Protocol):
    """A vault that gives records other keys."""

    async def replacing(self, old: Sequence[str]) -> list[Cipher]:
        """A new key for each key, or none where there was none, whose place it takes."""
        ...


class MasterKeys(Protocol):
    """What wraps the keys of records. Raises StoreUnavailable, and Unavailable for the provider."""

    @property
    def newest(self) -> int:
        """The version that wraps, as far as this process knows."""
        ...

    async def rewrap(self) -> list[int]:
        """By the current key-encryption key; the versions of which it was another's."""
        ...

    async def renew(self) -> int:
        """A newer one, which wraps from now on; its version."""
        ...
