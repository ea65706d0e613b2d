"""What every store must know of failures that nobody has answered. Used like `store_suite`."""
# ruff: noqa: S101 - a shipped suite is tests: it asserts, and expects literals

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from registrar.domain import lifecycle
from registrar.domain.dead_letter import cause_of
from registrar.domain.lifecycle import Moment
from registrar.domain.outcome import Code, Effect, Outcome, Tier
from registrar.domain.policy import Capabilities
from registrar.domain.registration import Registration
from registrar.ports import plain
from registrar.ports.dead_letters import EXAMPLES, DeadLetterGroup
from registrar.ports.erasures import Erasing
from registrar.ports.store import Filter, InsertStatus, NewRegistration, Store
from registrar.testing.records import Wanted, new_registration

LEASE = timedelta(seconds=30)
ONCE = Capabilities(verify="none", idempotency="none", max_attempts=1)
AWAY = Outcome(Code.UNAVAILABLE_CONNECT, Effect.REFUSED, "It refuses.", raw_code="503")
SHUT = replace(AWAY, raw_code="504")


def instant() -> datetime:
    """As precise as a store keeps it."""
    return plain.from_micros(plain.to_micros(datetime.now(UTC)))


def failing(item: NewRegistration, outcome: Outcome, at: datetime) -> NewRegistration:
    """As it is once its only attempt has ended so."""
    moment = Moment(at)
    claim = lifecycle.start_attempt(item.transition.registration, moment, 0, "1")
    assert claim.attempt is not None
    ended = lifecycle.conclude(claim.registration, claim.attempt, outcome, ONCE, moment, 0)
    return replace(item, transition=replace(ended, job=None))


async def failed(
    store: Store,
    outcome: Outcome = AWAY,
    *,
    at: datetime | None = None,
    **wanted: object,
) -> Registration:
    """One that went all the way there by the writes of a worker."""
    item = new_registration(Wanted(tiers=(Tier.API,), **wanted))  # type: ignore[arg-type]  # its own fields
    (done,) = await store.insert([item])
    assert done.status is InsertStatus.CREATED
    ended = failing(item, outcome, at or instant()).transition
    alone = replace(ended, expected_revision=item.transition.registration.revision, fence=None)
    assert await store.write([alone], LEASE) == [True]
    return ended.registration


async def groups(store: Store, tenant_id: str = "tenant-a") -> list[DeadLetterGroup]:
    """All of a tenant."""
    return await store.dead_letters.groups(tenant_id, "", None, 100)


async def ids(store: Store) -> set[str]:
    """Of few dead letters: all of them."""
    return {key for one in await groups(store) for key in one.examples}


async def read(store: Store, one: Registration) -> Registration:
    """As it is now."""
    return (await store.get(one.tenant_id, [one.id]))[one.id].registration


async def test_failures_of_one_cause_are_a_group(store: Store) -> None:
    """With how many, since when, the newest of them and what it says."""
    start = instant()
    made = [await failed(store, at=start + timedelta(seconds=n)) for n in range(EXAMPLES + 1)]
    other = await failed(store, SHUT, at=start)
    await failed(store, tenant_id="tenant-b")
    found = {one.cause.manufacturer_code: one for one in await groups(store)}
    assert found.keys() == {"503", "504"}
    many, single = found["503"], found["504"]
    assert many.cause == cause_of(made[0])
    assert (many.cause.tier, many.cause.code) == (Tier.API, "unavailable.connect")
    assert (many.count, many.is_capped) == (EXAMPLES + 1, False)
    assert (many.oldest, many.newest) == (made[0].updated_at, made[-1].updated_at)
    assert many.examples == tuple(one.id for one in reversed(made[1:]))
    assert many.message == "It refuses."
    assert (single.count, single.examples) == (1, (other.id,))
    assert len(await groups(store, "tenant-b")) == 1


async def test_groups_come_by_manufacturer_and_in_pages(store: Store) -> None:
    """Each once, of all or of one manufacturer."""
    for maker in ("samsung", "acme"):
        for outcome in (AWAY, SHUT):
            await failed(store, outcome, manufacturer_id=maker)
    every = await groups(store)
    places = [one.place for one in every]
    assert places == sorted(places)
    assert [one.manufacturer_id for one in places] == ["acme", "acme", "samsung", "samsung"]
    paged: list[DeadLetterGroup] = []
    while page := await store.dead_letters.groups(
        "tenant-a", "", paged[-1].place if paged else None, 1
    ):
        paged += page
    assert paged == every
    assert await store.dead_letters.groups("tenant-a", "samsung", None, 9) == every[2:]
    assert await store.dead_letters.groups("tenant-a", "samsung", every[2].place, 9) == every[3:]
    assert await store.dead_letters.groups("tenant-a", "sony", None, 9) == []


async def test_what_has_not_failed_is_no_dead_letter(store: Store) -> None:
    """Neither what waits, nor what was cancelled."""
    waits, gone = await store.insert([new_registration(), new_registration()])
    over = lifecycle.cancel(gone.registration, "", Moment(instant()))
    assert await store.write([over], LEASE) == [True]
    assert waits.registration.id
    assert await groups(store) == []
    assert await store.dead_letters.tell(9) == 0


async def test_a_retry_leaves_the_list_and_another_failure_comes_back(store: Store) -> None:
    """With its new cause."""
    made = await failed(store)
    again = lifecycle.retry(made, Moment(instant()), acknowledge_duplicate_risk=False)
    assert await store.write([again], LEASE) == [True]
    assert await groups(store) == []
    item = replace(new_registration(), transition=again)
    ended = failing(item, SHUT, instant()).transition
    alone = replace(ended, expected_revision=again.registration.revision, fence=None)
    assert await store.write([alone], LEASE) == [True]
    assert [one.cause.manufacturer_code for one in await groups(store)] == ["504"]


async def test_what_somebody_abandons_leaves_the_list(store: Store) -> None:
    """It stays FAILED, and can be retried: then it is somebody's again."""
    made, other = await failed(store), await failed(store)
    given = lifecycle.abandon(made, "sold", Moment(instant(), actor="caller:a"))
    assert await store.write([given], LEASE) == [True]
    assert await ids(store) == {other.id}
    after = await read(store, made)
    assert (after.state, after.abandoned_at) == (made.state, given.registration.updated_at)
    (event,) = await store.events("tenant-a", made.id, after=made.revision, limit=9)
    assert (event.actor, event.detail) == ("caller:a", {"reason": "sold"})
    back = lifecycle.retry(after, Moment(instant()), acknowledge_duplicate_risk=False)
    assert await store.write([back], LEASE) == [True]
    assert (await read(store, made)).abandoned_at is None


async def test_a_new_registration_of_the_product_is_its_successor(store: Store) -> None:
    """Named by the one before, wherever that is read; of another tenant or product it is not."""
    made = await failed(store, serial=b"s", reference=b"r")
    alien = await failed(store, serial=b"s", tenant_id="tenant-b")
    other = await failed(store, serial=b"t")
    (done,) = await store.insert([new_registration(Wanted(serial=b"s"))])
    assert await ids(store) == {other.id}
    assert (await read(store, made)).successor_id == done.registration.id
    assert (await read(store, alien)).successor_id == ""
    assert (await read(store, other)).successor_id == ""
    found = await store.lookup("tenant-a", reference=b"r")
    assert found is not None
    assert found.registration.successor_id == done.registration.id
    page = await store.page("tenant-a", Filter(), descending=False, limit=9)
    shown = {one.registration.id: one.registration.successor_id for one in page}
    assert {key for key, one in shown.items() if one} == {made.id}


async def test_a_successor_that_fails_has_one_of_its_own(store: Store) -> None:
    """The first keeps the second for its successor."""
    first = await failed(store, serial=b"s")
    second = await failed(store, serial=b"s")
    assert await ids(store) == {second.id}
    third = await failed(store, serial=b"s")
    assert await ids(store) == {third.id}
    assert (await read(store, first)).successor_id == second.id
    assert (await read(store, second)).successor_id == third.id


async def test_who_comes_back_has_no_successor(store: Store) -> None:
    """Though another registration of the product was there, and has failed as well."""
    first = await failed(store, serial=b"s")
    second = await failed(store, serial=b"s")
    again = lifecycle.retry(
        await read(store, first), Moment(instant()), acknowledge_duplicate_risk=False
    )
    assert await store.write([again], LEASE) == [True]
    assert (await read(store, first)).successor_id == ""
    assert await ids(store) == {second.id}
    item = replace(new_registration(), transition=again)
    ended = failing(item, AWAY, instant()).transition
    alone = replace(ended, expected_revision=again.registration.revision, fence=None)
    assert await store.write([alone], LEASE) == [True]
    assert await ids(store) == {first.id, second.id}
    third = await failed(store, serial=b"s")
    assert (await read(store, first)).successor_id == third.id


async def test_what_is_written_meanwhile_does_not_lose_the_successor(store: Store) -> None:
    """Who abandons it has read it before the new one came."""
    made = await failed(store, serial=b"s")
    given = lifecycle.abandon(made, "sold", Moment(instant()))
    (done,) = await store.insert([new_registration(Wanted(serial=b"s"))])
    assert await store.write([given], LEASE) == [True]
    assert (await read(store, made)).successor_id == done.registration.id
    assert await ids(store) == set()


async def test_what_is_erased_is_no_dead_letter(store: Store) -> None:
    """Nothing can be done with it any more."""
    made = await failed(store)
    sealed = (await store.get("tenant-a", [made.id]))[made.id].sealed
    moved = lifecycle.erase(made, Moment(instant()))
    assert await store.erasures.erase([Erasing(moved, sealed, (uuid.uuid4().hex,))]) == [True]
    assert await groups(store) == []
