"""The outbox of notices: part of the store, whose clock decides when one is due.

Rows are made from the event log in the transaction that moves on in it, so each event is seen
exactly once. They hold nothing personal: who is written to is looked up when it is sent. Every
method raises StoreUnavailable when the database does not answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import msgspec

from registrar.domain.audit import Act
from registrar.domain.notification import Channel, Kind, notice_id

if TYPE_CHECKING:
    # The store has the notices, and the notices a place in its log.
    from registrar.ports.store import Position


class NoticeState(StrEnum):
    """Where a notice stands."""

    WAITING = "waiting"
    """For its first try, or for another one."""
    SENT = "sent"
    """Somebody else has taken charge of it."""
    BOUNCED = "bounced"
    """The address does not exist; it is not written to again."""
    REFUSED = "refused"
    """It is not wanted as it is; another try would be no better."""
    SPENT = "spent"
    """It was tried as often as it may be."""
    SKIPPED = "skipped"
    """There was nothing to tell any more, or nobody to tell it to."""


FAILED = frozenset({NoticeState.REFUSED, NoticeState.SPENT})
"""Worth being replayed."""
DISABLED = "disabled"
"""Code of what was skipped because its webhook is disabled: it is worth being replayed, too."""


class NewNotice(msgspec.Struct, frozen=True):
    """To be told once for its event, channel and kind. A reminder's `sequence` is 0."""

    tenant_id: str
    registration_id: str
    sequence: int
    channel: Channel
    kind: Kind
    lives: timedelta
    """How long after it is due it is tried again."""
    days: int = 0
    """Of a reminder: before the last day."""
    due: datetime | None = None
    """None: now."""

    @property
    def id(self) -> str:
        """The same for the same notice."""
        key = (self.registration_id, self.sequence, self.channel, self.kind, self.days)
        return notice_id(*key)


class Notice(msgspec.Struct, frozen=True):
    """A row. Instants are aware, UTC, by the store's clock."""

    id: str
    tenant_id: str
    registration_id: str
    sequence: int
    channel: Channel
    kind: Kind
    days: int
    state: NoticeState
    tries: int
    created_at: datetime
    due_at: datetime
    """While it is being sent: when it would be tried again if its sender vanished."""
    expires_at: datetime
    code: str = ""
    """Why it is not sent: a short word or a reply's number, nothing personal."""
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notice to send. Only who holds the newest `fence` may say what became of it."""

    notice: Notice
    fence: int
    spent: bool
    """Its time is over: this is the last try."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a try; with WAITING, another one follows after `retry_in`."""

    state: NoticeState
    code: str = ""
    retry_in: timedelta = timedelta(0)
    bounced: bytes | None = None
    """Blind index of the address that does not exist."""


@dataclass(frozen=True, slots=True)
class NoticeFilter:
    """All conditions must hold; empty means any."""

    channel: Channel | None = None
    states: tuple[NoticeState, ...] = ()
    registration_id: str = ""


@dataclass(frozen=True, slots=True)
class NoticeCursor:
    """Strictly before this row: the newest are listed first."""

    created_at: datetime
    notice_id: str


class Notices(Protocol):
    """Part of the store."""

    async def position(self) -> Position | None:
        """Up to where the event log has been read; None before the first time."""
        ...

    async def record(
        self, expected: Position | None, to: Position, made: Sequence[NewNotice]
    ) -> bool:
        """Keep them and move on, in one transaction; False, and nothing, where another one did.

        A notice that is there already stays as it is.
        """
        ...

    async def claim(
        self, channel: Channel, limit: int, lease: timedelta, busy: Sequence[str] = ()
    ) -> list[Claimed]:
        """Due ones, longest due first, each to one claimant; again after `lease` if not settled.

        None of the tenants that are `busy`. Of one registration, mail goes in the order of its
        events: the next one waits for the one before. Reminders neither wait nor are waited for.
        """
        ...

    async def settle(self, notice_id: str, fence: int, settled: Settled) -> bool:
        """False where another claimant has it by now."""
        ...

    async def of(self, notice_id: str) -> Notice | None:
        """One of any tenant."""
        ...

    async def came_back(self, notice_id: str, code: str, address: bytes | None) -> bool:
        """A letter that somebody had taken charge of: False where it is not one of those.

        `address` is the blind index of a mailbox that does not exist.
        """
        ...

    async def bounced(self, tenant_id: str, address: bytes) -> bool:
        """Whether this address, by its blind index, is known not to exist."""
        ...

    async def listed(
        self, tenant_id: str, where: NoticeFilter, limit: int, after: NoticeCursor | None = None
    ) -> list[Notice]:
        """Newest first."""
        ...

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
        """Tell again what was made since then and failed, or also what was sent; how many."""
        ...

    async def forget(self, before: datetime, limit: int) -> int:
        """Drop what was settled before then, and the addresses that bounced; how many notices."""
        ...
