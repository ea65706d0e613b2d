"""The memory twin of the settings of tenants."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from registrar.domain.audit import Act
from registrar.ports import audit
from registrar.ports.clock import Clock
from registrar.ports.tenant_settings import TenantRow
from registrar.store.memory_audit import MemoryAudit


class MemoryTenants:
    """By tenant."""

    def __init__(self, clock: Clock, audit: MemoryAudit) -> None:
        self._clock = clock
        self._audit = audit
        self._rows: dict[str, TenantRow] = {}

    async def of(self, tenant_ids: Sequence[str]) -> dict[str, TenantRow]:
        """By tenant."""
        return {one: self._rows[one] for one in tenant_ids if one in self._rows}

    async def keep(self, row: TenantRow, expected: int, act: Act | None = None) -> TenantRow | None:
        """Instead of the revision that was expected."""
        there = self._rows.get(row.tenant_id)
        if (there.revision if there else 0) != expected:
            return None
        fresh = {"revision": expected + 1, "changed_at": self._clock.now()}
        kept = replace(row, **fresh, failing_since=None, disabled_at=None)
        self._audit.note(act, *audit.of_tenants(there, kept))
        self._rows[row.tenant_id] = kept
        return kept

    async def webhook_failed(self, tenant_id: str, revision: int) -> TenantRow | None:
        """Since now, or since it began to."""
        row = self._rows.get(tenant_id)
        if row is None or row.revision != revision:
            return None
        since = row.failing_since or self._clock.now()
        self._rows[tenant_id] = replace(row, failing_since=since)
        return self._rows[tenant_id]

    async def webhook_worked(self, tenant_id: str) -> None:
        """It fails no more."""
        if tenant_id in self._rows:
            self._rows[tenant_id] = replace(self._rows[tenant_id], failing_since=None)

    async def disable_webhook(self, tenant_id: str, revision: int) -> bool:
        """No webhook is tried from now on."""
        row = self._rows.get(tenant_id)
        if row is None or row.revision != revision or row.disabled_at is not None:
            return False
        self._rows[tenant_id] = replace(row, disabled_at=self._clock.now())
        return True
