"""Of an erased customer nobody is told anything, and nothing is written down."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from tests.integration.notify.desk import Telling
from tests.integration.notify.test_hooks import HOOKS

from registrar.app.notifications.bounces import Bounces
from registrar.domain import lifecycle
from registrar.domain.errors import StoreUnavailable
from registrar.domain.lifecycle import Moment
from registrar.domain.notification import Kind
from registrar.domain.registration import Registration
from registrar.notify.memory import MemoryCourier, MemoryMailer
from registrar.ports.erasures import Erasing
from registrar.ports.store import Store
from registrar.testing.letters import GUIDE
from registrar.testing.vault import MemoryVault


@pytest.fixture
async def telling(store: Store) -> Telling:
    """With keys of its own."""
    made = Telling(store, MemoryMailer(), MemoryCourier(), vault=MemoryVault())
    return await made.begin()


async def erase(telling: Telling, registration: Registration) -> None:
    """Row and key."""
    store = telling.store
    (found,) = (await store.get("tenant-a", [registration.id])).values()
    moved = lifecycle.erase(found.registration, Moment(datetime.now(UTC)))
    assert await store.erasures.erase([Erasing(moved, found.sealed)]) == [True]


async def destroy(telling: Telling, registration: Registration) -> None:
    """The key alone, as in a copy from before."""
    vault = telling.vault
    assert isinstance(vault, MemoryVault)
    (found,) = (await telling.store.get("tenant-a", [registration.id])).values()
    vault.destroy([vault.key_id(found.sealed)])


@pytest.mark.parametrize("how", [erase, destroy], ids=["erased", "copy"])
async def test_a_letter_that_waits_is_not_written(telling: Telling, how) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - one of both
    """It is over, or skipped as erased: nobody's address is known any more."""
    made = await telling.submitted()
    await telling.read()
    await how(telling, made)
    await telling.told()
    assert isinstance(telling.mailer, MemoryMailer)
    assert telling.mailer.sent == []
    assert {(state, code) for _, state, code in await telling.summary()} <= {
        ("skipped", "erased"),
        ("skipped", "over"),
    }


async def test_a_webhook_says_what_is_left(telling: Telling) -> None:
    """Ids and a state; of what was the caller's reference, nothing."""
    await telling.settle(replace(HOOKS, webhook_personal=True))
    made = await telling.submitted()
    await telling.read()
    await destroy(telling, made)
    await telling.hook_deliveries.drain()
    assert isinstance(telling.courier, MemoryCourier)
    (call,) = telling.courier.calls
    data = call.payload["data"]
    assert (data["registration_id"], data["external_reference"]) == (made.id, "")


async def test_a_mailbox_of_nobody_is_not_kept(telling: Telling) -> None:
    """The letter came back after the customer was forgotten."""
    made = await telling.submitted()
    await telling.told()
    (notice,) = await telling.notices()
    await destroy(telling, made)
    bounces = Bounces(telling.store, telling.vault)
    assert await bounces.take(notice.id, "5.1.1", nobody=True)
    await telling.submitted()
    await telling.told()
    assert ("received", "sent", "250") in await telling.summary()


async def test_while_the_store_of_keys_is_away_the_log_waits(telling: Telling) -> None:
    """A reminder that would depend on what is sealed is not left out for that."""
    closes = datetime.now(UTC).date() + timedelta(days=9)
    telling.guides.found = dataclasses.replace(GUIDE, register_by=closes)
    await telling.moved(await telling.submitted(), Kind.ACTION_REQUIRED)
    assert isinstance(telling.vault, MemoryVault)
    telling.vault.away = StoreUnavailable()
    place = await telling.store.notices.position()
    with pytest.raises(StoreUnavailable):
        await telling.read()
    assert await telling.store.notices.position() == place
    telling.vault.away = None
    await telling.read()
    kinds = [one.kind for one in await telling.notices()]
    assert kinds.count(Kind.REMINDER) == 2
