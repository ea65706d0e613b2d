"""The memory twin of the store of keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from registrar.ports.clock import Clock, SystemClock
from registrar.ports.key_provider import Wrapped
from registrar.ports.key_rows import DataKey, KeyCounts, Master, Purpose, Replacement


class MemoryKeyRows:
    """By id; gone with the process."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._id: str | None = None
        self._masters: dict[int, Master] = {}
        self._keys: dict[str, DataKey] = {}
        self._successors: dict[str, str] = {}
        self._retired: dict[str, datetime] = {}

    async def store_id(self) -> str | None:
        """None while it holds nothing."""
        return self._id

    async def begin(self, store_id: str, masters: Sequence[Master]) -> str:
        """The id of the store, this or the one it had."""
        if self._id is None:
            self._id = store_id
            self._masters = {one.version: one for one in masters}
        return self._id

    async def masters(self) -> list[Master]:
        """By version."""
        return [self._masters[version] for version in sorted(self._masters)]

    async def add_master(self, master: Master) -> bool:
        """False where the version is taken."""
        return self._masters.setdefault(master.version, master) is master

    async def rewrap(self, master: Master, before: Wrapped) -> bool:
        """False unless it is as `before`."""
        there = self._masters.get(master.version)
        if there is None or there.wrapped != before:
            return False
        self._masters[master.version] = master
        return True

    async def drop_masters(self, versions: Collection[int]) -> list[int]:
        """Which were dropped."""
        used = {one.master for one in self._keys.values() if one.wrapped is not None}
        newest = max(self._masters, default=0)
        idle = [
            one
            for one in sorted(set(versions) & set(self._masters))
            if one not in used and one != newest and self._masters[one].purpose is Purpose.DATA
        ]
        for one in idle:
            del self._masters[one]
        return idle

    async def add(self, keys: Sequence[DataKey]) -> bool:
        """At once."""
        if not {key.master for key in keys} <= set(self._masters):
            return False
        self._keys |= {key.id: key for key in keys}
        return True

    async def find(self, ids: Collection[str]) -> dict[str, DataKey]:
        """By id."""
        return {one: self._keys[one] for one in ids if one in self._keys}

    async def replace(self, pairs: Sequence[Replacement]) -> bool:
        """At once."""
        if not await self.add([pair.new for pair in pairs]):
            return False
        self._successors |= {pair.old: pair.new.id for pair in pairs if pair.old in self._keys}
        return True

    async def retire(self, ids: Collection[str]) -> None:
        """Now, or when it was already."""
        for one in ids:
            if one in self._keys:
                self._retired.setdefault(one, self._clock.now())

    async def destroy(self, ids: Collection[str]) -> None:
        """With all whose place they took."""
        gone: set[str] = set()
        wanted = set(ids)
        while wanted:
            gone |= wanted
            wanted = {old for old, new in self._successors.items() if new in wanted} - gone
        for one in gone & set(self._keys):
            self._keys[one] = replace(self._keys[one], wrapped=None)

    async def discard(self, ids: Collection[str]) -> None:
        """Their rows too."""
        for one in ids:
            self._keys.pop(one, None)
            self._successors.pop(one, None)
            self._retired.pop(one, None)

    async def purge(self, retired_for: timedelta) -> int:
        """How many."""
        before = self._clock.now() - retired_for
        over = [one for one, at in self._retired.items() if at <= before]
        await self.discard(over)
        return len(over)

    async def counts(self) -> KeyCounts:
        """Counted now."""
        live = [key for key in self._keys.values() if key.wrapped and key.id not in self._retired]
        return KeyCounts(
            live=dict(Counter(key.master for key in live)),
            retired=len(self._retired),
            destroyed=sum(key.wrapped is None for key in self._keys.values()),
        )

    async def ping(self) -> None:
        """It is always there."""

    async def close(self) -> None:
        """Nothing is held."""
