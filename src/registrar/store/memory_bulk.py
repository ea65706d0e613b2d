"""The memory twin of bulk operations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from registrar.domain.audit import Act
from registrar.domain.bulk import BulkFilter, BulkOperation, BulkState, Skip, counted
from registrar.domain.registration import Registration, Transition
from registrar.ports.bulk import (
    HeldOperation,
    Looked,
    Matching,
    accepted_then,
    bulk_begun,
    bulk_ended,
    selects,
)
from registrar.ports.clock import Clock
from registrar.ports.store import PageCursor
from registrar.store.memory_audit import MemoryAudit

CHUNK = 5_000


@dataclass(slots=True)
class _Row:
    operation: BulkOperation
    items: list[str]
    due_at: datetime
    lease_until: datetime | None = None
    fence: int = 0


class MemoryBulk:
    """Over the registrations of a store in memory, in order; `write` moves one, if it may."""

    def __init__(
        self,
        clock: Clock,
        audit: MemoryAudit,
        every: Callable[[], Iterable[Registration]],
        write: Callable[[Transition], bool],
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._every = every
        self._write = write
        self._rows: dict[str, _Row] = {}

    async def matching(
        self, tenant_id: str, where: BulkFilter, after: PageCursor | None, limit: int
    ) -> Matching:
        """In chunks, also what the databases find at once."""
        mine = [one for one in self._every() if one.tenant_id == tenant_id]
        then = [one for one in mine if accepted_then(where, one)]
        left = [one for one in then if after is None or _place(one) > _cursor(after)]
        ids = [one.id for one in left[:CHUNK] if selects(where, one)]
        rest = left[CHUNK - 1 : CHUNK] if len(left) > CHUNK else []
        last = [PageCursor(one.created_at, one.id) for one in rest]
        return Matching(tuple(ids[:limit]), last[0] if last else None)

    async def begin(
        self, operation: BulkOperation, ids: Sequence[str], act: Act | None = None
    ) -> BulkOperation:
        """With its items."""
        known = await self.of_request(operation.tenant_id, operation.request_id)
        if known is not None:
            return known
        self._audit.note(act, None, bulk_begun(operation))
        self._rows[operation.id] = _Row(operation, sorted(ids), self._clock.now())
        return operation

    async def of_request(self, tenant_id: str, request_id: str) -> BulkOperation | None:
        """What this request has made."""
        mine = self._of(tenant_id)
        return next((one for one in mine if one.request_id == request_id), None)

    async def get(self, tenant_id: str, operation_id: str) -> BulkOperation | None:
        """Of this tenant only."""
        return next((one for one in self._of(tenant_id) if one.id == operation_id), None)

    def _of(self, tenant_id: str) -> list[BulkOperation]:
        every = (row.operation for row in self._rows.values())
        return [one for one in every if one.tenant_id == tenant_id]

    async def listed(
        self, tenant_id: str, limit: int, after: PageCursor | None = None
    ) -> list[BulkOperation]:
        """Newest first."""
        found = sorted(self._of(tenant_id), key=_requested, reverse=True)
        return [one for one in found if after is None or _requested(one) < _cursor(after)][:limit]

    async def cancel(
        self, tenant_id: str, operation_id: str, at: datetime, act: Act | None = None
    ) -> BulkOperation | None:
        """Another fence, so that who works on it comes too late."""
        before = await self.get(tenant_id, operation_id)
        if before is None or before.state is not BulkState.RUNNING:
            return None
        row = self._rows[operation_id]
        row.operation = replace(before, state=BulkState.CANCELLED, ended_at=at)
        row.items, row.fence = [], row.fence + 1
        self._audit.note(act, None, bulk_ended(row.operation))
        return row.operation

    async def claim(self, limit: int, lease: timedelta) -> list[HeldOperation]:
        """Operations that are due and held by nobody."""
        now = self._clock.now()
        due = [
            row
            for row in self._rows.values()
            if row.operation.state is BulkState.RUNNING
            and row.due_at <= now
            and (row.lease_until is None or row.lease_until < now)
        ]
        due = sorted(due, key=lambda row: row.due_at)[:limit]
        for row in due:
            row.lease_until, row.fence = now + lease, row.fence + 1
        return [HeldOperation(row.operation, row.fence) for row in due]

    async def items(self, operation_id: str, limit: int) -> list[str]:
        """By id."""
        return self._rows[operation_id].items[:limit]

    async def advance(
        self, held: HeldOperation, looked: Sequence[Looked], pause: timedelta, at: datetime
    ) -> BulkOperation | None:
        """At once."""
        row = self._rows[held.operation.id]
        if row.fence != held.fence or row.operation.state is not BulkState.RUNNING:
            return None
        settled = [one for one in map(self._settled, looked) if one is not None]
        gone = {one.registration_id for one in settled}
        row.items = [one for one in row.items if one not in gone]
        row.operation = counted(row.operation, [one.result for one in settled], at)
        row.due_at, row.lease_until = self._clock.now() + pause, None
        return row.operation

    def _settled(self, one: Looked) -> Looked | None:
        """None for what somebody else has moved."""
        if one.transition is None or self._write(one.transition):
            return one
        there = {now.id: now.revision for now in self._every()}
        if there[one.registration_id] != one.transition.expected_revision:
            return None
        return Looked(one.registration_id, skip=Skip.DUPLICATE)


def _place(one: Registration) -> tuple[datetime, str]:
    return one.created_at, one.id


def _requested(one: BulkOperation) -> tuple[datetime, str]:
    return one.requested_at, one.id


def _cursor(at: PageCursor) -> tuple[datetime, str]:
    return at.created_at, at.registration_id
