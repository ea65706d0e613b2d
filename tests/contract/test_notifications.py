"""What tenants meet who want it told: settings, secrets and deliveries over a real server."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from msgspec.structs import replace
from tests.contract.test_calls import KEY, OTHER_KEY, refused, violations

from registrar.app.notifications import secrets
from registrar.app.notifications.settings import NotificationSettings, Ways
from registrar.client import CallError, Client
from registrar.domain.audit import Act
from registrar.domain.notification import Channel, Kind, TenantNotifications
from registrar.ports.notices import NewNotice, NoticeState, Settled
from registrar.ports.store import Position, Store
from registrar.ports.tenant_settings import TenantRow
from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.store.keyring import Keyring
from registrar.store.memory import MemoryStore
from registrar.testing.desk import Desk, OneCatalogue, authenticate
from registrar.testing.desk import connectors as operators
from registrar.v1 import notification_service_pb2 as pb
from registrar.v1.notification_service_pb2_grpc import NotificationServiceStub

KEYS = Keyring(b"k" * 32)
INVALID = grpc.StatusCode.INVALID_ARGUMENT
HOUR = timedelta(hours=1)
RECEIVED = pb.NotificationKind.NOTIFICATION_KIND_RECEIVED
REMINDER = pb.NotificationKind.NOTIFICATION_KIND_REMINDER
EVERYTHING: dict[str, Any] = {
    "emails": [RECEIVED, REMINDER],
    "from_address": "service@shop.example",
    "reply_to": "Hilfe@Bücher.example",
    "brand": "Müller & Söhne",
    "logo_url": "https://shop.example/logo.png",
    "support_link": "mailto:help@shop.example?subject=Question",
    "unsubscribe_link": "https://shop.example/stop",
    "languages": ["de", "en"],
    "webhooks": [RECEIVED],
    "webhook_url": "https://hooks.shop.example/registrar?x=1",
    "webhook_references": True,
}


def everything(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - of its fields
    """With some of them changed."""
    return EVERYTHING | changes


@dataclass
class Time:
    """As far ahead as a test wants."""

    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        """Of this service."""
        return datetime.now(UTC) + self.ahead


@dataclass
class Office:
    """A server and its parts."""

    stub: Any
    address: str
    store: Store
    clock: Time = field(default_factory=Time)

    async def get(self, key: Any = KEY) -> pb.GetNotificationSettingsResponse:  # noqa: ANN401 - metadata
        """Of a tenant."""
        found: pb.GetNotificationSettingsResponse = await self.stub.GetNotificationSettings(
            pb.GetNotificationSettingsRequest(), metadata=key
        )
        return found

    async def update(self, etag: str = "", *, only: bool = False, **given: Any) -> Any:  # noqa: ANN401 - of its fields
        """Of tenant-a."""
        request = pb.UpdateNotificationSettingsRequest(
            settings=pb.NotificationSettings(**given), etag=etag, validate_only=only
        )
        return await self.stub.UpdateNotificationSettings(request, metadata=KEY)

    async def rotate(self, overlap: Duration | None = None) -> pb.RotateWebhookSecretResponse:
        """Of tenant-a."""
        request = pb.RotateWebhookSecretRequest(overlap=overlap)
        made: pb.RotateWebhookSecretResponse = await self.stub.RotateWebhookSecret(
            request, metadata=KEY
        )
        return made

    async def in_force(self) -> list[str]:
        """The secrets that sign now."""
        row = (await self.store.tenants.of(["tenant-a"]))["tenant-a"]
        found = secrets.opened(KEYS, "tenant-a", row.sealed, self.clock.now())
        return [one.text for one in found]


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    """An installation that sends mail."""
    desk, known, store, clock = Desk(), OneCatalogue(), MemoryStore(), Time()
    settings = NotificationSettings(store, KEYS, clock, Ways(email=True, local=False))
    made = Uses(desk, known, authenticate, desk.ping, operators(desk.store), notifications=settings)
    server = GrpcServer(made, ServerSettings())
    address = f"127.0.0.1:{await server.start()}"
    async with grpc.aio.insecure_channel(address) as channel:
        yield Office(NotificationServiceStub(channel), address, store, clock)
    await server.drain()


async def test_nobody_is_told_anything_by_default(office: Office) -> None:
    """And what the installation could do is said."""
    found = await office.get()
    assert found.settings == pb.NotificationSettings()
    assert (found.etag, found.changed_by, found.HasField("change_time")) == ("0", "", False)
    assert (found.email_available, found.webhook_available) == (True, False)


async def test_settings_come_back_as_they_were_given(office: Office) -> None:
    """Of this tenant alone; each kind once; by whom and when."""
    made = await office.update(**everything(emails=[RECEIVED, REMINDER, RECEIVED]))
    expected = pb.NotificationSettings(**everything(reply_to="Hilfe@bücher.example"))
    assert (made.settings, made.etag) == (expected, "1")
    found = await office.get()
    assert (found.settings, found.etag, found.changed_by) == (expected, "1", "key:a")
    assert abs(found.change_time.ToDatetime(UTC) - datetime.now(UTC)) < timedelta(minutes=1)
    assert (await office.get(OTHER_KEY)).settings == pb.NotificationSettings()


async def test_a_change_that_would_undo_another_is_refused(office: Office) -> None:
    """By its etag; without one the last one wins."""
    await office.update("0", brand="One")
    code, info, _ = await refused(office.update("0", brand="Two"))
    assert (code, info.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert (await office.update("1", brand="Two")).etag == "2"
    assert (await office.update(brand="Three")).settings.brand == "Three"


async def test_of_two_changes_at_once_one_is_refused(office: Office) -> None:
    """Whoever read what is no more."""
    row = TenantRow("tenant-a", TenantNotifications(), 0)
    keep = office.store.tenants.keep

    async def late(changed: Any, expected: int, act: Act) -> Any:  # noqa: ANN401 - a row
        await keep(row, 0)
        return await keep(changed, expected, act)

    office.store.tenants.keep = late  # type: ignore[method-assign]  # another process comes first
    code, _, _ = await refused(office.update(brand="Two"))
    assert code is grpc.StatusCode.ABORTED


async def test_a_change_may_only_be_checked(office: Office) -> None:
    """Nothing is kept, and no secret made."""
    made = await office.update(only=True, **EVERYTHING)
    assert (made.settings.brand, made.etag, made.webhook_secret) == ("Müller & Söhne", "0", "")
    assert (await office.get()).settings == pb.NotificationSettings()


@pytest.mark.parametrize(
    ("changes", "path", "rule"),
    [
        ({"emails": [99]}, "settings.emails[0]", "UNKNOWN_VALUE"),
        ({"emails": [0]}, "settings.emails", "UNSPECIFIED"),
        ({"from_address": ""}, "settings.from_address", "REQUIRED"),
        (
            {"from_address": "a@b.example\r\nBcc: c@d.example"},
            "settings.from_address",
            "CHARACTERS",
        ),
        ({"from_address": "nobody"}, "settings.from_address", "EMAIL"),
        ({"reply_to": "a@b@c"}, "settings.reply_to", "EMAIL"),
        ({"brand": "b" * 101}, "settings.brand", "LENGTH"),
        ({"brand": "Shop\r\nBcc: x"}, "settings.brand", "CHARACTERS"),
        ({"logo_url": "http://shop.example/l.png"}, "settings.logo_url", "LINK"),
        ({"logo_url": "https://[shop.example"}, "settings.logo_url", "LINK"),
        ({"logo_url": 'https://shop.example/l.png" onerror="x'}, "settings.logo_url", "LINK"),
        ({"support_link": "javascript:alert(1)"}, "settings.support_link", "LINK"),
        ({"support_link": "https:///help"}, "settings.support_link", "LINK"),
        ({"support_link": "https://[help"}, "settings.support_link", "LINK"),
        ({"unsubscribe_link": "mailto:stop@shop.example>"}, "settings.unsubscribe_link", "LINK"),
        ({"unsubscribe_link": "mailto:nobody"}, "settings.unsubscribe_link", "LINK"),
        (
            {"unsubscribe_link": f"https://a.example/{'x' * 512}"},
            "settings.unsubscribe_link",
            "LINK",
        ),
        ({"languages": ["de", "pl"]}, "settings.languages[1]", "LANGUAGE"),
        ({"languages": ["de", "de"]}, "settings.languages[1]", "LANGUAGE"),
        ({"webhook_url": ""}, "settings.webhook_url", "REQUIRED"),
        ({"webhook_url": "http://127.0.0.1:8080"}, "settings.webhook_url", "DESTINATION"),
        ({"webhook_url": "https://169.254.169.254/"}, "settings.webhook_url", "DESTINATION"),
    ],
)
async def test_settings_that_cannot_be_are_refused(
    office: Office, changes: dict[str, Any], path: str, rule: str
) -> None:
    """With the field and the rule; nothing is kept."""
    code, _, status = await refused(office.update(**everything(**changes)))
    assert (code, violations(status)) == (INVALID, [(path, rule)])
    assert (await office.get()).etag == "0"


async def test_no_settings_are_no_wish_for_none(office: Office) -> None:
    """Whoever forgot them is told so; empty ones are a wish."""
    bare = pb.UpdateNotificationSettingsRequest()
    code, _, status = await refused(office.stub.UpdateNotificationSettings(bare, metadata=KEY))
    assert (code, violations(status)) == (INVALID, [("settings", "REQUIRED")])
    assert (await office.update()).etag == "1"


async def test_the_secret_of_a_first_webhook_is_shown_once(office: Office) -> None:
    """32 bytes; kept while there is a webhook, another one after."""
    made = await office.update(**EVERYTHING)
    text = made.webhook_secret
    assert text.startswith("whsec_")
    assert len(base64.b64decode(text.removeprefix("whsec_"), validate=True)) == 32
    again = await office.update(**everything(webhook_url="https://other.example/"))
    assert again.webhook_secret == ""
    assert await office.in_force() == [text]
    row = (await office.store.tenants.of(["tenant-a"]))["tenant-a"]
    assert text.encode() not in row.sealed
    assert text not in repr(secrets.opened(KEYS, "tenant-a", row.sealed, office.clock.now()))
    await office.update()
    assert await office.in_force() == []
    assert (await office.update(**EVERYTHING)).webhook_secret not in {"", text}


async def test_a_secret_is_rotated_while_both_sign(office: Office) -> None:
    """For a day, or as long as is asked for; then the new one alone. Never more than two."""
    first = (await office.update(**EVERYTHING)).webhook_secret
    second = await office.rotate()
    assert await office.in_force() == [second.webhook_secret, first]
    ahead = second.previous_expire_time.ToDatetime(UTC) - datetime.now(UTC)
    assert timedelta(hours=23) < ahead <= timedelta(days=1)
    third = await office.rotate(Duration(seconds=7200))
    assert await office.in_force() == [third.webhook_secret, second.webhook_secret]
    office.clock.ahead = timedelta(hours=3)
    assert await office.in_force() == [third.webhook_secret]
    now = await office.rotate(Duration())
    assert await office.in_force() == [now.webhook_secret]


async def test_a_secret_is_not_rotated_for_ever_or_for_nothing(office: Office) -> None:
    """Seven days at most, and a webhook."""
    code, info, _ = await refused(office.rotate())
    assert (code, info.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT")
    await office.update(**EVERYTHING)
    for overlap, rule in (
        (Duration(seconds=8 * 86_400), "RANGE"),
        (Duration(seconds=-1), "DURATION"),
    ):
        code, _, status = await refused(office.rotate(overlap))
        assert (code, violations(status)) == (INVALID, [("overlap", rule)])


async def test_a_webhook_without_a_secret_gets_its_first(office: Office) -> None:
    """Nothing signed before it."""
    await office.update(**EVERYTHING)
    row = (await office.store.tenants.of(["tenant-a"]))["tenant-a"]
    await office.store.tenants.keep(replace(row, sealed=b""), row.revision)
    made = await office.rotate()
    assert not made.HasField("previous_expire_time")
    assert await office.in_force() == [made.webhook_secret]


async def test_how_the_webhook_is_doing_is_shown(office: Office) -> None:
    """Since when it fails, and since when it is not tried; a change has it tried again."""
    await office.update(**EVERYTHING)
    await office.store.tenants.webhook_failed("tenant-a", 1)
    await office.store.tenants.disable_webhook("tenant-a", 1)
    health = (await office.get()).webhook_health
    for at in (health.failing_since, health.disabled_since):
        assert abs(at.ToDatetime(UTC) - datetime.now(UTC)) < timedelta(minutes=1)
    await office.update(**EVERYTHING)
    assert (await office.get()).webhook_health == pb.WebhookHealth()


async def recorded(store: Store, count: int, **more: Any) -> None:  # noqa: ANN401 - of its fields
    """Notices of webhooks of tenant-a, each of its own instant."""
    for number in range(1, count + 1):
        given = {"channel": Channel.WEBHOOK, "kind": Kind.RECEIVED, "lives": HOUR} | more
        one = NewNotice("tenant-a", f"reg_{number}", 1, **given)
        now = await store.notices.position()
        assert await store.notices.record(now, Position(0, (now.offset if now else 0) + 1), [one])


async def listed(office: Office, key: Any = KEY, **where: Any) -> list[pb.NotificationDelivery]:  # noqa: ANN401 - metadata, and its fields
    """All pages."""
    request, found = pb.ListNotificationDeliveriesRequest(**where), list[pb.NotificationDelivery]()
    while True:
        page = await office.stub.ListNotificationDeliveries(request, metadata=key)
        found += page.deliveries
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token


async def test_deliveries_are_listed_page_by_page(office: Office) -> None:
    """Newest first, with where they stand; of this tenant alone."""
    await recorded(office.store, 5)
    (one, *_) = await office.store.notices.claim(Channel.WEBHOOK, 1, HOUR)
    await office.store.notices.settle(one.notice.id, one.fence, Settled(NoticeState.SPENT, "503"))
    found = await listed(office, page_size=2)
    assert [one.registration_id for one in found] == [f"reg_{n}" for n in (5, 4, 3, 2, 1)]
    whole = pb.ListNotificationDeliveriesRequest(page_size=5)
    page = await office.stub.ListNotificationDeliveries(whole, metadata=KEY)
    assert (list(page.deliveries), page.next_page_token) == (found, "")
    spent, waiting = found[-1], found[0]
    assert (spent.state, spent.code, spent.tries) == (pb.DELIVERY_STATE_SPENT, "503", 1)
    assert (spent.HasField("end_time"), spent.HasField("next_try_time")) == (True, False)
    assert (waiting.HasField("end_time"), waiting.HasField("next_try_time")) == (False, True)
    assert (waiting.kind, waiting.channel, waiting.sequence) == (
        RECEIVED,
        pb.NOTIFICATION_CHANNEL_WEBHOOK,
        1,
    )
    assert await listed(office, states=[pb.DELIVERY_STATE_SPENT]) == [spent]
    assert await listed(office, channel=pb.NOTIFICATION_CHANNEL_EMAIL) == []
    assert await listed(office, registration_id="reg_1") == [spent]
    assert await listed(office, OTHER_KEY) == []


async def test_a_page_token_of_another_list_is_refused(office: Office) -> None:
    """As is what is none, and what cannot be read."""
    await recorded(office.store, 3)
    request = pb.ListNotificationDeliveriesRequest(page_size=1)
    token = (await office.stub.ListNotificationDeliveries(request, metadata=KEY)).next_page_token
    for where, given in (({"registration_id": "reg_1"}, token), ({}, "x"), ({}, "eC54Lng=")):
        code, info, _ = await refused(listed(office, page_token=given, **where))
        assert (code, info.reason) == (INVALID, "PAGE_TOKEN_INVALID")
    code, _, status = await refused(listed(office, states=[99]))
    assert (code, violations(status)) == (INVALID, [("states[0]", "UNKNOWN_VALUE")])


def since(ago: timedelta) -> Timestamp:
    """Before now."""
    made = Timestamp()
    made.FromDatetime(datetime.now(UTC) - ago)
    return made


async def test_what_could_not_be_told_is_told_again(office: Office) -> None:
    """And what was sent, where that is asked for; not of what was made before."""
    await recorded(office.store, 3)
    found = await office.store.notices.claim(Channel.WEBHOOK, 3, HOUR)
    for one, state in zip(
        found, (NoticeState.SPENT, NoticeState.SENT, NoticeState.REFUSED), strict=True
    ):
        await office.store.notices.settle(one.notice.id, one.fence, Settled(state))
    replay = office.stub.ReplayNotificationDeliveries
    hook = pb.NOTIFICATION_CHANNEL_WEBHOOK
    late = pb.ReplayNotificationDeliveriesRequest(channel=hook, since=since(-HOUR))
    assert (await replay(late, metadata=KEY)).replayed == 0
    failed = pb.ReplayNotificationDeliveriesRequest(channel=hook, since=since(HOUR))
    assert (await replay(failed, metadata=OTHER_KEY)).replayed == 0
    assert (await replay(failed, metadata=KEY)).replayed == 2
    failed.include_sent = True
    assert (await replay(failed, metadata=KEY)).replayed == 1


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [("channel", "REQUIRED"), ("since", "REQUIRED")]),
        ({"channel": 99, "since": Timestamp()}, [("channel", "UNKNOWN_VALUE")]),
        ({"channel": 1, "since": Timestamp(seconds=-(10**12))}, [("since", "TIMESTAMP")]),
        (
            {"channel": 1, "since": Timestamp(), "include_sent": True},
            [("include_sent", "UNSUPPORTED")],
        ),
    ],
)
async def test_a_replay_that_cannot_be_is_refused(
    office: Office, given: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """Nobody gets a mail twice."""
    request = pb.ReplayNotificationDeliveriesRequest(**given)
    code, _, status = await refused(office.stub.ReplayNotificationDeliveries(request, metadata=KEY))
    assert (code, violations(status)) == (INVALID, expected)


async def test_the_client_has_it_all(office: Office) -> None:
    """With pages read on, and errors as its own."""
    async with Client(office.address, "key-a") as client:
        calls = client.notifications
        there = await calls.settings()
        made = await calls.update(pb.NotificationSettings(**EVERYTHING), there.etag)
        assert (await calls.rotate()).webhook_secret != made.webhook_secret
        ends = (await calls.rotate(timedelta(0))).previous_expire_time
        assert ends.ToDatetime(UTC) <= datetime.now(UTC)
        await recorded(office.store, 3)
        asked = pb.ListNotificationDeliveriesRequest(page_size=2)
        assert len([one async for one in calls.deliveries(asked)]) == 3
        assert asked == pb.ListNotificationDeliveriesRequest(page_size=2)
        hook = pb.NOTIFICATION_CHANNEL_WEBHOOK
        request = pb.ReplayNotificationDeliveriesRequest(channel=hook, since=since(HOUR))
        assert await calls.replay(request) == 0
        with pytest.raises(CallError):
            await calls.update(there.settings, "0")
        assert await client.health("registrar.v1.NotificationService") == "SERVING"
