"""The first API key of a tenant, made in the database itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from registrar.app.api_keys import ApiKeys, Wanted, unnamed
from registrar.bootstrap import vaults
from registrar.config.settings import Settings
from registrar.domain.errors import InvalidRequest, Violation
from registrar.ports.api_keys import Scope
from registrar.ports.clock import SystemClock
from registrar.store.sql import open_store

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


async def first_key(
    settings: Settings, tenant: str, name: str, scopes: Sequence[str], ends: datetime | None
) -> str:
    """The whole key. Raises InvalidRequest and StoreUnavailable."""
    wrong = unnamed(name)
    if _TENANT.fullmatch(tenant) is None:
        problem = "At most 64 letters, digits, dots, hyphens and underscores."
        wrong.append(Violation("tenant", "format", problem))
    if wrong:
        raise InvalidRequest(tuple(wrong))
    wanted = Wanted(name, frozenset(map(Scope, scopes)), ends)
    async with vaults.opened(settings) as there:
        store = open_store(settings.database_url, pool_size=1)
        try:
            keys = ApiKeys(store, there.keys, SystemClock(), settings.environment)
            return (await keys.issue(tenant, wanted)).text
        finally:
            await store.close()
