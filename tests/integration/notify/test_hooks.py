"""From the event log to the tenant's system, over all three stores."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs
from tests.integration.notify.desk import VAULT, Telling
from tests.integration.notify.receiver import Receiver, running
from tests.integration.notify.test_kills import Forgotten

from registrar.app.notifications.deliver import Told
from registrar.app.notifications.hooks import PATIENCE
from registrar.app.notifications.settings import NotificationSettings, Ways
from registrar.domain.notification import Channel, Kind, TenantNotifications
from registrar.domain.registration import State
from registrar.notify.courier import HttpCourier
from registrar.notify.memory import MemoryCourier
from registrar.ports.notices import DISABLED, Claimed, NoticeState, Settled
from registrar.ports.notifier import Answer, Call, Verdict
from registrar.ports.store import Store
from registrar.testing.courier_suite import SECRET
from registrar.testing.desk import KEYS as CALLERS
from registrar.testing.letters import GUIDE, SUBMISSION

CALLER = CALLERS["key-a"]
HOOKS = TenantNotifications(webhooks=tuple(Kind), webhook_url="https://hooks.example/")
LATER = Answer(Verdict.LATER, "503")


@pytest.fixture
def courier() -> MemoryCourier:
    """Where webhooks arrive."""
    return MemoryCourier()


@pytest.fixture
async def telling(store: Store, courier: MemoryCourier) -> Telling:
    """Of tenant-a, whose system is told everything."""
    return await Telling(store, courier=courier).begin(HOOKS)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A tenant's system."""
    async with running(SECRET) as made:
        yield made


def kinds(calls: list[Call]) -> list[str]:
    """Of each."""
    return [one.payload["type"].removeprefix("registration.") for one in calls]


async def test_a_registration_is_told_from_end_to_end(store: Store, receiver: Receiver) -> None:
    """Over real HTTP, signed; with ids and where it stands, and nothing personal."""
    courier = HttpCourier(local=True)
    telling = await Telling(store, courier=courier).begin(replace(HOOKS, webhook_url=receiver.url))
    made = await telling.submitted()
    await telling.told()
    ended = await telling.moved(made, Kind.REGISTERED)
    await telling.told()
    assert [receiver.verified(number) for number in range(2)] == [True, True]
    (_, received), (key, registered) = receiver.arrived()
    assert received["type"] == "registration.received"
    (_, notice) = await telling.notices()
    at = notice.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert key == notice.id
    assert registered == {
        "type": "registration.registered",
        "timestamp": at,
        "data": {
            "registration_id": made.id,
            "manufacturer_id": made.manufacturer_id,
            "state": "succeeded",
            "revision": ended.revision,
            "sequence": ended.revision,
        },
    }
    await courier.close()


async def test_references_are_told_where_they_are_wished_for(
    courier: MemoryCourier, telling: Telling
) -> None:
    """The caller's and the manufacturer's; nothing of the owner."""
    await telling.settle(replace(HOOKS, webhook_personal=True))
    made = await telling.submitted(replace(SUBMISSION, external_reference="order-7"))
    await telling.moved(made, Kind.REGISTERED)
    await telling.told()
    data = courier.calls[-1].payload["data"]
    expected = ("order-7", "ACME-REF-99")
    assert (data["external_reference"], data["manufacturer_reference"]) == expected
    assert "Jürgen" not in repr(courier.calls[-1].payload)
    assert "ACME-REF-99" not in repr(courier.calls[-1])


async def test_a_webhook_is_told_again_until_its_system_takes_it(
    courier: MemoryCourier, telling: Telling
) -> None:
    """By the same id with the same payload; that it failed is known until one gets through."""
    courier.answers += [LATER]
    await telling.submitted()
    await telling.told()
    (one,) = await telling.notices()
    assert (one.state, one.code, one.tries) == (NoticeState.WAITING, "503", 1)
    assert timedelta(0) < one.due_at - datetime.now(UTC) < timedelta(seconds=7)
    row = (await telling.store.tenants.of(["tenant-a"]))["tenant-a"]
    assert row.failing_since is not None
    told = await telling.hooks.tell(await claim(telling))
    assert told == Told(Settled(NoticeState.SENT, "204"))
    assert [one.id for one in courier.calls] == [one.id] * 2
    assert courier.calls[0].payload == courier.calls[1].payload
    row = (await telling.store.tenants.of(["tenant-a"]))["tenant-a"]
    assert row.failing_since is None


async def claim(telling: Telling) -> Claimed:
    """The newest one, as if it were due."""
    (*_, one) = await telling.notices()
    return Claimed(one, 1, spent=False)


async def test_a_slow_system_holds_up_no_other(courier: MemoryCourier, telling: Telling) -> None:
    """What is wrong with one is no outage of all."""
    courier.answers += [Answer(Verdict.LATER, "timeout")] * 8
    for _ in range(10):
        await telling.submitted()
    await telling.told()
    states = [one.state for one in await telling.notices()]
    assert (states.count(NoticeState.WAITING), states.count(NoticeState.SENT)) == (8, 2)


async def test_a_webhook_that_fails_for_days_is_disabled_until_it_is_changed(
    courier: MemoryCourier, telling: Telling
) -> None:
    """It is said once; what was not told can be told again afterwards."""
    courier.answers += [LATER]
    await telling.submitted()
    await telling.told()
    telling.clock.ahead = PATIENCE + timedelta(minutes=1)
    courier.answers += [LATER]
    with capture_logs() as logs:
        told = await telling.hooks.tell(await claim(telling))
    assert told == Told(Settled(NoticeState.SKIPPED, DISABLED))
    found = [one for one in logs if one["event"] == "webhook_disabled"]
    assert [(one["tenant_id"], one["code"]) for one in found] == [("tenant-a", "503")]
    telling.clock.ahead = timedelta(0)
    await telling.submitted()
    await telling.told()
    assert (await telling.summary())[-1] == ("received", "skipped", DISABLED)
    assert len(courier.calls) == 2
    await telling.settle(HOOKS)
    settings = NotificationSettings(telling.store, VAULT.keys, telling.clock, Ways())
    since = datetime.now(UTC) - timedelta(hours=1)
    assert await settings.replay(CALLER, Channel.WEBHOOK, since, sent=False) == 1
    await telling.told()
    assert (await telling.summary())[-1] == ("received", "sent", "204")


async def test_a_system_that_wants_no_more_is_not_told(
    courier: MemoryCourier, telling: Telling
) -> None:
    """At once, and by one of those who find out at the same time."""
    courier.answers += [Answer(Verdict.GONE, "410")] * 2
    await telling.submitted()
    await telling.submitted()
    with capture_logs() as logs:
        await telling.told()
    assert await telling.summary() == [("received", "skipped", DISABLED)] * 2
    assert len([one for one in logs if one["event"] == "webhook_disabled"]) == 1


class Racing:
    """A courier that is told to go, while another one has been told so already."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def post(self, call: Call) -> Answer:
        """Too late."""
        del call
        assert await self._store.tenants.disable_webhook("tenant-a", 1)
        return Answer(Verdict.GONE, "410")


async def test_the_end_of_a_webhook_is_said_once(telling: Telling) -> None:
    """By whoever was first."""
    telling.courier = Racing(telling.store)
    await telling.submitted()
    with capture_logs() as logs:
        await telling.told()
    assert await telling.summary() == [("received", "skipped", DISABLED)]
    assert "webhook_disabled" not in [one["event"] for one in logs]


class Changing:
    """A courier whose tenant changes its settings while it is on its way."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling

    async def post(self, call: Call) -> Answer:
        """Refused at the old address."""
        del call
        await self._telling.settle(HOOKS)
        return Answer(Verdict.GONE, "410")


async def test_what_failed_before_a_change_disables_nothing(telling: Telling) -> None:
    """It is told again, by what holds now."""
    telling.courier = Changing(telling)
    await telling.submitted()
    await telling.told()
    assert await telling.summary() == [("received", "waiting", "410")]
    row = (await telling.store.tenants.of(["tenant-a"]))["tenant-a"]
    assert (row.failing_since, row.disabled_at) == (None, None)


async def test_both_secrets_sign_while_one_is_rotated(
    courier: MemoryCourier, telling: Telling
) -> None:
    """The newest first."""
    settings = NotificationSettings(telling.store, VAULT.keys, telling.clock, Ways())
    made = await settings.rotate(CALLER, None)
    await telling.submitted()
    await telling.told()
    assert courier.calls[0].secrets == (made.secret.text, SECRET)
    assert SECRET not in repr(courier.calls[0])


async def test_a_system_is_told_what_happened_not_only_what_is(
    courier: MemoryCourier, telling: Telling
) -> None:
    """With where the registration stands by then, so that late news does not mislead."""
    made = await telling.submitted()
    await telling.moved(await telling.moved(made, Kind.ACTION_REQUIRED), Kind.REGISTERED)
    await telling.told()
    assert sorted(kinds(courier.calls)) == ["action_required", "received", "registered"]
    assert {one.payload["data"]["state"] for one in courier.calls} == {"succeeded"}


async def test_a_system_is_reminded_while_a_person_has_still_to_act(
    courier: MemoryCourier, telling: Telling
) -> None:
    """With the days that are left."""
    closes = datetime.now(UTC).date() + timedelta(days=4)
    telling.guides.found = dataclasses.replace(GUIDE, register_by=closes)
    asked = await telling.moved(await telling.submitted(), Kind.ACTION_REQUIRED)
    await telling.told()
    (reminder,) = [one for one in await telling.notices() if one.kind is Kind.REMINDER]
    claimed = Claimed(reminder, 1, spent=False)
    await telling.hooks.tell(claimed)
    assert kinds(courier.calls)[-1] == "reminder"
    assert courier.calls[-1].payload["data"]["days_left"] == 2
    assert "sequence" not in courier.calls[-1].payload["data"]
    await telling.moved(asked, Kind.RECEIVED, state=State.RUNNING)
    over = await telling.hooks.tell(claimed)
    assert over == Told(Settled(NoticeState.SKIPPED, "over"))


async def test_nobody_is_told_who_does_not_want_it(
    courier: MemoryCourier, telling: Telling
) -> None:
    """A tenant that has changed its mind; and nothing of what was erased."""
    await telling.submitted()
    await telling.read()
    await telling.settle(TenantNotifications())
    await telling.told()
    assert await telling.summary() == [("received", "skipped", "not_wanted")]
    assert courier.calls == []


async def test_of_what_was_erased_nobody_is_told(store: Store, courier: MemoryCourier) -> None:
    """Not even that it was there."""
    gone = Forgotten(store)
    telling = await Telling(gone, courier=courier).begin(HOOKS)  # type: ignore[arg-type]  # a store
    await telling.submitted()
    await telling.told()
    assert courier.calls == []
    assert await telling.summary() == [("received", "skipped", "erased")]
