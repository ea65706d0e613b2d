"""What is at rest, and its keys: for who runs the service, on the databases themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from registrar.app.audit import BY_CLI, Audit
from registrar.app.inspection import Inspection
from registrar.app.rotation import Rotation
from registrar.artifacts.files import FileBlobs
from registrar.bootstrap import vaults
from registrar.bootstrap.vaults import Opened
from registrar.config.settings import Settings
from registrar.domain.audit import Act, Action
from registrar.store.sql import open_store


@dataclass(frozen=True, slots=True)
class AtRest:
    """The use cases, and what they stand on."""

    keys: Opened
    rotation: Rotation
    inspection: Inspection
    audit: Audit

    def act(self, action: Action) -> Act:
        """By whoever has the databases; of no tenant."""
        return self.audit.by(BY_CLI, "", action, "keys")


@asynccontextmanager
async def at_rest(settings: Settings) -> AsyncIterator[AtRest]:
    """Raises ConfigurationError and StoreUnavailable."""
    async with AsyncExitStack() as stack:
        keys = await stack.enter_async_context(vaults.opened(settings))
        store = open_store(settings.database_url, pool_size=2)
        stack.push_async_callback(store.close)
        blobs = FileBlobs(settings.artifacts_url)
        stack.push_async_callback(blobs.close)
        parts = (store.sealed, store.artifacts, blobs, keys.vault)
        yield AtRest(
            keys,
            Rotation(*parts, keys.rows),
            Inspection(*parts),
            Audit(store.audit, keys.keys),
        )
