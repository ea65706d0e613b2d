"""Keys: sealing what is personal, finding it again, signing tokens, hashing API keys."""

from __future__ import annotations

from typing import Protocol


class Keys(Protocol):
    """Seals with AES-256-GCM; `context` is bound as associated data."""

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Ciphertext that only opens with the same context."""
        ...

    def open(self, sealed: bytes, context: str) -> bytes:
        """The plaintext; ValueError where it was tampered with or moved."""
        ...

    def blind_index(self, name: str, value: str, tenant_id: str) -> bytes:
        """16-byte keyed digest of a normalised value; equal values of a tenant are equal."""
        ...

    def sign(self, purpose: str, message: bytes) -> bytes:
        """32-byte authentication tag."""
        ...
