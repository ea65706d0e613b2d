"""A vault in memory, ready at once: for tests of what puts away and takes out."""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Sequence

from registrar.keys.masters import KEY_ID, SECRET
from registrar.keys.vault import Before, RecordCipher, key_of
from registrar.ports.keys import Keys
from registrar.ports.vault import Cipher
from registrar.store.keyring import Keyring


class MemoryVault:
    """`ports.vault.Vault`; its ciphers are the real ones. `away`: raised by every call."""

    def __init__(self, keys: Keys | None = None) -> None:
        self.keys = keys or Keyring(b"k" * 32)
        self.away: Exception | None = None
        self._ciphers: dict[str, RecordCipher | None] = {}

    async def fresh(self) -> Cipher:
        """Kept until it is destroyed."""
        if self.away is not None:
            raise self.away
        made = RecordCipher(secrets.token_hex(KEY_ID), os.urandom(SECRET))
        self._ciphers[made.id] = made
        return made

    def key_id(self, sealed: bytes) -> str:
        """As it says itself."""
        return key_of(sealed)

    async def of(self, sealed: Sequence[bytes]) -> list[Cipher | None]:
        """In order."""
        if self.away is not None:
            raise self.away
        return [self._cipher(key_of(one)) for one in sealed]

    def _cipher(self, key_id: str) -> Cipher | None:
        return self._ciphers[key_id] if key_id else Before(self.keys)

    def destroy(self, key_ids: Collection[str]) -> None:
        """For good."""
        self._ciphers |= dict.fromkeys(key_ids)
