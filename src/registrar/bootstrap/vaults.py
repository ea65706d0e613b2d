"""The store of keys: begun by `migrate`, opened by every process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog

from registrar.app.audit import BY_CLI, signing
from registrar.bootstrap import wrapping
from registrar.config.settings import Settings
from registrar.domain.audit import Act, Action
from registrar.domain.errors import ConfigurationError, Unavailable
from registrar.keys.masters import Masters, began
from registrar.keys.vault import KeyVault
from registrar.ports.key_provider import KeyProvider
from registrar.store import binding, migrate
from registrar.store.key_rows import SqlKeyRows
from registrar.store.keyring import Keyring

FEW = 32
"""Keys made ahead by a process that accepts nothing."""

_log = structlog.get_logger("registrar.bootstrap")


@dataclass(frozen=True, slots=True)
class Opened:
    """The keys of one process."""

    rows: SqlKeyRows
    masters: Masters
    keys: Keyring
    vault: KeyVault


async def migrated(settings: Settings) -> None:
    """Bring both databases up to date; the audit log tells of the data's.

    Raises ConfigurationError where the store of keys is not the one that the data belongs to.
    """
    before = await migrate.current(settings.database_url)
    named = await binding.bound(settings.database_url)
    await migrate.made(settings.key_store)
    await migrate.upgrade(settings.key_store, scripts=migrate.KEYS)
    async with AsyncExitStack() as stack:
        rows, provider = _parts(settings, stack)
        if named is not None and named != await rows.store_id():
            raise ConfigurationError("keys_url: this store of keys is not the one of this data")
        # Data that is there already is indexed and signed with the root key itself.
        there = before is not None and named is None
        store_id = await began(rows, provider, settings.root if there else None)
        masters = Masters(rows, provider)
        await masters.load()
        act = Act("", BY_CLI, Action.MIGRATE, "schema", signing(Keyring(masters.identity)))
        await migrate.upgrade(settings.database_url, act=act)
        await binding.bind(settings.database_url, store_id)


@asynccontextmanager
async def opened(
    settings: Settings, *, ahead: int = FEW, waits: bool = False
) -> AsyncIterator[Opened]:
    """Raises ConfigurationError, and StoreUnavailable where it does not wait for the keys."""
    async with AsyncExitStack() as stack:
        rows, provider = _parts(settings, stack)
        masters = Masters(rows, provider)
        await (_loaded(masters) if waits else masters.load())
        keys = Keyring(masters.identity)
        vault = KeyVault(rows, masters, keys, ahead=ahead)
        stack.push_async_callback(vault.close)
        yield Opened(rows, masters, keys, vault)


def _parts(settings: Settings, stack: AsyncExitStack) -> tuple[SqlKeyRows, KeyProvider]:
    provider = wrapping.provider(settings)
    stack.push_async_callback(provider.close)
    rows = SqlKeyRows(settings.key_store)
    stack.push_async_callback(rows.close)
    return rows, provider


async def _loaded(masters: Masters) -> None:
    """Once they can be; that they cannot be is said once."""
    told = False
    while True:
        try:
            return await masters.load()
        except Unavailable as error:
            if not told:
                _log.warning("outage_started", of=type(error).__name__, at="start")
            told = True
            await asyncio.sleep(0.5)
