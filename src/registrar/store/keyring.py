"""Keys from one root secret: sealing at rest, blind indexes, signatures.

Every key is derived by HKDF with its own label, so that none can stand in for another. Sealed form:
one version byte, 12 bytes nonce, AES-256-GCM ciphertext with its tag.
"""

from __future__ import annotations

import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from registrar.domain.errors import ConfigurationError

_VERSION = b"\x01"
_NONCE = 12
_ROOT = 32
_INDEX = 16


class Keyring:
    """`root`: 32 secret bytes."""

    def __init__(self, root: bytes) -> None:
        if len(root) != _ROOT:
            raise ConfigurationError(f"root key: expected {_ROOT} bytes, got {len(root)}")
        self._cipher = AESGCM(_derive(root, "seal"))
        self._keyed = cache(lambda label: HMAC(_derive(root, label), hashes.SHA256()))

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Ciphertext that only opens with the same context."""
        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + self._cipher.encrypt(nonce, plaintext, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """The plaintext; ValueError where it was tampered with or moved."""
        version, nonce, ciphertext = sealed[:1], sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        if version != _VERSION:
            raise ValueError("sealed with an unknown version")
        try:
            return self._cipher.decrypt(nonce, ciphertext, context.encode())
        except InvalidTag as error:
            raise ValueError("sealed value was changed, or belongs elsewhere") from error

    def blind_index(self, name: str, value: str, tenant_id: str) -> bytes:
        """16-byte keyed digest; equal values of a tenant are equal, and of no other."""
        return self._digest(f"index:{name}:{tenant_id}", value.encode())[:_INDEX]

    def sign(self, purpose: str, message: bytes) -> bytes:
        """32-byte authentication tag."""
        return self._digest(f"sign:{purpose}", message)

    def _digest(self, label: str, message: bytes) -> bytes:
        """HMAC-SHA-256. From a copy that has taken its key in: a submission makes six of them."""
        made = self._keyed(label).copy()
        made.update(message)
        return made.finalize()


def _derive(root: bytes, label: str) -> bytes:
    return HKDF(hashes.SHA256(), _ROOT, salt=None, info=label.encode()).derive(root)
