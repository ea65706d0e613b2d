"""How tenants want to have it told: part of the store.

Every method raises StoreUnavailable when the database does not answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from registrar.domain.audit import Act
from registrar.domain.notification import TenantNotifications


class TenantRow(msgspec.Struct, frozen=True):
    """The settings of one tenant."""

    tenant_id: str
    settings: TenantNotifications
    revision: int
    """1 with the first change, one more with every other."""
    sealed: bytes = b""
    """The secrets of its webhook, sealed; empty without any."""
    changed_by: str = ""
    changed_at: datetime | None = None
    failing_since: datetime | None = None
    """Since when no webhook has got through; None where the last one did."""
    disabled_at: datetime | None = None
    """Since when no webhook is tried."""


class TenantSettings(Protocol):
    """Part of the store."""

    async def of(self, tenant_ids: Sequence[str]) -> dict[str, TenantRow]:
        """By tenant; those without settings are left out."""
        ...

    async def keep(self, row: TenantRow, expected: int, act: Act | None = None) -> TenantRow | None:
        """Instead of revision `expected`, 0 for none; None where it has changed meanwhile.

        `revision` and `changed_at` are set here. The webhook is taken to be well again.
        """
        ...

    async def webhook_failed(self, tenant_id: str, revision: int) -> TenantRow | None:
        """It fails since now, or since it began to; None where that revision is no more."""
        ...

    async def webhook_worked(self, tenant_id: str) -> None:
        """It fails no more."""
        ...

    async def disable_webhook(self, tenant_id: str, revision: int) -> bool:
        """From now on no webhook is tried; False where it was disabled already, or changed."""
        ...
