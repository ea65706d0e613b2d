"""A notice as a webhook to the tenant's system: what happened, and how things are now."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from registrar.app import sealing
from registrar.app.notifications import backoff, secrets
from registrar.app.notifications.deliver import Told
from registrar.app.notifications.letters import TRUE_IN, Untold
from registrar.domain.notification import Channel, Kind
from registrar.ports.clock import Clock
from registrar.ports.notices import DISABLED, Claimed, Notice, NoticeState, Settled
from registrar.ports.notifier import Answer, Call, Courier, Verdict
from registrar.ports.store import Store, Stored
from registrar.ports.tenant_settings import TenantRow
from registrar.ports.vault import Vault

PATIENCE = timedelta(days=3)
"""How long a webhook may fail, without any that gets through, before it is disabled."""

_log = structlog.get_logger("registrar.notices")


@dataclass(frozen=True, slots=True)
class Hooks:
    """The webhooks."""

    store: Store
    vault: Vault
    courier: Courier
    clock: Clock

    async def tell(self, claimed: Claimed) -> Told:
        """Once. Raises StoreUnavailable."""
        try:
            row = await self._row(claimed.notice)
            call = await self._call(claimed.notice, row)
        except Untold as why:
            return Told(Settled(NoticeState.SKIPPED, str(why)))
        answer = await self.courier.post(call)
        if answer.verdict is Verdict.SENT:
            if row.failing_since is not None:
                await self.store.tenants.webhook_worked(row.tenant_id)
            return Told(Settled(NoticeState.SENT, answer.code))
        if await self._given_up(row, answer):
            return Told(Settled(NoticeState.SKIPPED, DISABLED))
        settled = backoff.again(claimed, answer, random.random())  # noqa: S311 - no secret
        # Others have other systems: no outage of one is one of the channel.
        return Told(settled)

    async def _row(self, notice: Notice) -> TenantRow:
        row = (await self.store.tenants.of([notice.tenant_id])).get(notice.tenant_id)
        if row is None or not row.settings.wants(Channel.WEBHOOK, notice.kind):
            raise Untold("not_wanted")
        if row.disabled_at is not None:
            raise Untold(DISABLED)
        return row

    async def _call(self, notice: Notice, row: TenantRow) -> Call:
        found = await self.store.get(notice.tenant_id, [notice.registration_id])
        stored = found.get(notice.registration_id)
        if stored is None:
            raise Untold("erased")
        now = self.clock.now()
        if notice.kind is Kind.REMINDER and stored.registration.state not in TRUE_IN[notice.kind]:
            raise Untold("over")
        in_force = secrets.opened(self.vault.keys, row.tenant_id, row.sealed, now)
        signing = tuple(one.text for one in in_force)
        payload = await self._payload(notice, stored, references=row.settings.webhook_personal)
        return Call(notice.id, row.settings.webhook_url, now, payload, signing)

    async def _payload(
        self, notice: Notice, stored: Stored, *, references: bool
    ) -> Mapping[str, Any]:
        """`timestamp`: of the notice, so that the same webhook is the same on every try."""
        now = stored.registration
        data: dict[str, Any] = {
            "registration_id": now.id,
            "manufacturer_id": now.manufacturer_id,
            "state": now.state.value,
            "revision": now.revision,
        }
        if notice.sequence:
            data["sequence"] = notice.sequence
        if notice.days:
            data["days_left"] = notice.days
        if references:
            (submission,) = await sealing.unseal_all(self.vault, [stored])
            data["external_reference"] = submission.external_reference
            data["manufacturer_reference"] = now.manufacturer_reference
        kind = f"registration.{notice.kind.value}"
        return {"type": kind, "timestamp": _written(notice.created_at), "data": data}

    async def _given_up(self, row: TenantRow, answer: Answer) -> bool:
        """After days of nothing else, or where its system wants no more of them."""
        failing = await self.store.tenants.webhook_failed(row.tenant_id, row.revision)
        if failing is None:
            # Changed meanwhile: what failed is no more.
            return False
        now = self.clock.now()
        lately = now - (failing.failing_since or now) < PATIENCE
        if lately and answer.verdict is not Verdict.GONE:
            return False
        if await self.store.tenants.disable_webhook(row.tenant_id, row.revision):
            _log.warning("webhook_disabled", tenant_id=row.tenant_id, code=answer.code)
        return True


def _written(instant: datetime) -> str:
    """RFC 3339."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
