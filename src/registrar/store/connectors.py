"""The state of connectors in the database; see `ports.connector_states`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.audit import Act
from registrar.domain.connector import BY_SYSTEM, WELL, ConnectorState, Pause, Probe
from registrar.domain.gate_memory import GateMemory
from registrar.domain.outcome import Tier
from registrar.ports import audit, plain
from registrar.ports.connector_states import ConnectorKey, Probed
from registrar.store import pausing, ruling
from registrar.store.audit import audited
from registrar.store.engine import Database
from registrar.store.tables import connectors

_row = connectors.c
_KEY = [_row.manufacturer_id, _row.tier]
_PAUSE = (
    "paused_at",
    "paused_until",
    "pause_reason",
    "paused_by",
    "stopped_version",
    "stopped_step",
)
_MICROSECOND = timedelta(microseconds=1)
_PARTS = 1_000_000


def _is(key: ConnectorKey) -> sa.ColumnElement[bool]:
    return sa.and_(_row.manufacturer_id == key.manufacturer_id, _row.tier == key.tier)


def _state(row: Any) -> ConnectorState:  # noqa: ANN401 - a row of `_shown`
    pause = probe = None
    if row.in_force:
        until = None if row.paused_until is None else plain.from_micros(row.paused_until)
        since = plain.from_micros(row.paused_at)
        stop = row.stopped_version or "", row.stopped_step or ""
        pause = Pause(row.pause_reason, row.paused_by, since, until, *stop)
    if row.probed_at is not None:
        took = row.probe_micros * _MICROSECOND
        probe = Probe(row.probe_code, took, plain.from_micros(row.probed_at))
    return ConnectorState(
        row.manufacturer_id,
        Tier(row.tier),
        pause,
        probe,
        failures=row.probe_failures,
        ruling=ruling.read(row),
        probe_due=None if row.probe_due is None else plain.from_micros(row.probe_due),
        gate=_gate(row),
    )


def _gate(row: Any) -> GateMemory:  # noqa: ANN401 - a row of `connectors`
    if row.gate_until is None:
        return GateMemory()
    return GateMemory(row.gate_until, row.gate_trips, row.gate_cause, row.gate_day, row.gate_used)


def _view(before: ConnectorState | None, after: ConnectorState) -> tuple[object, object]:
    return audit.of_connector(before), audit.of_connector(after)


class SqlConnectors:
    """`ports.connector_states.ConnectorStates` over one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def _shown(self) -> sa.Select[Any]:
        return sa.select(
            connectors,
            pausing.in_force(self._db).label("in_force"),
            ruling.in_force(self._db).label("ruled"),
            ruling.left(self._db).label("ruling_left"),
        )

    def _kept(self, key: ConnectorKey, **values: Any) -> Any:  # noqa: ANN401 - either dialect's
        insert = (postgresql if self._db.postgres else sqlite).insert(connectors)
        return insert.values(manufacturer_id=key.manufacturer_id, tier=key.tier, **values)

    async def all(self) -> dict[ConnectorKey, ConnectorState]:
        """Of which anything is known."""
        async with self._db.read() as connection:
            found = map(_state, await connection.execute(self._shown()))
            return {ConnectorKey(one.manufacturer_id, one.tier): one for one in found}

    async def _written(self, key: ConnectorKey, statement: Any, act: Act | None) -> ConnectorState:  # noqa: ANN401
        wanted = self._shown().where(_is(key))

        async def look(connection: AsyncConnection) -> ConnectorState | None:
            row = (await connection.execute(wanted)).one_or_none()
            return None if row is None else _state(row)

        async def work(connection: AsyncConnection) -> ConnectorState:
            await connection.execute(statement)
            return _state((await connection.execute(wanted)).one())

        return await audited(self._db, act, work, _view, look)

    async def pause(
        self,
        key: ConnectorKey,
        reason: str,
        by: str,
        until: datetime | None,
        act: Act | None = None,
    ) -> ConnectorState:
        """The same again changes nothing."""
        ends = None if until is None else plain.to_micros(until)
        given = {"paused_until": ends, "pause_reason": reason, "paused_by": by}
        made = self._kept(key, paused_at=self._db.now, **given)
        goes_on = pausing.in_force(self._db)
        same = sa.and_(
            goes_on,
            _row.stopped_version.is_(None),
            _row.pause_reason == made.excluded.pause_reason,
            _row.paused_until.is_not_distinct_from(made.excluded.paused_until),
        )
        values = {
            "paused_at": sa.case((goes_on, _row.paused_at), else_=made.excluded.paused_at),
            "paused_by": sa.case((same, _row.paused_by), else_=made.excluded.paused_by),
            "paused_until": made.excluded.paused_until,
            "pause_reason": made.excluded.pause_reason,
            "stopped_version": None,
            "stopped_step": None,
        }
        made = made.on_conflict_do_update(index_elements=_KEY, set_=values)
        return await self._written(key, made, act)

    async def stop(
        self, key: ConnectorKey, reason: str, version: str, step: str
    ) -> ConnectorState | None:
        """A pause by the system itself."""
        given = {"pause_reason": reason, "paused_by": BY_SYSTEM, "paused_until": None}
        given |= {"stopped_version": version, "stopped_step": step}
        made = self._kept(key, paused_at=self._db.now, **given)
        free = ~pausing.in_force(self._db)
        values = {name: made.excluded[name] for name in ("paused_at", *given)}
        made = made.on_conflict_do_update(index_elements=_KEY, set_=values, where=free)

        async def work(connection: AsyncConnection) -> ConnectorState | None:
            if (await connection.execute(made)).rowcount == 0:
                return None
            return _state((await connection.execute(self._shown().where(_is(key)))).one())

        return await self._db.transact(work)

    async def resume(self, key: ConnectorKey, act: Act | None = None) -> ConnectorState:
        """Also where it is not paused."""
        values = dict.fromkeys(_PAUSE)
        made = self._kept(key).on_conflict_do_update(index_elements=_KEY, set_=values)
        return await self._written(key, made, act)

    async def rule(  # noqa: PLR0913 - as it is kept
        self,
        key: ConnectorKey,
        mode: str,
        reason: str,
        by: str,
        until: datetime | None,
        *,
        act: Act | None = None,
    ) -> ConnectorState:
        """The same again changes nothing."""
        made = self._kept(key, **ruling.given(self._db, mode, reason, by, until))
        values = ruling.over(self._db, made.excluded)
        made = made.on_conflict_do_update(index_elements=_KEY, set_=values)
        return await self._written(key, made, act)

    async def unrule(self, key: ConnectorKey, act: Act | None = None) -> ConnectorState:
        """Also where nothing was said."""
        values = dict.fromkeys(ruling.COLUMNS)
        made = self._kept(key).on_conflict_do_update(index_elements=_KEY, set_=values)
        return await self._written(key, made, act)

    async def remember(self, key: ConnectorKey, gate: GateMemory) -> None:
        """For the day on which Redis has lost it."""
        values = {f"gate_{name}": value for name, value in asdict(gate).items()}
        made = self._kept(key, **values).on_conflict_do_update(index_elements=_KEY, set_=values)
        await self._db.transact(lambda connection: connection.execute(made))

    async def hasten(self, key: ConnectorKey, limit: int) -> int:
        """Make submissions due that were put off for its circuit or its rate."""
        return await pausing.hasten(self._db, key, limit)

    async def due(self, queue: str, key: ConnectorKey, limit: int) -> list[str]:
        """Registrations with a submission due on this connector."""
        return await pausing.due(self._db, queue, key, limit)

    async def met(self, queue: str, limit: int) -> dict[str, datetime | None]:
        """Registrations with a submission due on a paused connector."""
        return await pausing.met(self._db, queue, limit)

    async def lift(self, limit: int) -> int:
        """Make jobs due whose pause is over."""
        return await pausing.lift(self._db, limit)

    async def due_probes(
        self, keys: Sequence[ConnectorKey], spread: timedelta, lease: timedelta
    ) -> list[tuple[ConnectorKey, int]]:
        """Take the probes that are due."""
        now = self._db.now
        named = sa.or_(sa.false(), *map(_is, keys))
        free = sa.or_(_row.probe_lease.is_(None), _row.probe_lease < now)
        taken = (
            connectors.update()
            .where(named, sa.func.coalesce(_row.probe_due, 0) <= now, free)
            .values(probe_lease=now + lease // _MICROSECOND, probe_fence=_row.probe_fence + 1)
            .returning(_row.manufacturer_id, _row.tier, _row.probe_fence)
        )

        async def work(connection: AsyncConnection) -> list[tuple[ConnectorKey, int]]:
            for key in keys:
                fresh = self._kept(key, probe_due=now + self._within(spread))
                await connection.execute(fresh.on_conflict_do_nothing())
            rows = await connection.execute(taken)
            return [(ConnectorKey(row[0], Tier(row[1])), row[2]) for row in rows]

        return await self._db.transact(work)

    async def want_probe(self, key: ConnectorKey) -> None:
        """Due now."""
        due = {"probe_due": self._db.now, "probe_lease": None}
        made = self._kept(key, **due).on_conflict_do_update(index_elements=_KEY, set_=due)
        await self._db.transact(lambda connection: connection.execute(made))

    def _within(self, spread: timedelta) -> sa.ColumnElement[int]:
        """At random, by the database: one row of many processes decides."""
        micros = spread // _MICROSECOND
        if self._db.postgres:
            return sa.cast(sa.func.random() * micros, sa.BigInteger)
        return sa.func.abs(sa.func.random() % _PARTS) * (micros // _PARTS)

    async def record(self, key: ConnectorKey, probed: Probed) -> ConnectorState | None:
        """Keep a result; None where its fence is no longer the newest."""
        now, well = self._db.now, probed.code == WELL
        values = {
            "probed_at": now,
            "probe_code": probed.code,
            "probe_micros": probed.latency // _MICROSECOND,
            "probe_due": now + probed.next_in // _MICROSECOND,
        }
        changes = values | {
            "probe_failures": 0 if well else _row.probe_failures + 1,
            "probe_fence": _row.probe_fence + 1,
            "probe_lease": None,
        }
        holds = sa.true() if probed.fence is None else _row.probe_fence == probed.fence

        async def work(connection: AsyncConnection) -> ConnectorState | None:
            made = self._kept(key, probe_failures=int(not well), **values)
            made = made.on_conflict_do_update(index_elements=_KEY, set_=changes, where=holds)
            if (await connection.execute(made)).rowcount == 0:
                return None
            return _state((await connection.execute(self._shown().where(_is(key)))).one())

        return await self._db.transact(work)
