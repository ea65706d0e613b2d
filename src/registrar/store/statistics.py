"""Statistics in the database; see `ports.statistics`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.registration import Event, State
from registrar.domain.statistics import Measure
from registrar.ports import plain
from registrar.ports.statistics import (
    Batch,
    Cell,
    Count,
    Counted,
    Dimension,
    Grain,
    Level,
    Origin,
    Slice,
    Span,
)
from registrar.ports.store import Position
from registrar.store import bulk
from registrar.store.engine import Database
from registrar.store.statistics_tables import details, levels, rollups, timings
from registrar.store.tables import events, log_readers, registrations

READER = "statistics"
_READER = log_readers.c.name == READER
_COUNTRY = sa.type_coerce(registrations.c.body, sa.JSON)["country"].as_string()


class SqlStatistics:
    """`ports.statistics.Statistics` over one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @property
    def _insert(self) -> Any:  # noqa: ANN401 - both dialects' insert
        return (postgresql if self._db.postgres else sqlite).insert

    async def counted(self) -> Counted | None:
        """How far the log is counted."""
        async with self._db.read() as connection:
            row = (await connection.execute(sa.select(log_readers).where(_READER))).one_or_none()
        if row is None:
            return None
        return Counted(Position(row.epoch, row.position), plain.from_micros(row.as_of))

    def _move(self, expected: Position | None, counted: Counted) -> Any:  # noqa: ANN401 - insert or update
        place = {
            "epoch": counted.position.epoch,
            "position": counted.position.offset,
            "as_of": plain.to_micros(counted.as_of),
        }
        if expected is None:
            first = self._insert(log_readers).values(name=READER, **place)
            return first.on_conflict_do_nothing()
        there = (log_readers.c.epoch == expected.epoch) & (
            log_readers.c.position == expected.offset
        )
        return log_readers.update().where(_READER, there).values(place)

    async def add(self, expected: Position | None, counted: Counted, batch: Batch) -> bool:
        """Add and move on, in one transaction."""
        move = self._move(expected, counted)

        async def work(connection: AsyncConnection) -> bool:
            if (await connection.execute(move)).rowcount != 1:
                return False
            for table, rows in (
                (rollups, _totals(batch.cells)),
                (details, batch.cells),
                (timings, batch.timings),
                (levels, batch.levels),
            ):
                if rows:
                    await connection.execute(*self._added(table, _values(rows)))
            return True

        return await self._db.transact(work)

    def _added(self, table: sa.Table, rows: list[dict[str, Any]]) -> tuple[Any, Any]:
        """The statement, and its parameters."""
        made: Any = self._insert(table)
        given: Any = rows
        if self._db.postgres:
            # One statement for all of them: row by row it takes three times as long.
            columns = bulk.of(table)
            made = made.from_select(list(columns), sa.select(bulk.given("added", columns)))
            given = bulk.arrays("added", columns, rows)
        added = made.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_={"n": table.c.n + made.excluded.n},
        )
        return added, given

    async def origins(self, registration_ids: Collection[str]) -> dict[str, Origin]:
        """Of registrations of any tenant."""
        one = registrations.c
        query = sa.select(one.id, one.manufacturer_id, one.created_at, _COUNTRY.label("country"))
        query = query.where(self._db.among(one.id, registration_ids))
        async with self._db.read() as connection:
            return {
                row.id: Origin(
                    row.manufacturer_id, row.country or "", plain.from_micros(row.created_at)
                )
                for row in await connection.execute(query)
            }

    async def before(self, happened: Sequence[Event]) -> dict[tuple[str, int], State]:
        """State before each."""
        one = events.c
        wanted = [(event.registration_id, event.sequence - 1) for event in happened]
        query = sa.select(one.registration_id, one.sequence, one.body)
        query = query.where(sa.tuple_(one.registration_id, one.sequence).in_(wanted))
        async with self._db.read() as connection:
            return {
                (row.registration_id, row.sequence + 1): row.body.state
                for row in await connection.execute(query)
            }

    async def counts(
        self, where: Slice, spans: Sequence[Span], by: Sequence[Dimension] = ()
    ) -> list[Count]:
        """Sums over disjoint spans."""
        if not spans:
            return []
        names = [one.value for one in by]
        told = {*names, *(["country"] if where.countries else [])}
        table = rollups if told <= set(rollups.c.keys()) else details
        found = _within(table, where, spans, "measure", *names)
        keys = [found.c[name] for name in names]
        total = sa.cast(sa.func.sum(found.c.n), sa.BigInteger)
        query = sa.select(found.c.measure, *keys, total).group_by(found.c.measure, *keys)
        async with self._db.read() as connection:
            return [
                Count(Measure(row[0]), _key(by, row[1:-1]), row[-1])
                for row in await connection.execute(query)
            ]

    async def timings(self, where: Slice, spans: Sequence[Span]) -> dict[Measure, dict[int, int]]:
        """Of each measure, how many are in which bucket."""
        made: dict[Measure, dict[int, int]] = defaultdict(dict)
        if not spans:
            return made
        found = _within(timings, where, spans, "measure", "bucket")
        total = sa.cast(sa.func.sum(found.c.n), sa.BigInteger)
        query = sa.select(found.c.measure, found.c.bucket, total)
        query = query.group_by(found.c.measure, found.c.bucket)
        async with self._db.read() as connection:
            for measure, bucket, n in await connection.execute(query):
                made[Measure(measure)][bucket] = n
        return made

    async def levels(self, tenant_id: str | None) -> list[tuple[Level, int]]:
        """As of the last `add`."""
        query = sa.select(levels).where(levels.c.n != 0)
        if tenant_id is not None:
            query = query.where(levels.c.tenant_id == tenant_id)
        async with self._db.read() as connection:
            return [
                (Level(row.tenant_id, row.manufacturer_id, State(row.state)), row.n)
                for row in await connection.execute(query)
            ]

    async def forget(self, grain: Grain, before: datetime, limit: int) -> int:
        """Drop what is older."""

        async def work(connection: AsyncConnection) -> int:
            gone = 0
            for table in (rollups, details, timings):
                keys = list(table.primary_key.columns)
                old = sa.select(*keys).where(
                    table.c.grain == grain, table.c.at < plain.to_micros(before)
                )
                there = sa.tuple_(*keys).in_(old.limit(limit))
                gone += (await connection.execute(table.delete().where(there))).rowcount
            return gone

        return await self._db.transact(work)


class _Total(NamedTuple):
    """A Cell without its code and country."""

    grain: Grain
    at: datetime
    tenant_id: str
    manufacturer_id: str
    measure: Measure
    tier: str
    status: str


def _totals(cells: Mapping[Cell, int]) -> Counter[_Total]:
    made: Counter[_Total] = Counter()
    for key, n in cells.items():
        made[_Total._make(key[: len(_Total._fields)])] += n
    return made


def _values(rows: Mapping[Any, int]) -> list[dict[str, Any]]:
    """In one order for every process."""
    made = [key._asdict() | {"n": n} for key, n in sorted(rows.items())]
    for one in made:
        if "at" in one:
            one["at"] = plain.to_micros(one["at"])
    return made


def _within(table: sa.Table, where: Slice, spans: Sequence[Span], *names: str) -> sa.Subquery:
    """Rows of these columns: one range of the index for each span."""
    columns = [table.c[name] for name in names]
    told = _told(table, where)
    parts = [
        sa.select(*columns, table.c.n).where(
            *told,
            table.c.grain == one.grain,
            table.c.at >= plain.to_micros(one.start),
            table.c.at < plain.to_micros(one.end),
        )
        for one in spans
    ]
    return sa.union_all(*parts).subquery()


def _told(table: sa.Table, where: Slice) -> list[sa.ColumnElement[bool]]:
    made: list[sa.ColumnElement[bool]] = [table.c.measure.in_(where.measures)]
    if where.tenant_id is not None:
        made.append(table.c.tenant_id == where.tenant_id)
    if where.manufacturer_ids:
        made.append(table.c.manufacturer_id.in_(where.manufacturer_ids))
    if where.tiers:
        made.append(table.c.tier.in_(where.tiers))
    for name, wanted in (("country", where.countries), ("status", where.statuses)):
        if wanted and name in table.c:
            made.append(table.c[name].in_(wanted))
    return made


def _key(by: Sequence[Dimension], values: Sequence[Any]) -> tuple[str | datetime, ...]:
    return tuple(
        plain.from_micros(value) if one is Dimension.AT else value
        for one, value in zip(by, values, strict=True)
    )
