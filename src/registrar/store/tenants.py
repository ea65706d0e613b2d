"""How tenants want to have it told, in the database; see `ports.tenant_settings`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.audit import Act
from registrar.ports import audit, plain
from registrar.ports.tenant_settings import TenantRow
from registrar.store.audit import audited
from registrar.store.engine import Database
from registrar.store.notice_tables import tenant_notifications

_row = tenant_notifications.c


def _read(row: Any) -> TenantRow:  # noqa: ANN401 - a row of the table
    return TenantRow(
        tenant_id=row.tenant_id,
        settings=row.settings,
        revision=row.revision,
        sealed=row.sealed,
        changed_by=row.changed_by,
        changed_at=plain.from_micros(row.changed_at),
        failing_since=None if row.failing_since is None else plain.from_micros(row.failing_since),
        disabled_at=None if row.disabled_at is None else plain.from_micros(row.disabled_at),
    )


class SqlTenants:
    """`ports.tenant_settings.TenantSettings` over one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def _changed(
        self,
        change: Any,  # noqa: ANN401 - an insert or update
        tenant_id: str,
        act: Act | None = None,
    ) -> TenantRow | None:
        """The row it leaves; None where it met none."""

        async def look(connection: AsyncConnection) -> TenantRow | None:
            mine = sa.select(tenant_notifications).where(_row.tenant_id == tenant_id)
            row = (await connection.execute(mine)).one_or_none()
            return None if row is None else _read(row)

        async def work(connection: AsyncConnection) -> TenantRow | None:
            row = (await connection.execute(change.returning(tenant_notifications))).one_or_none()
            return None if row is None else _read(row)

        return await audited(self._db, act, work, audit.of_tenants, look)

    async def of(self, tenant_ids: Sequence[str]) -> dict[str, TenantRow]:
        """By tenant."""
        wanted = sa.select(tenant_notifications).where(self._db.among(_row.tenant_id, tenant_ids))
        async with self._db.read() as connection:
            return {row.tenant_id: _read(row) for row in await connection.execute(wanted)}

    async def keep(self, row: TenantRow, expected: int, act: Act | None = None) -> TenantRow | None:
        """Instead of the revision that was expected."""
        values = {
            "settings": row.settings,
            "sealed": row.sealed,
            "revision": expected + 1,
            "changed_by": row.changed_by,
            "changed_at": self._db.now,
            "failing_since": None,
            "disabled_at": None,
        }
        if expected == 0:
            insert = (postgresql if self._db.postgres else sqlite).insert(tenant_notifications)
            fresh = insert.values(tenant_id=row.tenant_id, **values)
            return await self._changed(fresh.on_conflict_do_nothing(), row.tenant_id, act)
        there = (_row.tenant_id == row.tenant_id) & (_row.revision == expected)
        change = tenant_notifications.update().where(there).values(values)
        return await self._changed(change, row.tenant_id, act)

    async def webhook_failed(self, tenant_id: str, revision: int) -> TenantRow | None:
        """Since now, or since it began to."""
        since = sa.func.coalesce(_row.failing_since, self._db.now)
        there = (_row.tenant_id == tenant_id) & (_row.revision == revision)
        change = tenant_notifications.update().where(there)
        return await self._changed(change.values(failing_since=since), tenant_id)

    async def webhook_worked(self, tenant_id: str) -> None:
        """It fails no more."""
        failing = (_row.tenant_id == tenant_id) & _row.failing_since.is_not(None)
        change = tenant_notifications.update().where(failing).values(failing_since=None)
        await self._changed(change, tenant_id)

    async def disable_webhook(self, tenant_id: str, revision: int) -> bool:
        """No webhook is tried from now on."""
        there = (_row.tenant_id == tenant_id) & (_row.revision == revision)
        change = tenant_notifications.update().where(there, _row.disabled_at.is_(None))
        disabled = change.values(disabled_at=self._db.now)
        return await self._changed(disabled, tenant_id) is not None
