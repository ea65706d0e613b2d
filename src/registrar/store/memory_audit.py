"""The memory twin of the audit log."""

from __future__ import annotations

from registrar.domain.audit import Act, Entry, Head
from registrar.ports import audit, plain
from registrar.ports.audit import AuditFilter
from registrar.ports.clock import Clock


class MemoryAudit:
    """In a list."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[Entry] = []

    def note(self, act: Act | None, before: object, after: object) -> None:
        """At once, within what it tells of; nothing without an act."""
        if act is not None:
            self._append(act, before, after)

    def _append(self, act: Act, before: object, after: object) -> Entry:
        last = self._entries[-1].head if self._entries else Head()
        at = plain.to_micros(self._clock.now())
        self._entries.append(audit.entry(act, last, at, before, after))
        return self._entries[-1]

    async def append(self, act: Act, before: object = None, after: object = None) -> Entry:
        """By itself."""
        return self._append(act, before, after)

    async def head(self) -> Head:
        """The newest entry."""
        return self._entries[-1].head if self._entries else Head()

    async def after(self, position: int, limit: int) -> list[Entry]:
        """Oldest first."""
        return self._entries[position : position + limit]

    async def listed(self, where: AuditFilter, limit: int, below: int | None = None) -> list[Entry]:
        """Newest first."""
        end = len(self._entries) if below is None else max(below - 1, 0)
        found = [one for one in reversed(self._entries[:end]) if _matches(one, where)]
        return found[:limit]


def _matches(one: Entry, where: AuditFilter) -> bool:
    at = plain.from_micros(one.at)
    return (
        where.tenant_id in {"", one.tenant_id}
        and where.actor in {"", one.actor}
        and where.action in {"", one.action}
        and where.subject in {"", one.subject}
        and (where.since is None or at >= where.since)
        and (where.until is None or at < where.until)
    )
