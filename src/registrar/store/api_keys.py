"""API keys in the database; see `ports.api_keys`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.audit import Act
from registrar.ports import audit, plain
from registrar.ports.api_keys import LISTED, ApiKeyRow, KeyState, Scope
from registrar.store.audit import audited
from registrar.store.engine import Database
from registrar.store.tables import api_keys

_row = api_keys.c
_MICROSECOND = timedelta(microseconds=1)
_AGE = sa.func.coalesce(_row.created_at, 0)
"""Those of before times were kept are the oldest."""


def _read(row: Any) -> ApiKeyRow:  # noqa: ANN401 - a row of `_shown`
    def instant(micros: int | None) -> Any:  # noqa: ANN401 - a time or none
        return None if micros is None else plain.from_micros(micros)

    return ApiKeyRow(
        key_id=row.key_id,
        tenant_id=row.tenant_id,
        digest=row.digest,
        scopes=frozenset(map(Scope, filter(None, row.scopes.split(",")))),
        name=row.name,
        created_at=instant(row.created_at),
        expires_at=instant(row.expires_at),
        revoked_at=instant(row.revoked_at),
        used_at=instant(row.used_at),
        state=KeyState(row.state),
    )


def _view(before: ApiKeyRow | None, after: ApiKeyRow) -> tuple[object, object]:
    return audit.of_key(before), audit.of_key(after)


class SqlApiKeys:
    """`ports.api_keys.ApiKeyRows` over one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @property
    def _over(self) -> sa.ColumnElement[bool]:
        return sa.func.coalesce(_row.expires_at <= self._db.now, sa.false())

    @property
    def _usable(self) -> sa.ColumnElement[bool]:
        return sa.and_(_row.revoked_at.is_(None), ~self._over)

    def _shown(self) -> sa.Select[Any]:
        state = sa.case(
            (_row.revoked_at.is_not(None), KeyState.REVOKED.value),
            (self._over, KeyState.EXPIRED.value),
            else_=KeyState.ACTIVE.value,
        )
        return sa.select(api_keys, state.label("state"))

    async def _written(self, change: Any, key_id: str, act: Act | None) -> ApiKeyRow | None:  # noqa: ANN401
        """How it is then; None where the change has met none."""

        async def look(connection: AsyncConnection) -> ApiKeyRow | None:
            found = await connection.execute(self._shown().where(_row.key_id == key_id))
            row = found.one_or_none()
            return None if row is None else _read(row)

        async def work(connection: AsyncConnection) -> ApiKeyRow | None:
            if (await connection.execute(change)).rowcount == 0:
                return None
            found = await connection.execute(self._shown().where(_row.key_id == key_id))
            return _read(found.one())

        return await audited(self._db, act, work, _view, look)

    async def add(self, row: ApiKeyRow, act: Act | None = None) -> ApiKeyRow:
        """As it is kept: made now."""
        ends = None if row.expires_at is None else plain.to_micros(row.expires_at)
        values = {
            "tenant_id": row.tenant_id,
            "digest": row.digest,
            "scopes": ",".join(sorted(row.scopes)),
            "name": row.name,
            "created_at": self._db.now,
            "expires_at": ends,
            "revoked_at": None,
            "used_at": None,
        }
        insert = (postgresql if self._db.postgres else sqlite).insert(api_keys)
        made = insert.values(key_id=row.key_id, **values)
        made = made.on_conflict_do_update(index_elements=[_row.key_id], set_=values)
        kept = await self._written(made, row.key_id, act)
        assert kept is not None  # noqa: S101 - an upsert always meets its row
        return kept

    async def find(self, key_id: str) -> ApiKeyRow | None:
        """By its public id."""
        async with self._db.read() as connection:
            found = await connection.execute(self._shown().where(_row.key_id == key_id))
            row = found.first()
            return None if row is None else _read(row)

    async def listed(self, tenant_id: str) -> list[ApiKeyRow]:
        """Newest first."""
        wanted = self._shown().where(_row.tenant_id == tenant_id)
        wanted = wanted.order_by(_AGE.desc(), _row.key_id.desc()).limit(LISTED)
        async with self._db.read() as connection:
            return [_read(row) for row in await connection.execute(wanted)]

    async def active(self, tenant_id: str) -> int:
        """How many can be used."""
        wanted = sa.select(sa.func.count()).where(_row.tenant_id == tenant_id, self._usable)
        async with self._db.read() as connection:
            return int((await connection.execute(wanted)).scalar_one())

    async def expire(
        self, tenant_id: str, key_id: str, after: timedelta, act: Act | None = None
    ) -> ApiKeyRow | None:
        """So long from now, unless it ends before."""
        ends = self._db.now + after // _MICROSECOND
        sooner = sa.case((_row.expires_at < ends, _row.expires_at), else_=ends)
        there = api_keys.update().where(_row.key_id == key_id, _row.tenant_id == tenant_id)
        change = there.where(self._usable).values(expires_at=sooner)
        return await self._written(change, key_id, act)

    async def revoke(self, tenant_id: str, key_id: str, act: Act | None = None) -> ApiKeyRow | None:
        """Now, or when it was already."""
        there = api_keys.update().where(_row.key_id == key_id, _row.tenant_id == tenant_id)
        at = sa.func.coalesce(_row.revoked_at, self._db.now)
        return await self._written(there.values(revoked_at=at), key_id, act)

    async def used(self, key_ids: Collection[str]) -> None:
        """Just now."""
        there = api_keys.update().where(self._db.among(_row.key_id, sorted(key_ids)))
        change = there.values(used_at=self._db.now)
        await self._db.transact(lambda connection: connection.execute(change))
