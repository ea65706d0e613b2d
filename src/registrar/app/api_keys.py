"""API keys: who calls. The secret is kept as a keyed digest and compared in constant time."""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass, field

from registrar.app import tokens
from registrar.app.commands import Caller
from registrar.domain.errors import ApiKeyInvalid
from registrar.ports.keys import Keys
from registrar.ports.store import ApiKeyRow, Store

REMEMBERED_SECONDS = 30.0
"""A row is read again after this long, so that a revoked key stops working."""


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """Issues and checks them."""

    store: Store
    keys: Keys
    _known: dict[str, tuple[float, ApiKeyRow]] = field(default_factory=dict)
    """When it was read. Only keys that exist: it cannot be filled with made-up ones."""

    def _digest(self, secret: str) -> bytes:
        return self.keys.sign("api_key", secret.encode())

    async def issue(self, tenant_id: str, environment: str = "dev") -> str:
        """A new key of the tenant, in clear; nobody can read it again."""
        made = tokens.new_api_key(environment)
        await self.store.add_api_key(ApiKeyRow(made.key_id, tenant_id, self._digest(made.secret)))
        return str(made)

    async def authenticate(self, key: str) -> Caller:
        """Raises ApiKeyInvalid or StoreUnavailable."""
        given = tokens.read_api_key(key)
        row = await self._row(given.key_id)
        # An unknown key costs what a wrong one costs.
        expected = row.digest if row else bytes(32)
        same = hmac.compare_digest(self._digest(given.secret), expected)
        if row is None or not same:
            raise ApiKeyInvalid
        return Caller(row.tenant_id, row.key_id)

    async def _row(self, key_id: str) -> ApiKeyRow | None:
        now = time.monotonic()
        read_at, row = self._known.get(key_id, (float("-inf"), None))
        if now - read_at > REMEMBERED_SECONDS or row is None:
            row = await self.store.api_key(key_id)
            if row is not None:
                self._known[key_id] = (now, row)
        return row
