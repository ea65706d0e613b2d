"""Dead letters: failures that nobody has answered, by cause. Part of the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from registrar.domain.dead_letter import Cause

MOST_COUNTED = 10_000
"""Nobody waits for an exact number beyond it."""
EXAMPLES = 3


@dataclass(frozen=True, slots=True, order=True)
class GroupPlace:
    """Strictly after this group in the order of the listing."""

    manufacturer_id: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class DeadLetterGroup:
    """Failures of one cause. `count` is MOST_COUNTED where it `is_capped`: there are more."""

    cause: Cause
    count: int
    is_capped: bool
    oldest: datetime
    newest: datetime
    examples: tuple[str, ...]
    """Ids of the newest, at most EXAMPLES."""
    message: str
    """Of the newest failure."""

    @property
    def place(self) -> GroupPlace:
        """In the listing."""
        return GroupPlace(self.cause.manufacturer_id, self.cause.fingerprint)


class DeadLetters(Protocol):
    """Raises StoreUnavailable when the database does not answer."""

    async def groups(
        self, tenant_id: str, manufacturer_id: str, after: GroupPlace | None, limit: int
    ) -> list[DeadLetterGroup]:
        """By manufacturer and fingerprint; of all manufacturers where none is named.

        By an index of nothing but dead letters, each group counted no further than MOST_COUNTED.
        """
        ...

    async def tell(self, limit: int) -> int:
        """Give their cause to so many failures that an older release has written; how many it was.

        Any number of processes may do it at once.
        """
        ...
