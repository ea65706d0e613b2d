"""Dead letters in the database; see `ports.dead_letters`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.dead_letter import cause_of
from registrar.domain.registration import Registration
from registrar.ports import plain
from registrar.ports.dead_letters import EXAMPLES, MOST_COUNTED, DeadLetterGroup, GroupPlace
from registrar.store import rows
from registrar.store.engine import Database
from registrar.store.tables import DEAD, UNTOLD, registrations

_row = registrations.c
_NAMES = ("cause", "failed_at")
_TOLD = registrations.update().where(
    _row.id == sa.bindparam("b_id"), _row.revision == sa.bindparam("b_revision"), UNTOLD
)


class SqlDeadLetters:
    """`ports.dead_letters.DeadLetters` over one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def groups(
        self, tenant_id: str, manufacturer_id: str, after: GroupPlace | None, limit: int
    ) -> list[DeadLetterGroup]:
        """From one group to the next by the index: whatever lies between is not read."""
        mine = sa.and_(_row.tenant_id == tenant_id, DEAD)
        if manufacturer_id:
            mine = sa.and_(mine, _row.manufacturer_id == manufacturer_id)
        found: list[DeadLetterGroup] = []
        async with self._db.read() as connection:
            while len(found) < limit:
                place = await _following(connection, mine, after)
                if place is None:
                    break
                group = await _group(connection, tenant_id, place)
                found += [group] if group else []
                after = place
        return found

    async def tell(self, limit: int) -> int:
        """Each as it was read; who moves it meanwhile tells it as well."""
        query = sa.select(_row.body, _row.successor_id).where(UNTOLD).limit(limit)
        async with self._db.read() as connection:
            untold = [_told(row) for row in await connection.execute(query)]
        if untold:
            await self._db.transact(lambda connection: connection.execute(_TOLD, untold))
        return len(untold)


def _told(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of the table
    one: Registration = replace(row.body, successor_id=row.successor_id or "")
    changing = rows.changing(one)
    return {name: changing[name] for name in _NAMES} | {"b_id": one.id, "b_revision": one.revision}


async def _following(
    connection: AsyncConnection, mine: sa.ColumnElement[bool], after: GroupPlace | None
) -> GroupPlace | None:
    query = following(mine, after)
    row = (await connection.execute(query)).first()
    return None if row is None else GroupPlace(row.manufacturer_id, row.cause)


def following(mine: sa.ColumnElement[bool], after: GroupPlace | None) -> sa.Select[Any, Any]:
    """The next group."""
    query = sa.select(_row.manufacturer_id, _row.cause).where(mine)
    if after is not None:
        place = sa.tuple_(sa.literal(after.manufacturer_id), sa.literal(after.fingerprint))
        query = query.where(sa.tuple_(_row.manufacturer_id, _row.cause) > place)
    return query.order_by(_row.manufacturer_id, _row.cause).limit(1)


def of_group(tenant_id: str, place: GroupPlace) -> sa.ColumnElement[bool]:
    """All dead letters of one cause."""
    return sa.and_(
        _row.tenant_id == tenant_id,
        _row.manufacturer_id == place.manufacturer_id,
        _row.cause == place.fingerprint,
        DEAD,
    )


def extent(of_these: sa.ColumnElement[bool]) -> sa.Select[Any, Any]:
    """How many there are, as far as they are counted, and the time of the oldest."""
    some = sa.select(_row.id).where(of_these).limit(MOST_COUNTED + 1).subquery()
    oldest = sa.select(sa.func.min(_row.failed_at)).where(of_these).scalar_subquery()
    count = sa.select(sa.func.count()).select_from(some).scalar_subquery()
    return sa.select(count.label("number"), oldest.label("oldest"))


async def _group(
    connection: AsyncConnection, tenant_id: str, place: GroupPlace
) -> DeadLetterGroup | None:
    """None where the last of it was answered just now."""
    these = of_group(tenant_id, place)
    newest = sa.select(_row.id, _row.failed_at, _row.body).where(these)
    newest = newest.order_by(_row.failed_at.desc(), _row.id.desc()).limit(EXAMPLES)
    examples = (await connection.execute(newest)).all()
    known = (await connection.execute(extent(these))).one()
    if not examples or not known.number:
        return None
    return made(
        examples[0].body,
        known.number,
        (known.oldest, examples[0].failed_at),
        tuple(one.id for one in examples),
    )


def made(
    newest: Registration, count: int, times: tuple[int, int], examples: tuple[str, ...]
) -> DeadLetterGroup:
    """Of what was found of one cause; `times`: of the oldest and of the newest."""
    return DeadLetterGroup(
        cause_of(newest),
        min(count, MOST_COUNTED),
        count > MOST_COUNTED,
        plain.from_micros(times[0]),
        plain.from_micros(times[1]),
        examples,
        newest.failure.message if newest.failure else "",
    )
