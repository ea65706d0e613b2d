"""Overrides of error rules in the database; see `ports.error_overrides`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.audit import Act
from registrar.domain.outcome import Tier
from registrar.domain.override import Change, ErrorOverride, OverrideChange
from registrar.ports import plain
from registrar.ports.error_overrides import InForce
from registrar.store.audit import audited
from registrar.store.engine import Database
from registrar.store.tables import error_overrides, override_changes

_row = error_overrides.c
_IN_ORDER = (_row.rank, _row.created_at, _row.id)
_MICROSECOND = timedelta(microseconds=1)


def _values(made: ErrorOverride) -> dict[str, Any]:
    return {
        "id": made.id,
        "manufacturer_id": made.manufacturer_id,
        "tier": made.tier,
        "rule": dict(made.rule),
        "rank": made.order,
        "acknowledged": made.acknowledged,
        "reason": made.reason,
        "created_by": made.by,
        "expires_at": plain.to_micros(made.expires_at),
    }


def _override(row: Any) -> ErrorOverride:  # noqa: ANN401 - a row of the table
    return ErrorOverride(
        id=row.id,
        manufacturer_id=row.manufacturer_id,
        tier=Tier(row.tier),
        rule=row.rule,
        order=row.rank,
        acknowledged=row.acknowledged,
        reason=row.reason,
        by=row.created_by,
        expires_at=plain.from_micros(row.expires_at),
        created_at=plain.from_micros(row.created_at),
    )


def _change(row: Any) -> OverrideChange:  # noqa: ANN401 - a row of the table
    return OverrideChange(
        override_id=row.override_id,
        change=Change(row.change),
        at=plain.from_micros(row.changed_at),
        by=row.changed_by,
        reason=row.reason,
        before=row.before,
        after=row.after,
    )


class SqlOverrides:
    """`ports.error_overrides.ErrorOverrides` over one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def _note(self, connection: AsyncConnection, change: Change, **values: Any) -> None:  # noqa: ANN401 - columns
        """In the transaction of what it tells of."""
        row = {"change": change, "changed_at": self._db.now, **values}
        await connection.execute(override_changes.insert().values(**row))

    async def add(self, made: ErrorOverride, act: Act | None = None) -> ErrorOverride:
        """Keep it, and a line of the audit."""
        insert = (postgresql if self._db.postgres else sqlite).insert(error_overrides)
        fresh = insert.values(**_values(made), created_at=self._db.now).on_conflict_do_nothing()

        mine = sa.select(error_overrides).where(_row.id == made.id)

        async def work(connection: AsyncConnection) -> ErrorOverride | None:
            """None where it is there already."""
            if (await connection.execute(fresh)).rowcount == 0:
                return None
            kept = _override((await connection.execute(mine)).one())
            told = {"override_id": kept.id, "changed_by": kept.by, "reason": kept.reason}
            after = plain.to_plain(kept)
            await self._note(connection, Change.CREATED, **told, after=after)
            return kept

        kept = await audited(self._db, act, work, lambda _, after: (None, after))
        if kept is not None:
            return kept
        async with self._db.read() as connection:
            return _override((await connection.execute(mine)).one())

    async def remove(
        self, override_id: str, by: str, reason: str, act: Act | None = None
    ) -> ErrorOverride | None:
        """Drop it, with a line of the audit."""
        gone = error_overrides.delete().where(_row.id == override_id).returning(error_overrides)

        async def work(connection: AsyncConnection) -> ErrorOverride | None:
            row = (await connection.execute(gone)).one_or_none()
            if row is None:
                return None
            before = plain.to_plain(_override(row))
            told = {"override_id": override_id, "changed_by": by, "reason": reason}
            await self._note(connection, Change.DELETED, **told, before=before)
            return _override(row)

        return await audited(self._db, act, work, lambda _, gone: (gone, None))

    async def all(self) -> list[ErrorOverride]:
        """Expired ones, too."""
        query = sa.select(error_overrides).order_by(_row.manufacturer_id, _row.tier, *_IN_ORDER)
        async with self._db.read() as connection:
            return [_override(row) for row in await connection.execute(query)]

    async def in_force(self) -> list[InForce]:
        """Not expired, in the order in which they count."""
        now = self._db.now
        query = sa.select(error_overrides, (_row.expires_at - now).label("left"))
        query = query.where(_row.expires_at > now).order_by(*_IN_ORDER)
        async with self._db.read() as connection:
            rows = await connection.execute(query)
            return [InForce(_override(row), row.left * _MICROSECOND) for row in rows]

    async def changes(self, override_id: str) -> list[OverrideChange]:
        """Its audit, oldest first."""
        query = sa.select(override_changes).where(override_changes.c.override_id == override_id)
        async with self._db.read() as connection:
            found = await connection.execute(query.order_by(override_changes.c.position))
            return [_change(row) for row in found]
