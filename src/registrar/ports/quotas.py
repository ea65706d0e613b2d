"""What callers have left of their quotas: one account for the whole fleet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from registrar.resilience.quota import Quota, Taken


class Asked(NamedTuple):
    """At least `need` calls and at most `want`, or none; `subject` has nothing personal in it."""

    subject: str
    of: Quota
    need: int
    want: int


class Quotas(Protocol):
    """The account. Batch-native: many at once cost one round trip."""

    async def take(self, asked: Sequence[Asked]) -> list[Taken]:
        """In the order in which they are asked. ConnectionError where nobody knows."""
        ...
