"""The audit log, read in the database itself: for who runs the service, of all tenants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from registrar.app.audit import Audit, Verdict
from registrar.bootstrap import vaults
from registrar.config.settings import Settings
from registrar.domain.audit import Entry, Head
from registrar.ports.audit import AuditFilter
from registrar.store.sql import open_store


@asynccontextmanager
async def _audit(settings: Settings) -> AsyncIterator[Audit]:
    async with vaults.opened(settings) as there:
        store = open_store(settings.database_url, pool_size=1)
        try:
            yield Audit(store.audit, there.keys)
        finally:
            await store.close()


async def listed(settings: Settings, where: AuditFilter, limit: int) -> Sequence[Entry]:
    """Newest first. Raises StoreUnavailable."""
    async with _audit(settings) as audit:
        return await audit.log.listed(where, limit)


async def verified(settings: Settings, noted: Head | None) -> Verdict:
    """From the first entry on. Raises StoreUnavailable."""
    async with _audit(settings) as audit:
        return await audit.verify(noted)
