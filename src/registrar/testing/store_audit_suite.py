"""What every store must do with the audit log. Used like `store_suite`."""
# ruff: noqa: S101, PLR2004 - a shipped suite is tests: it asserts, and expects literals

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from registrar.domain.audit import Act, Action, Entry, Head, Stage, fault
from registrar.domain.drift import FormPage
from registrar.domain.notification import Channel, Kind, TenantNotifications
from registrar.domain.outcome import Tier
from registrar.ports.audit import AuditFilter
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.forms import Look
from registrar.ports.store import Store
from registrar.ports.tenant_settings import TenantRow
from registrar.testing.store_keys_suite import key
from registrar.testing.store_overrides_suite import override

API = ConnectorKey("acme", Tier.API)


def sign(message: bytes) -> bytes:
    """As a key would."""
    return hashlib.sha256(b"k" + message).digest()


def act(action: Action = Action.PAUSE, subject: str = "acme/api", **given: str) -> Act:
    """Of tenant a."""
    fields: dict[str, Any] = {"tenant_id": "tenant-a", "actor": "key:a"} | given
    return Act(action=action, subject=subject, sign=sign, **fields)


async def entries(store: Store) -> list[Entry]:
    """All, each in order behind the one before, and the last of them the head."""
    found = await store.audit.after(0, 1_000)
    last = Head()
    for one in found:
        assert fault(last, one, sign) == ""
        last = one.head
    assert await store.audit.head() == last
    return found


async def told(store: Store) -> list[tuple[str, str, Any, Any]]:
    """What the entries show, oldest first."""

    def shown(text: str) -> Any:  # noqa: ANN401 - JSON
        return json.loads(text) if text else None

    return [
        (one.action, one.subject, shown(one.before), shown(one.after))
        for one in await entries(store)
    ]


async def test_each_entry_is_chained_to_the_one_before(store: Store) -> None:
    """From nothing on, by the clock of the database."""
    before = datetime.now(UTC) - timedelta(seconds=5)
    assert await store.audit.head() == Head()
    first = await store.audit.append(act(), None, {"b": 1, "a": "é"})
    second = await store.audit.append(act(Action.RESUME))
    assert await entries(store) == [first, second]
    assert (first.position, first.previous, first.before) == (1, "", "")
    assert (first.after, first.stage) == ('{"a":"é","b":1}', Stage.DONE)
    assert (second.position, second.previous) == (2, first.hash)
    assert before.timestamp() * 1_000_000 < first.at <= second.at


async def test_many_who_append_at_once_make_one_chain(store: Store) -> None:
    """Nobody's entry is lost, and none has the place of another."""
    await asyncio.gather(*(store.audit.append(act(subject=str(one))) for one in range(40)))
    assert {one.subject for one in await entries(store)} == {str(one) for one in range(40)}


async def test_the_log_is_read_in_pages_and_by_what_is_wanted(store: Store) -> None:
    """Newest first for people, oldest first for who checks it."""
    for number in range(4):
        await store.audit.append(act(subject=str(number)))
    await store.audit.append(act(Action.CREATE_KEY, "k", tenant_id="tenant-b", actor="cli"))

    async def found(below: int | None = None, **given: Any) -> list[int]:  # noqa: ANN401 - conditions
        rows = await store.audit.listed(AuditFilter(**given), 2, below)
        return [one.position for one in rows]

    assert await found() == [5, 4]
    assert await found(below=4) == [3, 2]
    assert await found(below=1) == []
    assert await found(below=0) == []
    assert await found(tenant_id="tenant-b") == [5]
    assert await found(tenant_id="tenant-a", actor="cli") == []
    assert await found(actor="key:a", below=3) == [2, 1]
    assert await found(action="key.create") == [5]
    assert await found(subject="2") == [3]
    now = datetime.now(UTC)
    assert await found(until=now - timedelta(hours=1)) == []
    assert await found(since=now - timedelta(hours=1), until=now + timedelta(hours=1)) == [5, 4]
    assert await found(since=now + timedelta(hours=1)) == []
    assert [one.position for one in await store.audit.after(2, 2)] == [3, 4]


async def test_what_is_said_of_a_connector_is_told(store: Store) -> None:
    """With what was said before; what the system itself does is not."""
    states = store.connectors
    await states.pause(API, "maintenance", "key:a", None, act())
    await states.rule(API, "shadow", "we learn", "key:a", None, act=act(Action.RULE))
    await states.unrule(API, act(Action.RULE))
    await states.resume(API, act(Action.RESUME))
    await states.resume(API)
    first, ruled, unruled, resumed = await told(store)
    assert first[:3] == ("connector.pause", "acme/api", None)
    assert first[3]["pause"]["reason"] == "maintenance"
    assert first[3]["ruling"] is None
    assert ruled[2] == first[3]
    assert (ruled[3]["ruling"]["mode"], "left" in ruled[3]["ruling"]) == ("shadow", False)
    assert (unruled[2], unruled[3]) == (ruled[3], first[3])
    assert (resumed[2], resumed[3]) == (first[3], {"pause": None, "ruling": None})


async def test_what_becomes_of_keys_is_told_without_what_opens_anything(store: Store) -> None:
    """And nothing of a key that is not there."""
    await store.api_keys.add(key(digest=b"hidden"), act(Action.CREATE_KEY, "k"))
    await store.api_keys.expire("tenant-a", "k", timedelta(1), act(Action.ROTATE_KEY, "k"))
    await store.api_keys.revoke("tenant-a", "k", act(Action.REVOKE_KEY, "k"))
    await store.api_keys.revoke("tenant-a", "other", act(Action.REVOKE_KEY, "other"))
    await store.api_keys.expire("tenant-a", "k", timedelta(1), act(Action.ROTATE_KEY, "k"))
    made, rotated, revoked = await told(store)
    assert made[:3] == ("key.create", "k", None)
    assert (made[3]["name"], made[3]["scopes"], made[3]["state"]) == (
        *("for a test", ["read"]),
        "active",
    )
    assert (rotated[2], rotated[3]["expires_at"] is None) == (made[3], False)
    assert (revoked[2], revoked[3]["state"]) == (rotated[3], "revoked")
    assert "digest" not in str((made, rotated, revoked))


async def test_what_becomes_of_overrides_is_told(store: Store) -> None:
    """Once, however often the same is asked for."""
    made = await store.overrides.add(override(), act(Action.CREATE_OVERRIDE, "ovr_1"))
    assert await store.overrides.add(override(), act(Action.CREATE_OVERRIDE, "ovr_1")) == made
    for _ in range(2):
        await store.overrides.remove("ovr_1", "key:a", "no", act(Action.DELETE_OVERRIDE, "ovr_1"))
    created, deleted = await told(store)
    assert (created[2], created[3]["id"]) == (None, "ovr_1")
    assert (deleted[2], deleted[3]) == (created[3], None)


async def test_an_accepted_form_is_told_step_by_step(store: Store) -> None:
    """By digests: how it should have looked, and how it should from now on."""
    accepted = act(Action.ACCEPT_FORM, "acme")
    assert await store.forms.accept("acme", "1", accepted) == 0
    before, now = FormPage("buy", ()), FormPage("buy", (), "other")
    await store.forms.saw("acme", "1", Look([before], baseline=True))
    await store.forms.saw("acme", "1", Look([now, FormPage("end", ())]))
    assert await store.forms.accept("acme", "1", accepted) == 2
    ((_, _, old, new),) = await told(store)
    assert old == {"buy": before.digest, "end": None}
    assert (new["buy"], new["end"] is None) == (now.digest, False)


async def test_what_a_tenant_wants_is_told_without_what_may_name_a_person(store: Store) -> None:
    """That it has changed is told, and to which host webhooks go."""
    settings = TenantNotifications(
        emails=(Kind.REGISTERED,),
        from_address="jane@shop.example",
        webhook_url="https://user:secret@hooks.example/in?token=secret",
    )
    row = TenantRow("tenant-a", settings, 0, b"sealed")
    changed = act(Action.UPDATE_NOTIFICATIONS, "tenant-a")
    assert await store.tenants.keep(row, 0, changed)
    assert await store.tenants.keep(row, 0, changed) is None
    rotated = act(Action.ROTATE_WEBHOOK_SECRET, "tenant-a")
    assert await store.tenants.keep(row, 1, rotated)
    first, second = await told(store)
    assert first[2] is None
    shown: Mapping[str, Any] = first[3]
    assert (shown["revision"], shown["emails"], shown["from_address"]) == (1, ["registered"], True)
    assert (shown["reply_to"], shown["webhook_url"]) == (False, "hooks.example")
    assert {"emails", "from_address", "webhook_url"} <= {*shown["changed"]}
    assert second[2] == {name: shown[name] for name in shown if name != "changed"}
    assert (second[3]["revision"], second[3]["changed"]) == (2, [])
    assert not any(one in str((first, second)) for one in ("jane", "secret@", "token", "sealed"))


async def test_what_is_told_again_is_told(store: Store) -> None:
    """How many: here none."""
    since = datetime(2026, 1, 1, tzinfo=UTC)
    asked = act(Action.REPLAY_DELIVERIES, "webhook")
    await store.notices.replay(
        "tenant-a", Channel.WEBHOOK, since, sent=True, lives=timedelta(1), act=asked
    )
    ((_, _, before, after),) = await told(store)
    assert before is None
    assert after == {
        "channel": "webhook",
        "include_sent": True,
        "replayed": 0,
        "since": "2026-01-01T00:00:00Z",
    }


def broken(message: bytes) -> bytes:
    """No key is there."""
    raise RuntimeError(message.decode()[:5])


async def test_an_action_whose_entry_cannot_be_made_does_not_happen(store: Store) -> None:
    """A change that nobody could tell of is taken back."""
    unsigned = Act("tenant-a", "key:a", Action.PAUSE, "acme/api", broken)
    with pytest.raises(RuntimeError):
        await store.connectors.pause(API, "maintenance", "key:a", None, unsigned)
    assert (await store.connectors.all()).get(API) is None
    assert await entries(store) == []
