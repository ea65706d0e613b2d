"""Where API keys are kept. The database's clock says whether one has expired."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import msgspec

from registrar.domain.audit import Act


class Scope(StrEnum):
    """What a key may do; none of them includes another."""

    SUBMIT = "submit"
    READ = "read"
    OPERATE = "operate"
    """Over the connectors of all tenants."""
    ADMIN = "admin"
    """Over the tenant's own settings and keys."""


EVERY_SCOPE = frozenset(Scope)
LISTED = 1_000


class KeyState(StrEnum):
    """Whether it can be used."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


class ApiKeyRow(msgspec.Struct, frozen=True):
    """A stored key: public id and a keyed digest of the secret, which is kept nowhere."""

    key_id: str
    tenant_id: str
    digest: bytes
    scopes: frozenset[Scope] = frozenset()
    name: str = ""
    created_at: datetime | None = None
    """None where it was made before times were kept."""
    expires_at: datetime | None = None
    """None: never."""
    revoked_at: datetime | None = None
    used_at: datetime | None = None
    state: KeyState = KeyState.ACTIVE
    """When it was read."""


class ApiKeyRows(Protocol):
    """Part of the store. Every method raises StoreUnavailable when the database is away."""

    async def add(self, row: ApiKeyRow, act: Act | None = None) -> ApiKeyRow:
        """As it is kept: made now. Takes the place of a row of the same id."""
        ...

    async def find(self, key_id: str) -> ApiKeyRow | None:
        """By its public id, whose ever it is."""
        ...

    async def listed(self, tenant_id: str) -> list[ApiKeyRow]:
        """Newest first, those of unknown age at the end; at most `LISTED`."""
        ...

    async def active(self, tenant_id: str) -> int:
        """How many can be used."""
        ...

    async def expire(
        self, tenant_id: str, key_id: str, after: timedelta, act: Act | None = None
    ) -> ApiKeyRow | None:
        """So long from now, unless it ends before; None where there is none that can be used."""
        ...

    async def revoke(self, tenant_id: str, key_id: str, act: Act | None = None) -> ApiKeyRow | None:
        """Now, or when it was already; None where the tenant has no such key."""
        ...

    async def used(self, key_ids: Collection[str]) -> None:
        """Just now."""
        ...
