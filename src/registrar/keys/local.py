"""Wraps with keys that this process holds.

Blob: one version byte, 12 bytes nonce, AES-256-GCM ciphertext with its tag. A key does not wrap
itself: one that is derived from it does, so the root key can be one of them beside its other uses.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from registrar.domain.errors import ConfigurationError
from registrar.ports.key_provider import Wrapped

KEY = 32
"""Bytes of a key, and of what it wraps."""
_VERSION = b"\x01"
_NONCE = 12
_TAG = 16
_NAME = 8


class LocalKeys:
    """`keys`: by name, each of 32 bytes, the current one first.

    `missing`: where else a key would be, for whoever reads that it is not there.
    """

    def __init__(self, keys: Mapping[str, bytes], missing: str) -> None:
        self._current = next(iter(keys))
        self._missing = missing
        self._ciphers = {name: AESGCM(_derive(key, "wrap", KEY)) for name, key in keys.items()}

    @property
    def current(self) -> str:
        """The name of the first."""
        return self._current

    async def wrap(self, secret: bytes, context: str) -> Wrapped:
        """By the current key. ValueError where there are not 32 bytes to wrap."""
        if len(secret) != KEY:
            raise ValueError(f"{KEY} bytes are wrapped, and not {len(secret)}")
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[self._current].encrypt(nonce, secret, _bound(context))
        return Wrapped(self._current, _VERSION + nonce + sealed)

    async def unwrap(self, wrapped: Wrapped, context: str) -> bytes:
        """The 32 bytes; ValueError or ConfigurationError as the port says."""
        cipher = self._ciphers.get(wrapped.key)
        if cipher is None:
            raise ConfigurationError(f"{self._missing}: there is no key {wrapped.key!r}")
        version, rest = wrapped.blob[:1], wrapped.blob[1:]
        if version != _VERSION or len(rest) != _NONCE + KEY + _TAG:
            raise ValueError("a wrapped key has an unknown form")
        try:
            return cipher.decrypt(rest[:_NONCE], rest[_NONCE:], _bound(context))
        except InvalidTag:
            raise ValueError("a wrapped key was changed, or belongs elsewhere") from None

    async def close(self) -> None:
        """There is nothing to let go of."""


def name_of(key: bytes) -> str:
    """16 hexadecimal digits that tell a key from others, and nothing of it."""
    return _derive(key, "name", _NAME).hex()


def _bound(context: str) -> bytes:
    return _VERSION + context.encode()


def _derive(key: bytes, label: str, size: int) -> bytes:
    info = f"key-encryption:{label}".encode()
    return HKDF(hashes.SHA256(), size, salt=None, info=info).derive(key)
