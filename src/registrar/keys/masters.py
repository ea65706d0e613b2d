"""The master keys: wrapped by a key-encryption key where they rest, in the clear in this process.

Three layers: the provider's key wraps a few masters, a master wraps the keys of records. So another
key-encryption key re-wraps a handful of rows at once, and a provider far away is asked at the start
of a process only.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from registrar.domain.errors import ConfigurationError
from registrar.ports.key_provider import KeyProvider
from registrar.ports.key_rows import DataKey, KeyRows, Master, Purpose

SECRET = 32
NONCE = 12
KEY_ID = 12
"""Bytes; twice as many hexadecimal digits."""


def _context(version: int, purpose: Purpose) -> str:
    return f"master_keys.wrapped:{version}:{purpose.value}"


@dataclass(frozen=True, slots=True)
class _Opened:
    identity: bytes
    ciphers: dict[int, AESGCM]
    newest: int


async def began(rows: KeyRows, provider: KeyProvider, identity: bytes | None = None) -> str:
    """The id of the store of keys; where it holds nothing it gets its first masters.

    `identity`: what the data is indexed and signed with already; random where there is no data.
    """
    there = await rows.store_id()
    if there is not None:
        return there
    secret = secrets.token_bytes(SECRET) if identity is None else identity
    made = [
        await _wrapped(provider, 1, Purpose.IDENTITY, secret),
        await _wrapped(provider, 2, Purpose.DATA, secrets.token_bytes(SECRET)),
    ]
    return await rows.begin(secrets.token_hex(KEY_ID), made)


async def _wrapped(provider: KeyProvider, version: int, purpose: Purpose, secret: bytes) -> Master:
    return Master(version, purpose, await provider.wrap(secret, _context(version, purpose)))


class Masters:
    """Those of one store of keys. Nothing can be wrapped before `load`."""

    def __init__(self, rows: KeyRows, provider: KeyProvider) -> None:
        self._rows = rows
        self._provider = provider
        self._opened: _Opened | None = None
        self._loading = asyncio.Lock()

    async def load(self) -> None:
        """Read and unwrap them all.

        Raises StoreUnavailable, what the provider raises, and ConfigurationError for a store of
        keys that was never begun.
        """
        async with self._loading:
            identity, ciphers, newest = b"", dict[int, AESGCM](), 0
            for one in await self._rows.masters():
                secret = await self._secret(one)
                if one.purpose is Purpose.IDENTITY:
                    identity = secret
                else:
                    ciphers[one.version] = AESGCM(secret)
                    newest = max(newest, one.version)
            if not (identity and ciphers):
                raise ConfigurationError("keys_url: no keys are there; run `registrar migrate`")
            self._opened = _Opened(identity, ciphers, newest)

    async def _secret(self, one: Master) -> bytes:
        try:
            return await self._provider.unwrap(one.wrapped, _context(one.version, one.purpose))
        except ValueError as error:
            raise ConfigurationError(
                f"keys_url: master key {one.version} was changed, or is not of this provider"
            ) from error

    @property
    def _now(self) -> _Opened:
        if self._opened is None:
            raise ConfigurationError("keys_url: the master keys are not loaded")
        return self._opened

    @property
    def identity(self) -> bytes:
        """What indexes, signatures and hashes are derived from."""
        return self._now.identity

    @property
    def newest(self) -> int:
        """The version that wraps."""
        return self._now.newest

    @property
    def provider_key(self) -> str:
        """The name of the key-encryption key that wraps now."""
        return self._provider.current

    def wrap(self, key_id: str, secret: bytes) -> DataKey:
        """By the newest one this process knows."""
        nonce, version = os.urandom(NONCE), self.newest
        blob = self._now.ciphers[version].encrypt(nonce, secret, _record(key_id))
        return DataKey(key_id, version, nonce + blob)

    async def unwrap(self, key: DataKey) -> bytes:
        """Its 32 bytes; ValueError where the row was tampered with. `key` is not destroyed."""
        if key.master not in self._now.ciphers:
            # Another process has rotated them.
            await self.load()
        cipher = self._now.ciphers.get(key.master)
        if cipher is None or key.wrapped is None:
            raise ValueError("record's key is wrapped by a master that is not there")
        try:
            return cipher.decrypt(key.wrapped[:NONCE], key.wrapped[NONCE:], _record(key.id))
        except InvalidTag as error:
            raise ValueError("record's key was changed, or belongs elsewhere") from error

    async def rewrap(self) -> list[int]:
        """Those that another key-encryption key wraps, by the current one; which."""
        done = []
        for one in await self._rows.masters():
            if one.wrapped.key == self._provider.current:
                continue
            secret = await self._secret(one)
            fresh = await _wrapped(self._provider, one.version, one.purpose, secret)
            if await self._rows.rewrap(fresh, one.wrapped):
                done.append(one.version)
        return done

    async def renew(self) -> int:
        """A newer one, which wraps from now on; its version."""
        while True:
            version = 1 + max(one.version for one in await self._rows.masters())
            secret = secrets.token_bytes(SECRET)
            if await self._rows.add_master(
                await _wrapped(self._provider, version, Purpose.DATA, secret)
            ):
                await self.load()
                return version


def _record(key_id: str) -> bytes:
    return f"data_keys.wrapped:{key_id}".encode()
