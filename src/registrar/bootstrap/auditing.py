"""The audit log, read in the database itself: for who runs the service, of all tenants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from registrar.app.audit import BY_CLI, Audit, Verdict, signing
from registrar.config.settings import Settings
from registrar.domain.audit import Act, Action, Entry, Head
from registrar.ports.audit import AuditFilter
from registrar.store.keyring import Keyring
from registrar.store.sql import open_store


@asynccontextmanager
async def _audit(settings: Settings) -> AsyncIterator[Audit]:
    store = open_store(settings.database_url, pool_size=1)
    try:
        yield Audit(store.audit, Keyring(settings.root))
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


def migration(settings: Settings) -> Act:
    """By whoever has the database; of no tenant."""
    return Act("", BY_CLI, Action.MIGRATE, "schema", signing(Keyring(settings.root)))
