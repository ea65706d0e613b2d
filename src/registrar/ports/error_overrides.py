"""Where overrides of error rules are kept, with the audit of who changed them.

Of the whole installation, not of a tenant. Every method raises StoreUnavailable when the database
does not answer; its clock decides which are in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from registrar.domain.audit import Act
from registrar.domain.override import ErrorOverride, OverrideChange


@dataclass(frozen=True, slots=True)
class InForce:
    """An override and how long it still counts, by the database's clock."""

    override: ErrorOverride
    left: timedelta


class ErrorOverrides(Protocol):
    """Part of the store."""

    async def add(self, made: ErrorOverride, act: Act | None = None) -> ErrorOverride:
        """Keep it, and a line of the audit; `created_at` is set here.

        Of an id that is there already: the one that is there, and nothing changes.
        """
        ...

    async def remove(
        self, override_id: str, by: str, reason: str, act: Act | None = None
    ) -> ErrorOverride | None:
        """Drop it, with a line of the audit; None where there is none."""
        ...

    async def all(self) -> list[ErrorOverride]:
        """Expired ones, too; by manufacturer and tier, then in the order in which they count."""
        ...

    async def in_force(self) -> list[InForce]:
        """Not expired, in the order in which they count."""
        ...

    async def changes(self, override_id: str) -> list[OverrideChange]:
        """Its audit, oldest first."""
        ...


class Applied(Protocol):
    """Where those in force are looked up for each answer."""

    def put(self, found: Sequence[InForce], at: float) -> Sequence[str]:
        """From now on; ids of those that this version cannot read. `at`: monotonic seconds."""
        ...
