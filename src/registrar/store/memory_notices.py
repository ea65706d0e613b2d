"""The memory twin of the outbox of notices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from registrar.domain.audit import Act
from registrar.domain.notification import Channel
from registrar.ports import audit
from registrar.ports.clock import Clock
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
from registrar.store.memory_audit import MemoryAudit


@dataclass(slots=True)
class _Row:
    notice: Notice
    fence: int = 0


class MemoryNotices:
    """By id."""

    def __init__(self, clock: Clock, audit: MemoryAudit) -> None:
        self._clock = clock
        self._audit = audit
        self._rows: dict[str, _Row] = {}
        self._bounced: dict[tuple[str, bytes], datetime] = {}
        self._position: Position | None = None

    async def position(self) -> Position | None:
        """Up to where the log has been read."""
        return self._position

    async def record(
        self, expected: Position | None, to: Position, made: Sequence[NewNotice]
    ) -> bool:
        """Keep them and move on."""
        if self._position != expected:
            return False
        self._position = to
        for one in made:
            self._rows.setdefault(one.id, _Row(self._notice(one)))
        return True

    def _notice(self, made: NewNotice) -> Notice:
        now = self._clock.now()
        due = now if made.due is None else max(now, made.due)
        return Notice(
            id=made.id,
            tenant_id=made.tenant_id,
            registration_id=made.registration_id,
            sequence=made.sequence,
            channel=made.channel,
            kind=made.kind,
            days=made.days,
            state=NoticeState.WAITING,
            tries=0,
            created_at=now,
            due_at=due,
            expires_at=due + made.lives,
        )

    async def claim(
        self, channel: Channel, limit: int, lease: timedelta, busy: Sequence[str] = ()
    ) -> list[Claimed]:
        """Each to one claimant."""
        now = self._clock.now()
        due = [
            row
            for row in self._rows.values()
            if row.notice.channel is channel
            and row.notice.state is NoticeState.WAITING
            and row.notice.due_at <= now
            and row.notice.tenant_id not in busy
            and not (channel is Channel.EMAIL and self._in_its_way(row.notice))
        ]
        due.sort(key=lambda row: (row.notice.due_at, row.notice.id))
        return [self._claimed(row, now, lease) for row in due[:limit]]

    def _in_its_way(self, notice: Notice) -> bool:
        return any(
            one.notice.registration_id == notice.registration_id
            and one.notice.channel is notice.channel
            and 0 < one.notice.sequence < notice.sequence
            and one.notice.state is NoticeState.WAITING
            for one in self._rows.values()
        )

    def _claimed(self, row: _Row, now: datetime, lease: timedelta) -> Claimed:
        row.fence += 1
        row.notice = replace(row.notice, due_at=now + lease, tries=row.notice.tries + 1)
        return Claimed(row.notice, row.fence, row.notice.expires_at <= now)

    async def settle(self, notice_id: str, fence: int, settled: Settled) -> bool:
        """What became of a try."""
        row = self._rows.get(notice_id)
        if row is None or row.fence != fence or row.notice.state is not NoticeState.WAITING:
            return False
        now = self._clock.now()
        row.notice = replace(row.notice, state=settled.state, code=settled.code)
        if settled.state is NoticeState.WAITING:
            row.notice = replace(row.notice, due_at=now + settled.retry_in)
        else:
            row.notice = replace(row.notice, settled_at=now)
        if settled.bounced is not None:
            self._bounced.setdefault((row.notice.tenant_id, settled.bounced), now)
        return True

    async def of(self, notice_id: str) -> Notice | None:
        """One of any tenant."""
        row = self._rows.get(notice_id)
        return None if row is None else row.notice

    async def came_back(self, notice_id: str, code: str, address: bytes | None) -> bool:
        """A letter that somebody had taken charge of."""
        row = self._rows.get(notice_id)
        if row is None or row.notice.state is not NoticeState.SENT:
            return False
        row.notice = replace(row.notice, state=NoticeState.BOUNCED, code=code)
        if address is not None:
            self._bounced.setdefault((row.notice.tenant_id, address), self._clock.now())
        return True

    def unlist(self, tenant_id: str, address: bytes) -> None:
        """Nothing of this mailbox is known any more."""
        self._bounced.pop((tenant_id, address), None)

    async def bounced(self, tenant_id: str, address: bytes) -> bool:
        """Whether it is known not to exist."""
        return (tenant_id, address) in self._bounced

    async def listed(
        self, tenant_id: str, where: NoticeFilter, limit: int, after: NoticeCursor | None = None
    ) -> list[Notice]:
        """Newest first."""
        mine = [row.notice for row in self._rows.values() if row.notice.tenant_id == tenant_id]
        found = [one for one in mine if _matches(one, where)]
        if after is not None:
            place = (after.created_at, after.notice_id)
            found = [one for one in found if (one.created_at, one.id) < place]
        return sorted(found, key=lambda one: (one.created_at, one.id), reverse=True)[:limit]

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
        states = FAILED | ({NoticeState.SENT} if sent else set())
        now = self._clock.now()
        found = []
        for row in self._rows.values():
            one = row.notice
            disabled = one.state is NoticeState.SKIPPED and one.code == DISABLED
            mine = (one.tenant_id, one.channel) == (tenant_id, channel) and one.created_at >= since
            if mine and (one.state in states or disabled):
                found.append(row)
        self._audit.note(act, None, audit.of_replay(channel, since, len(found), sent=sent))
        again = {"state": NoticeState.WAITING, "due_at": now, "expires_at": now + lives}
        for row in found:
            row.notice = replace(row.notice, **again, tries=0, code="", settled_at=None)
        return len(found)

    async def forget(self, before: datetime, limit: int) -> int:
        """Drop what was settled or bounced before then."""
        self._bounced = {key: at for key, at in self._bounced.items() if at >= before}
        over = [
            key
            for key, row in self._rows.items()
            if row.notice.settled_at is not None and row.notice.settled_at < before
        ][:limit]
        for key in over:
            del self._rows[key]
        return len(over)


def _matches(one: Notice, where: NoticeFilter) -> bool:
    return (
        where.channel in {None, one.channel}
        and (not where.states or one.state in where.states)
        and where.registration_id in {"", one.registration_id}
    )
