"""The store of keys: a database of its own, so that no copy of the data holds them.

Every method raises StoreUnavailable when it does not answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

import msgspec

from registrar.ports.key_provider import Wrapped


class Purpose(StrEnum):
    """Of a master key."""

    IDENTITY = "identity"
    """Indexes, signatures and hashes are derived from it: it stays for good."""
    DATA = "data"
    """Wraps the keys of records; a rotation adds a newer one."""


class Master(msgspec.Struct, frozen=True):
    """32 secret bytes, wrapped by a key-encryption key. `version` counts from 1."""

    version: int
    purpose: Purpose
    wrapped: Wrapped


class DataKey(msgspec.Struct, frozen=True):
    """The key of one record, wrapped by a master; `wrapped` is None once it was destroyed."""

    id: str
    master: int
    wrapped: bytes | None


class Replacement(msgspec.Struct, frozen=True):
    """A record's next key. `old` is empty where it had none of its own."""

    old: str
    new: DataKey


class KeyCounts(msgspec.Struct, frozen=True):
    """How many keys of records there are."""

    live: Mapping[int, int]
    """By the version of their master."""
    retired: int
    """Replaced by a rotation, and kept for copies of the data that are older."""
    destroyed: int


class KeyRows(Protocol):
    """Batch-native: many keys, one commit."""

    async def store_id(self) -> str | None:
        """Names this store of keys; None while it holds nothing."""
        ...

    async def begin(self, store_id: str, masters: Sequence[Master]) -> str:
        """The first masters, unless there are some; the id of the store, this or the one it had."""
        ...

    async def masters(self) -> list[Master]:
        """All, by version."""
        ...

    async def add_master(self, master: Master) -> bool:
        """False where the version is taken."""
        ...

    async def rewrap(self, master: Master, before: Wrapped) -> bool:
        """The same key under another key-encryption key; False unless it is as `before`."""
        ...

    async def drop_masters(self, versions: Collection[int]) -> list[int]:
        """Those of them that wrap nothing any more, and are not the newest."""
        ...

    async def add(self, keys: Sequence[DataKey]) -> bool:
        """Durable when it returns.

        False, and nothing is added, where a master of theirs was dropped meanwhile.
        """
        ...

    async def find(self, ids: Collection[str]) -> dict[str, DataKey]:
        """By id, destroyed ones too; unknown ones are left out."""
        ...

    async def replace(self, pairs: Sequence[Replacement]) -> bool:
        """Add the new ones as `add` does, and note for each old one what takes its place."""
        ...

    async def retire(self, ids: Collection[str]) -> None:
        """Nothing is sealed with them any more."""
        ...

    async def destroy(self, ids: Collection[str]) -> None:
        """These, and all whose place they took. That they were there is kept, and nothing else.

        Unreadable in the files of the database too when it returns.
        """
        ...

    async def discard(self, ids: Collection[str]) -> None:
        """Those that were never used."""
        ...

    async def purge(self, retired_for: timedelta) -> int:
        """Destroy what was retired longer ago; how many."""
        ...

    async def counts(self) -> KeyCounts:
        """How many there are."""
        ...

    async def ping(self) -> None:
        """Raises StoreUnavailable unless the database answers."""
        ...

    async def close(self) -> None:
        """Give back every connection."""
        ...
