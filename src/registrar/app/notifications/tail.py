"""From the event log to the outbox: each event once, whoever reads and whenever it is killed.

Every dispatcher may read: only one of them moves on from a place, and keeps what it made of the
events in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import structlog

from registrar.app import sealing
from registrar.domain.errors import StoreUnavailable
from registrar.domain.notification import (
    REMINDER_DAYS,
    Channel,
    Kind,
    TenantNotifications,
    kind_of,
)
from registrar.domain.registration import Event
from registrar.ports.clock import Clock
from registrar.ports.guides import Guides
from registrar.ports.notices import NewNotice
from registrar.ports.store import LoggedEvent, Store
from registrar.ports.vault import Vault

PAGE = 500
LIVES = {Channel.EMAIL: timedelta(days=3), Channel.WEBHOOK: timedelta(hours=21)}
"""How long a notice is tried again."""
REMINDER_LIVES = timedelta(hours=20)
"""The next day it would say what is not true any more."""
MORNING = time(8, tzinfo=UTC)
"""When people are reminded."""
PAST = max(LIVES.values())
"""What happened longer ago is told to nobody: the log may not have been read for a long time."""

_log = structlog.get_logger("registrar.notices")


@dataclass(frozen=True, slots=True)
class Tail:
    """Reads on where the last one stopped; the first one ever begins at the end of the log.

    `channels` are those that are told by: for others nothing is kept that nobody would send.
    """

    store: Store
    guides: Guides
    vault: Vault
    clock: Clock
    channels: Sequence[Channel] = tuple(Channel)

    async def once(self) -> bool:
        """One page; whether there is more. Raises StoreUnavailable."""
        place = await self.store.notices.position()
        if place is None:
            await self.store.notices.record(None, await self.store.log_head(), ())
            return False
        page = await self.store.log(place, PAGE)
        if page:
            await self.store.notices.record(place, page[-1].position, await self._made(page))
        return len(page) == PAGE

    async def _made(self, page: Sequence[LoggedEvent]) -> list[NewNotice]:
        since = self.clock.now() - PAST
        recent = [one.event for one in page if one.event.at > since]
        told = [(one, kind) for one in recent if (kind := kind_of(one))]
        if not told:
            return []
        tenants = await self.store.tenants.of(sorted({event.tenant_id for event, _ in told}))
        made: list[NewNotice] = []
        for event, kind in told:
            if row := tenants.get(event.tenant_id):
                made += await self._of_one(event, kind, row.settings)
        return made

    async def _of_one(
        self, event: Event, kind: Kind, settings: TenantNotifications
    ) -> list[NewNotice]:
        asked = [one for one in self.channels if settings.wants(one, kind)]
        reminded = [
            one
            for one in self.channels
            if kind is Kind.ACTION_REQUIRED and settings.wants(one, Kind.REMINDER)
        ]
        if not (asked or reminded) or await self._is_known(event):
            return []
        closes = await self._closes(event) if reminded else None
        reminders = _reminders(event, reminded, closes, self.clock.now()) if closes else ()
        return [*(_notice(event, one, kind) for one in asked), *reminders]

    async def _is_known(self, event: Event) -> bool:
        """Look-ups and deadlines in passing leave a state as it was; it is told when it begins."""
        if event.sequence == 1:
            return False
        before = await self.store.events(
            event.tenant_id, event.registration_id, after=event.sequence - 2, limit=1
        )
        # Of what was erased meanwhile, nothing is there any more: its letter finds that out.
        return (
            bool(before) and before[0].sequence < event.sequence and before[0].state is event.state
        )

    async def _closes(self, event: Event) -> date | None:
        """The last day of the manufacturer's window; what cannot be read has none."""
        found = await self.store.get(event.tenant_id, [event.registration_id])
        stored = found.get(event.registration_id)
        if stored is None:
            return None
        try:
            submission = await sealing.unseal(self.vault, stored)
            guide = self.guides.guide(stored.registration, submission)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one registration may not stop the log of all
            what = type(error).__name__
            _log.warning("no_reminder", registration_id=event.registration_id, of=what)
            return None
        return guide.register_by if guide else None


def _notice(event: Event, channel: Channel, kind: Kind) -> NewNotice:
    return NewNotice(
        event.tenant_id, event.registration_id, event.sequence, channel, kind, LIVES[channel]
    )


def _reminders(
    event: Event, channels: Sequence[Channel], closes: date, now: datetime
) -> Iterator[NewNotice]:
    """Each once a registration, however often it is a person's turn; none for a day gone by."""
    for days in REMINDER_DAYS:
        due = datetime.combine(closes - timedelta(days=days), MORNING)
        if due <= now:
            continue
        for channel in channels:
            yield NewNotice(
                event.tenant_id,
                event.registration_id,
                0,
                channel,
                Kind.REMINDER,
                REMINDER_LIVES,
                days,
                due,
            )
