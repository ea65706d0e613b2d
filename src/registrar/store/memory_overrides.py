"""The memory twin of the overrides."""

from __future__ import annotations

from dataclasses import replace

from registrar.domain.audit import Act
from registrar.domain.override import Change, ErrorOverride, OverrideChange
from registrar.ports import plain
from registrar.ports.clock import Clock
from registrar.ports.error_overrides import InForce
from registrar.store.memory_audit import MemoryAudit


def _place(one: ErrorOverride) -> tuple[object, ...]:
    return one.order, one.created_at, one.id


class MemoryOverrides:
    """By id, and every change in a list."""

    def __init__(self, clock: Clock, audit: MemoryAudit) -> None:
        self._clock = clock
        self._audit = audit
        self._kept: dict[str, ErrorOverride] = {}
        self._changes: list[OverrideChange] = []

    async def add(self, made: ErrorOverride, act: Act | None = None) -> ErrorOverride:
        """Keep it, and a line of the audit."""
        if made.id not in self._kept:
            now = self._clock.now()
            kept = replace(made, created_at=now)
            self._audit.note(act, None, kept)
            self._kept[made.id] = kept
            after = plain.to_plain(kept)
            self._changes.append(
                OverrideChange(made.id, Change.CREATED, now, made.by, made.reason, None, after)
            )
        return self._kept[made.id]

    async def remove(
        self, override_id: str, by: str, reason: str, act: Act | None = None
    ) -> ErrorOverride | None:
        """Drop it, with a line of the audit."""
        gone = self._kept.get(override_id)
        if gone is not None:
            self._audit.note(act, gone, None)
            del self._kept[override_id]
            now, before = self._clock.now(), plain.to_plain(gone)
            self._changes.append(
                OverrideChange(override_id, Change.DELETED, now, by, reason, before, None)
            )
        return gone

    async def all(self) -> list[ErrorOverride]:
        """Expired ones, too."""
        return sorted(
            self._kept.values(), key=lambda one: (one.manufacturer_id, one.tier.value, *_place(one))
        )

    async def in_force(self) -> list[InForce]:
        """Not expired, in the order in which they count."""
        now = self._clock.now()
        found = [one for one in self._kept.values() if one.expires_at > now]
        return [InForce(one, one.expires_at - now) for one in sorted(found, key=_place)]

    async def changes(self, override_id: str) -> list[OverrideChange]:
        """Its audit, oldest first."""
        return [one for one in self._changes if one.override_id == override_id]
