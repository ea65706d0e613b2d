"""The keys of records: made ahead, so that accepting a registration waits for no second commit.

Sealed form: one version byte, 12 bytes id of the key, 12 bytes nonce, AES-256-GCM ciphertext with
its tag. Version and id are bound with the context.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from registrar.domain.errors import StoreUnavailable
from registrar.keys.masters import KEY_ID, NONCE, SECRET, Masters
from registrar.ports.key_rows import DataKey, KeyRows, Replacement
from registrar.ports.keys import Keys
from registrar.ports.vault import Cipher

AHEAD = 512
"""Keys made at once: one commit for as many registrations."""

REMEMBERED = 4096
"""Keys in the clear that a process keeps at most, of those it has read."""

FORGOTTEN = 60.0
"""Seconds after which a key that was read is read again: how long a destroyed one may live on."""

LOOK = 30.0
"""Seconds after which it is looked whether another process has rotated the masters."""

_VERSION = b"\x02"
_HEADER = len(_VERSION) + KEY_ID
_OLD = b"\x01"
"""Version of what was sealed with a key of all records."""


Work = Callable[[], Coroutine[Any, Any, None]]


class RecordCipher:
    """`ports.vault.Cipher` with 32 secret bytes of its own."""

    __slots__ = ("_cipher", "_header", "id")

    def __init__(self, key_id: str, secret: bytes) -> None:
        self.id = key_id
        self._header = _VERSION + bytes.fromhex(key_id)
        self._cipher = AESGCM(secret)

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Names the key, and only opens with the same context."""
        nonce = os.urandom(NONCE)
        bound = self._header + context.encode()
        return self._header + nonce + self._cipher.encrypt(nonce, plaintext, bound)

    def open(self, sealed: bytes, context: str) -> bytes:
        """The plaintext; ValueError where it was tampered with, moved or is another key's."""
        if sealed[:_HEADER] != self._header:
            raise ValueError("sealed with another key")
        nonce, ciphertext = sealed[_HEADER : _HEADER + NONCE], sealed[_HEADER + NONCE :]
        try:
            return self._cipher.decrypt(nonce, ciphertext, self._header + context.encode())
        except InvalidTag as error:
            raise ValueError("sealed value was changed, or belongs elsewhere") from error


class Before:
    """What was sealed before records had keys of their own."""

    id = ""

    def __init__(self, keys: Keys) -> None:
        self.seal = keys.seal
        self.open = keys.open


class Missing:
    """What was sealed with a key that is not in the store of keys, or was never sealed: no id."""

    def __init__(self, key_id: str) -> None:
        self.id = key_id

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Never."""
        del plaintext, context
        raise ValueError("sealed with a key that is not there")

    def open(self, sealed: bytes, context: str) -> bytes:
        """Never."""
        return self.seal(sealed, context)


def key_of(sealed: bytes) -> str:
    """The id of the key that it was sealed with; empty for none of its own. ValueError for none."""
    if sealed[:1] == _OLD:
        return ""
    if sealed[:1] != _VERSION or len(sealed) < _HEADER:
        raise ValueError("sealed with an unknown version")
    return sealed[1:_HEADER].hex()


def _named(sealed: bytes) -> str | None:
    """None for what was never sealed: such a row does not keep the others."""
    try:
        return key_of(sealed)
    except ValueError:
        return None


class KeyVault:
    """`ports.vault.Rekeying` over a store of keys, whose masters are loaded."""

    def __init__(
        self,
        rows: KeyRows,
        masters: Masters,
        keys: Keys,
        *,
        ahead: int = AHEAD,
        look: float = LOOK,
    ) -> None:
        self._rows = rows
        self._masters = masters
        self._ahead = ahead
        self._look = look
        self._looked = monotonic()
        self._ready: deque[tuple[DataKey, RecordCipher]] = deque()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._read: OrderedDict[str, tuple[float, RecordCipher]] = OrderedDict()
        self._before = Before(keys)
        self.keys = keys

    async def fresh(self) -> Cipher:
        """From those that were made ahead; more are made while half of them are left."""
        if monotonic() - self._looked >= self._look:
            self._looked = monotonic()
            self._begin("load", self._masters.load)
        if self._ready and self._ready[0][0].master != self._masters.newest:
            # Another process has rotated the masters: these would be behind from the start.
            left, self._ready = self._ready, deque()
            self._begin("discard", partial(self._rows.discard, [row.id for row, _ in left]))
        if len(self._ready) <= self._ahead // 2:
            self._begin("make", self._make)
        while not self._ready:
            # Its error is everybody's who waits for it; a caller that leaves ends it for nobody.
            await asyncio.shield(self._begin("make", self._make))
        return self._ready.popleft()[1]

    def _begin(
        self, name: str, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> asyncio.Task[None]:
        """In the background, once at a time."""
        task = self._tasks.get(name)
        if task is None or task.done():
            task = self._tasks[name] = asyncio.ensure_future(work())
            task.add_done_callback(_seen)
        return task

    async def _make(self) -> None:
        made = [self._new() for _ in range(self._ahead)]
        while not await self._rows.add([row for row, _ in made]):
            # Others have rotated, and dropped the master that this process still knew.
            await self._masters.load()
            made = [self._new() for _ in range(self._ahead)]
        self._ready.extend(made)

    def _new(self) -> tuple[DataKey, RecordCipher]:
        key_id, secret = secrets.token_hex(KEY_ID), os.urandom(SECRET)
        return self._masters.wrap(key_id, secret), RecordCipher(key_id, secret)

    def key_id(self, sealed: bytes) -> str:
        """As it says itself."""
        return key_of(sealed)

    async def of(self, sealed: Sequence[bytes]) -> list[Cipher | None]:
        """In order."""
        ids = [_named(one) for one in sealed]
        known = await self._known({one for one in ids if one})
        known |= {"": self._before, None: Missing("")}
        return [known[one] for one in ids]

    async def _known(self, ids: set[str]) -> dict[str | None, Cipher | None]:
        found: dict[str | None, Cipher | None] = {}
        now = monotonic()
        for one in ids:
            at, cipher = self._read.get(one, (0.0, None))
            if cipher is not None and now - at < FORGOTTEN:
                found[one] = cipher
        missing = ids - found.keys()
        if missing:
            rows = await self._rows.find(missing)
            for one in missing:
                found[one] = await self._opened(rows[one]) if one in rows else Missing(one)
        return found

    async def _opened(self, row: DataKey) -> Cipher | None:
        if row.wrapped is None:
            self._read.pop(row.id, None)
            return None
        try:
            cipher = RecordCipher(row.id, await self._masters.unwrap(row))
        except ValueError:
            # One row that somebody has changed does not keep the others.
            return Missing(row.id)
        self._read[row.id] = monotonic(), cipher
        self._read.move_to_end(row.id)
        while len(self._read) > REMEMBERED:
            self._read.popitem(last=False)
        return cipher

    async def replacing(self, old: Sequence[str]) -> list[Cipher]:
        """One commit."""
        made = [self._new() for _ in old]
        while made and not await self._rows.replace(_places(old, [row for row, _ in made])):
            await self._masters.load()
            made = [self._new() for _ in old]
        return [cipher for _, cipher in made]

    async def close(self) -> None:
        """What was made ahead and not used is of no use to anybody."""
        if self._tasks:
            await asyncio.wait(self._tasks.values())
        left, self._ready = self._ready, deque()
        if left:
            with suppress(StoreUnavailable):
                await self._rows.discard([row.id for row, _ in left])


def _places(old: Sequence[str], new: Sequence[DataKey]) -> list[Replacement]:
    return [Replacement(one, row) for one, row in zip(old, new, strict=True)]


def _seen(task: asyncio.Task[None]) -> None:
    """Also where nobody waits any longer."""
    if not task.cancelled():
        task.exception()
