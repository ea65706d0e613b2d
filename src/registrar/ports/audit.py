"""Where the audit log is kept: part of the store. Nobody changes an entry, or drops one.

An action that is a transaction carries its `Act` with it, and the entry is made in that
transaction: neither is there without the other. Appends are serialised by the row of the head.

Every method raises StoreUnavailable when the database does not answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec

from registrar.domain.audit import Act, Entry, Head
from registrar.domain.connector import ConnectorState
from registrar.domain.notification import Channel
from registrar.ports import plain
from registrar.ports.api_keys import ApiKeyRow
from registrar.ports.forms import KeptPage
from registrar.ports.tenant_settings import TenantRow

CONCEALED = ("from_address", "reply_to", "logo_url", "support_link", "unsubscribe_link")
"""Settings of a tenant that may name a person."""


class AuditFilter(msgspec.Struct, frozen=True):
    """All conditions must hold; empty means any."""

    tenant_id: str = ""
    actor: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None
    """Before then."""


class AuditLog(Protocol):
    """Part of the store."""

    async def append(self, act: Act, before: object = None, after: object = None) -> Entry:
        """An entry by itself, of what no transaction can hold."""
        ...

    async def head(self) -> Head:
        """The newest entry, as the database keeps it apart from the entries."""
        ...

    async def after(self, position: int, limit: int) -> list[Entry]:
        """Oldest first."""
        ...

    async def listed(self, where: AuditFilter, limit: int, below: int | None = None) -> list[Entry]:
        """Newest first; `below` a position."""
        ...


def entry(act: Act, last: Head, at: int, before: object, after: object) -> Entry:
    """The one that follows `last`."""
    made = Entry(
        position=last.position + 1,
        at=at,
        tenant_id=act.tenant_id,
        actor=act.actor,
        action=act.action.value,
        subject=act.subject,
        stage=act.stage.value,
        before=_text(before),
        after=_text(after),
        previous=last.hash,
    )
    return replace(made, hash=made.hashed(act.sign))


def _text(shown: object) -> str:
    return "" if shown is None else plain.to_json(shown).decode()


def of_connector(state: ConnectorState | None) -> Mapping[str, Any] | None:
    """What operators have said of it."""
    if state is None:
        return None
    ruling = None if state.ruling is None else plain.to_plain(state.ruling)
    if ruling is not None:
        del ruling["left"]  # another one at every look
    return {"pause": state.pause, "ruling": ruling}


def of_key(row: ApiKeyRow | None) -> Mapping[str, Any] | None:
    """Without its digest."""
    if row is None:
        return None
    names = ("name", "scopes", "created_at", "expires_at", "revoked_at", "state")
    return {name: getattr(row, name) for name in names}


def of_forms(
    before: Mapping[str, KeptPage], after: Mapping[str, KeptPage]
) -> tuple[object, object]:
    """By step, the digest of how it should look."""
    old, new = (
        {step: page.baseline.digest if page.baseline else None for step, page in one.items()}
        for one in (before, after)
    )
    return old, new


def of_replay(channel: Channel, since: datetime, count: int, *, sent: bool) -> Mapping[str, Any]:
    """What was told again."""
    return {"channel": channel, "since": since, "include_sent": sent, "replayed": count}


def of_tenant(row: TenantRow | None) -> dict[str, Any] | None:
    """Of what may name a person, whether there is something; of a webhook's address, whose it is.

    The rest of such an address often is a secret.
    """
    if row is None:
        return None
    shown: dict[str, Any] = plain.to_plain(row.settings)
    for name in CONCEALED:
        shown[name] = bool(shown[name])
    shown["webhook_url"] = urlsplit(shown["webhook_url"]).hostname or ""
    return {"revision": row.revision, **shown}


def of_tenants(before: TenantRow | None, after: TenantRow) -> tuple[object, object]:
    """With the names of all that has changed, also of what is not shown."""
    old, new = (plain.to_plain(one.settings) if one else {} for one in (before, after))
    changed = sorted(name for name, value in new.items() if old.get(name) != value)
    return of_tenant(before), {**(of_tenant(after) or {}), "changed": changed}
