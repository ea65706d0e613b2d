"""The outbox of notices in the database; see `ports.notices`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.audit import Act
from registrar.domain.notification import Channel, Kind
from registrar.ports import audit, plain
from registrar.ports.notices import (
    DISABLED,
    FAILED,
    Claimed,
    NewNotice,
    Notice,
    NoticeCursor,
    NoticeFilter,
    NoticeState,
    Settled,
)
from registrar.ports.store import Position
from registrar.store.audit import audited
from registrar.store.engine import Database
from registrar.store.notice_tables import bounced_addresses, notices
from registrar.store.tables import log_readers

READER = "notices"
_row = notices.c
_READER = log_readers.c.name == READER
_WAITING = _row.state == sa.literal_column("'waiting'")
_MICROSECOND = timedelta(microseconds=1)


def _notice(row: Any) -> Notice:  # noqa: ANN401 - a row of the table
    return Notice(
        id=row.id,
        tenant_id=row.tenant_id,
        registration_id=row.registration_id,
        sequence=row.sequence,
        channel=Channel(row.channel),
        kind=Kind(row.kind),
        days=row.days,
        state=NoticeState(row.state),
        tries=row.tries,
        created_at=plain.from_micros(row.created_at),
        due_at=plain.from_micros(row.due_at),
        expires_at=plain.from_micros(row.expires_at),
        code=row.code,
        settled_at=None if row.settled_at is None else plain.from_micros(row.settled_at),
    )


class SqlNotices:
    """`ports.notices.Notices` over one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @property
    def _insert(self) -> Any:  # noqa: ANN401 - both dialects' insert
        return (postgresql if self._db.postgres else sqlite).insert

    async def position(self) -> Position | None:
        """Up to where the log has been read."""
        query = sa.select(log_readers).where(_READER)
        async with self._db.read() as connection:
            row = (await connection.execute(query)).one_or_none()
            return None if row is None else Position(row.epoch, row.position)

    async def record(
        self, expected: Position | None, to: Position, made: Sequence[NewNotice]
    ) -> bool:
        """Keep them and move on, in one transaction."""
        place = {"epoch": to.epoch, "position": to.offset}
        if expected is None:
            first = self._insert(log_readers).values(name=READER, **place)
            move = first.on_conflict_do_nothing()
        else:
            there = (log_readers.c.epoch == expected.epoch) & (
                log_readers.c.position == expected.offset
            )
            move = log_readers.update().where(_READER, there).values(place)
        keep = self._insert(notices).on_conflict_do_nothing()

        async def work(connection: AsyncConnection) -> bool:
            if (await connection.execute(move)).rowcount != 1:
                return False
            if made:
                now = (await connection.execute(sa.select(self._db.now))).scalar_one()
                await connection.execute(keep, [_values(one, now) for one in made])
            return True

        return await self._db.transact(work)

    def _due(self, channel: Channel, limit: int, busy: Sequence[str]) -> sa.Select[Any]:
        """Ids; on PostgreSQL without those that another one is claiming."""
        before = notices.alias("before")
        in_its_way = sa.exists().where(
            before.c.registration_id == _row.registration_id,
            before.c.channel == _row.channel,
            before.c.sequence.between(1, _row.sequence - 1),
            before.c.state == sa.literal_column("'waiting'"),
        )
        query = sa.select(_row.id).where(
            _row.channel == sa.literal_column(f"'{channel}'"), _WAITING, _row.due_at <= self._db.now
        )
        if busy:
            query = query.where(~self._db.among(_row.tenant_id, busy))
        if channel is Channel.EMAIL:
            query = query.where(~in_its_way)
        query = query.order_by(_row.due_at, _row.id).limit(limit)
        return query.with_for_update(skip_locked=True) if self._db.postgres else query

    async def claim(
        self, channel: Channel, limit: int, lease: timedelta, busy: Sequence[str] = ()
    ) -> list[Claimed]:
        """Each to one claimant."""
        now, due = self._db.now, self._due(channel, limit, busy)

        async def work(connection: AsyncConnection) -> list[Claimed]:
            ids = list((await connection.execute(due)).scalars())
            if not ids:
                return []
            taken = notices.update().where(self._db.among(_row.id, ids))
            taken = taken.values(
                due_at=now + lease // _MICROSECOND, fence=_row.fence + 1, tries=_row.tries + 1
            )
            await connection.execute(taken)
            spent = (_row.expires_at <= now).label("spent")
            query = sa.select(notices, spent).where(self._db.among(_row.id, ids))
            order = {one: place for place, one in enumerate(ids)}
            found = [
                Claimed(_notice(row), row.fence, bool(row.spent))
                for row in await connection.execute(query)
            ]
            return sorted(found, key=lambda one: order[one.notice.id])

        return await self._db.transact(work)

    async def settle(self, notice_id: str, fence: int, settled: Settled) -> bool:
        """What became of a try."""
        now = self._db.now
        waits = settled.state is NoticeState.WAITING
        values = {"state": settled.state, "code": settled.code}
        again = {"due_at": now + settled.retry_in // _MICROSECOND}
        change = notices.update().where(_row.id == notice_id, _row.fence == fence, _WAITING)
        change = change.values(values | (again if waits else {"settled_at": now}))

        async def work(connection: AsyncConnection) -> bool:
            return await self._ended(connection, change, settled.code, settled.bounced)

        return await self._db.transact(work)

    async def _ended(
        self, connection: AsyncConnection, change: sa.Update, code: str, address: bytes | None
    ) -> bool:
        """Whether the change met its notice; with the address that does not exist."""
        row = (await connection.execute(change.returning(_row.tenant_id))).one_or_none()
        if row is not None and address is not None:
            bounce = self._insert(bounced_addresses).values(
                tenant_id=row.tenant_id,
                address_index=address,
                code=code,
                bounced_at=self._db.now,
            )
            await connection.execute(bounce.on_conflict_do_nothing())
        return row is not None

    async def of(self, notice_id: str) -> Notice | None:
        """One of any tenant."""
        async with self._db.read() as connection:
            query = sa.select(notices).where(_row.id == notice_id)
            row = (await connection.execute(query)).one_or_none()
            return None if row is None else _notice(row)

    async def came_back(self, notice_id: str, code: str, address: bytes | None) -> bool:
        """A letter that somebody had taken charge of."""
        change = notices.update().where(_row.id == notice_id, _row.state == NoticeState.SENT)
        change = change.values(state=NoticeState.BOUNCED, code=code)

        async def work(connection: AsyncConnection) -> bool:
            return await self._ended(connection, change, code, address)

        return await self._db.transact(work)

    async def bounced(self, tenant_id: str, address: bytes) -> bool:
        """Whether it is known not to exist."""
        known = bounced_addresses.c
        query = sa.select(known.code).where(
            known.tenant_id == tenant_id, known.address_index == address
        )
        async with self._db.read() as connection:
            return (await connection.execute(query)).one_or_none() is not None

    async def listed(
        self, tenant_id: str, where: NoticeFilter, limit: int, after: NoticeCursor | None = None
    ) -> list[Notice]:
        """Newest first."""
        query = sa.select(notices).where(_row.tenant_id == tenant_id)
        if where.channel is not None:
            query = query.where(_row.channel == where.channel)
        if where.states:
            query = query.where(_row.state.in_([one.value for one in where.states]))
        if where.registration_id:
            query = query.where(_row.registration_id == where.registration_id)
        if after is not None:
            place = sa.tuple_(
                sa.literal(plain.to_micros(after.created_at)), sa.literal(after.notice_id)
            )
            query = query.where(sa.tuple_(_row.created_at, _row.id) < place)
        query = query.order_by(_row.created_at.desc(), _row.id.desc()).limit(limit)
        async with self._db.read() as connection:
            return [_notice(row) for row in await connection.execute(query)]

    async def replay(  # noqa: PLR0913 - what is told again, and for how long
        self,
        tenant_id: str,
        channel: Channel,
        since: datetime,
        *,
        sent: bool,
        lives: timedelta,
        act: Act | None = None,
    ) -> int:
        """Tell again."""
        states = [*FAILED, *([NoticeState.SENT] if sent else [])]
        disabled = (_row.state == NoticeState.SKIPPED) & (_row.code == DISABLED)
        again = notices.update().where(
            _row.tenant_id == tenant_id,
            _row.channel == channel,
            _row.created_at >= plain.to_micros(since),
            sa.or_(_row.state.in_([one.value for one in states]), disabled),
        )
        now = self._db.now
        again = again.values(
            state=NoticeState.WAITING,
            due_at=now,
            expires_at=now + lives // _MICROSECOND,
            tries=0,
            code="",
            settled_at=None,
        )

        async def work(connection: AsyncConnection) -> int:
            return (await connection.execute(again)).rowcount

        def view(_: None, count: int) -> tuple[object, object]:
            return None, audit.of_replay(channel, since, count, sent=sent)

        return await audited(self._db, act, work, view)

    async def forget(self, before: datetime, limit: int) -> int:
        """Drop what was settled or bounced before then."""
        over = sa.select(_row.id).where(_row.settled_at < plain.to_micros(before)).limit(limit)

        async def work(connection: AsyncConnection) -> int:
            old = bounced_addresses.c.bounced_at < plain.to_micros(before)
            await connection.execute(bounced_addresses.delete().where(old))
            gone = notices.delete().where(_row.id.in_(over.scalar_subquery()))
            return (await connection.execute(gone)).rowcount

        return await self._db.transact(work)


def _values(made: NewNotice, now: int) -> dict[str, Any]:
    due = now if made.due is None else max(now, plain.to_micros(made.due))
    return {
        "id": made.id,
        "tenant_id": made.tenant_id,
        "registration_id": made.registration_id,
        "sequence": made.sequence,
        "channel": made.channel,
        "kind": made.kind,
        "days": made.days,
        "state": NoticeState.WAITING,
        "created_at": now,
        "due_at": due,
        "expires_at": due + made.lives // _MICROSECOND,
    }
