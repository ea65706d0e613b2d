"""The memory twin of API keys."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from registrar.domain.audit import Act
from registrar.ports import audit
from registrar.ports.api_keys import LISTED, ApiKeyRow, KeyState
from registrar.ports.clock import Clock
from registrar.store.memory_audit import MemoryAudit

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def _place(row: ApiKeyRow) -> tuple[datetime, str]:
    return row.created_at or _LONG_AGO, row.key_id


class MemoryApiKeys:
    """By public id."""

    def __init__(self, clock: Clock, audit: MemoryAudit) -> None:
        self._clock = clock
        self._audit = audit
        self._rows: dict[str, ApiKeyRow] = {}

    def _shown(self, row: ApiKeyRow) -> ApiKeyRow:
        over = row.expires_at is not None and row.expires_at <= self._clock.now()
        ended = KeyState.EXPIRED if over else KeyState.ACTIVE
        return replace(row, state=KeyState.REVOKED if row.revoked_at else ended)

    def _of(self, tenant_id: str) -> list[ApiKeyRow]:
        return [self._shown(one) for one in self._rows.values() if one.tenant_id == tenant_id]

    async def add(self, row: ApiKeyRow, act: Act | None = None) -> ApiKeyRow:
        """As it is kept: made now."""
        fresh = {"created_at": self._clock.now(), "revoked_at": None, "used_at": None}
        there = self._rows.get(row.key_id)
        before = self._shown(there) if there else None
        return self._kept(replace(row, **fresh), before, act)

    def _kept(self, row: ApiKeyRow, before: ApiKeyRow | None, act: Act | None) -> ApiKeyRow:
        after = self._shown(row)
        self._audit.note(act, audit.of_key(before), audit.of_key(after))
        self._rows[row.key_id] = row
        return after

    async def find(self, key_id: str) -> ApiKeyRow | None:
        """By its public id."""
        return self._shown(self._rows[key_id]) if key_id in self._rows else None

    async def listed(self, tenant_id: str) -> list[ApiKeyRow]:
        """Newest first."""
        return sorted(self._of(tenant_id), key=_place, reverse=True)[:LISTED]

    async def active(self, tenant_id: str) -> int:
        """How many can be used."""
        return sum(one.state is KeyState.ACTIVE for one in self._of(tenant_id))

    async def expire(
        self, tenant_id: str, key_id: str, after: timedelta, act: Act | None = None
    ) -> ApiKeyRow | None:
        """So long from now, unless it ends before."""
        row = await self.find(key_id)
        if row is None or row.tenant_id != tenant_id or row.state is not KeyState.ACTIVE:
            return None
        ends = self._clock.now() + after
        return self._kept(replace(row, expires_at=min(row.expires_at or ends, ends)), row, act)

    async def revoke(self, tenant_id: str, key_id: str, act: Act | None = None) -> ApiKeyRow | None:
        """Now, or when it was already."""
        row = await self.find(key_id)
        if row is None or row.tenant_id != tenant_id:
            return None
        ended = replace(row, revoked_at=row.revoked_at or self._clock.now())
        return self._kept(ended, row, act)

    async def used(self, key_ids: Collection[str]) -> None:
        """Just now."""
        for one in key_ids:
            if one in self._rows:
                self._rows[one] = replace(self._rows[one], used_at=self._clock.now())
