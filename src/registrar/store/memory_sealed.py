"""The memory twin of sealed submissions."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence

from msgspec.structs import replace

from registrar.ports.sealed_rows import Resealed, SealedRow
from registrar.ports.store import NewRegistration


class MemorySealed:
    """Over the registrations of a store in memory."""

    def __init__(self, items: MutableMapping[str, NewRegistration]) -> None:
        self._items = items

    async def page(self, after: str, limit: int) -> list[SealedRow]:
        """By registration id."""
        wanted = [one for one in sorted(self._items) if one > after and self._items[one].sealed]
        return [SealedRow(one, self._items[one].sealed) for one in wanted[:limit]]

    async def reseal(self, items: Sequence[Resealed]) -> list[bool]:
        """At once."""
        return [self._resealed(one) for one in items]

    def _resealed(self, one: Resealed) -> bool:
        there = self._items.get(one.registration_id)
        if there is None or there.sealed != one.before:
            return False
        self._items[one.registration_id] = replace(there, sealed=one.after)
        return True
