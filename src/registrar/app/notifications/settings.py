"""How a tenant wants it told: shown, changed, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from registrar.app.audit import Audit
from registrar.app.commands import Caller
from registrar.app.notifications import secrets, wishes
from registrar.app.notifications.secrets import Secret
from registrar.app.notifications.tail import LIVES
from registrar.app.validation.found import Found
from registrar.domain.audit import Action
from registrar.domain.errors import EtagMismatch, InvalidRequest, StateConflict, Violation
from registrar.domain.notification import Channel, TenantNotifications
from registrar.ports.clock import Clock
from registrar.ports.keys import Keys
from registrar.ports.notices import Notice, NoticeCursor, NoticeFilter
from registrar.ports.store import Store
from registrar.ports.tenant_settings import TenantRow

OVERLAP = timedelta(days=1)
LONGEST_OVERLAP = timedelta(days=7)
CHANGED = "The settings have changed since they were read."


@dataclass(frozen=True, slots=True)
class Ways:
    """What this installation can do. `local`: webhooks may stay on its host."""

    email: bool = False
    webhook: bool = False
    local: bool = False


@dataclass(frozen=True, slots=True)
class Rotated:
    """`ends`: when the secret before does; None where there was none."""

    secret: Secret
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class NotificationSettings:
    """The use cases; each is of the caller's tenant alone."""

    store: Store
    keys: Keys
    clock: Clock
    ways: Ways

    async def get(self, caller: Caller) -> TenantRow:
        """Revision 0 where nothing was ever wished for."""
        found = await self.store.tenants.of([caller.tenant_id])
        return found.get(caller.tenant_id) or TenantRow(caller.tenant_id, TenantNotifications(), 0)

    async def update(
        self,
        caller: Caller,
        wanted: TenantNotifications,
        etag: str,
        *,
        validate_only: bool = False,
    ) -> tuple[TenantRow, Secret | None]:
        """What holds now, and the secret of a first webhook. InvalidRequest, EtagMismatch."""
        wrong = Found()
        settings = wishes.checked(wanted, wrong, local=self.ways.local)
        if wrong:
            raise InvalidRequest(tuple(wrong))
        there = await self.get(caller)
        if etag not in {"", str(there.revision)}:
            raise EtagMismatch(CHANGED)
        if validate_only:
            return replace(there, settings=settings), None
        known = self._secrets(there) if settings.webhook_url else ()
        first = secrets.fresh() if settings.webhook_url and not known else None
        of = known or (first,) if first else known
        wanted_row = replace(there, settings=settings)
        return await self._kept(caller, wanted_row, of, Action.UPDATE_NOTIFICATIONS), first

    async def rotate(self, caller: Caller, overlap: timedelta | None) -> Rotated:
        """InvalidRequest, StateConflict without a webhook, EtagMismatch."""
        longest = OVERLAP if overlap is None else overlap
        if longest > LONGEST_OVERLAP:
            problem = f"At most {LONGEST_OVERLAP.days} days."
            raise InvalidRequest((Violation("overlap", "range", problem),))
        there = await self.get(caller)
        if not there.settings.webhook_url:
            raise StateConflict("There is no webhook.")
        fresh, known = secrets.fresh(), self._secrets(there)
        ends = self.clock.now() + longest if known else None
        before = [Secret(known[0].text, ends)] if known else []
        await self._kept(caller, there, (fresh, *before), Action.ROTATE_WEBHOOK_SECRET)
        return Rotated(fresh, ends)

    @property
    def _audit(self) -> Audit:
        return Audit(self.store.audit, self.keys)

    def _secrets(self, row: TenantRow) -> tuple[Secret, ...]:
        return secrets.opened(self.keys, row.tenant_id, row.sealed, self.clock.now())

    async def _kept(
        self, caller: Caller, row: TenantRow, of: Sequence[Secret], action: Action
    ) -> TenantRow:
        sealed = secrets.sealed(self.keys, row.tenant_id, of)
        by = f"key:{caller.key_id}"
        changed = replace(row, sealed=sealed, changed_by=by)
        act = self._audit.act(caller, action, row.tenant_id)
        kept = await self.store.tenants.keep(changed, row.revision, act)
        if kept is None:
            raise EtagMismatch(CHANGED)
        return kept

    async def deliveries(
        self, caller: Caller, where: NoticeFilter, limit: int, after: NoticeCursor | None
    ) -> list[Notice]:
        """Newest first."""
        return await self.store.notices.listed(caller.tenant_id, where, limit, after)

    async def replay(self, caller: Caller, channel: Channel, since: datetime, *, sent: bool) -> int:
        """How many are told again. InvalidRequest for mail that somebody has."""
        if sent and channel is Channel.EMAIL:
            problem = "Nobody gets a mail twice: of webhooks alone."
            raise InvalidRequest((Violation("include_sent", "unsupported", problem),))
        act = self._audit.act(caller, Action.REPLAY_DELIVERIES, channel)
        return await self.store.notices.replay(
            caller.tenant_id, channel, since, sent=sent, lives=LIVES[channel], act=act
        )
