"""The sealed submissions of all tenants, for who gives them other keys: a part of the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class SealedRow(msgspec.Struct, frozen=True):
    """One registration's."""

    registration_id: str
    sealed: bytes


class Resealed(msgspec.Struct, frozen=True):
    """The same submission, sealed with another key."""

    registration_id: str
    before: bytes
    after: bytes


class SealedRows(Protocol):
    """Raises StoreUnavailable when the database does not answer."""

    async def page(self, after: str, limit: int) -> list[SealedRow]:
        """By registration id, those greater than `after`; what was erased is left out."""
        ...

    async def reseal(self, items: Sequence[Resealed]) -> list[bool]:
        """One transaction; False for one that is no longer as `before`."""
        ...
