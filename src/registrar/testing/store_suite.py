"""What every store must do: `from registrar.testing.store_suite import *` in a test module.

The module needs a fixture `store` that gives an empty store of the kind under test.
"""
# ruff: noqa: S101, PLR2004 - a shipped suite is tests: it asserts, and expects literals

import asyncio
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from registrar.domain import lifecycle
from registrar.domain.lifecycle import Moment
from registrar.domain.outcome import Code, Effect, Outcome
from registrar.domain.policy import Capabilities
from registrar.domain.registration import Registration, State, Transition
from registrar.ports.store import (
    Filter,
    InsertStatus,
    PageCursor,
    Position,
    Store,
)
from registrar.testing.records import Wanted, new_registration

LEASE = timedelta(seconds=30)
SOON = timedelta(seconds=30)
CAPS = Capabilities(verify="strong", idempotency="key")
BOUNDS = {"acme": 100, "samsung": 100}


def moment() -> Moment:
    """Now."""
    return Moment(datetime.now(UTC))


async def added(store: Store, wanted: Wanted | None = None) -> Registration:
    """A durable registration."""
    (done,) = await store.insert([new_registration(wanted)])
    assert done.status is InsertStatus.CREATED
    return done.registration


async def released(store: Store, limit: int = 100, **bounds: int) -> list[tuple[str, int]]:
    """Id and fence of what the dispatcher hints."""
    jobs = await store.release("api", limit=limit, in_flight=bounds or BOUNDS, rehint_after=SOON)
    return [(job.registration_id, job.fence) for job in jobs]


async def claimed(store: Store, lease: timedelta = LEASE) -> tuple[Transition, int]:
    """One registration, submitted, hinted and claimed."""
    await added(store)
    ((key, fence),) = await released(store)
    work = (await store.work([key]))[key]
    start = lifecycle.start_attempt(work.stored.registration, moment(), fence, "1")
    assert await store.write([start], lease) == [True]
    return start, fence


def ending(start: Transition, fence: int) -> Transition:
    """The claimed attempt succeeds."""
    assert start.attempt is not None
    outcome = Outcome(Code.REGISTERED, Effect.ACCEPTED, reference="M-1")
    return lifecycle.conclude(start.registration, start.attempt, outcome, CAPS, moment(), fence)


async def test_what_was_inserted_is_read_back_equal(store: Store) -> None:
    """Every field, the sealed payload, the first event."""
    item = new_registration(Wanted(complete_by=datetime(2027, 1, 1, tzinfo=UTC)))
    await store.insert([item])
    made = item.transition.registration
    stored = (await store.get(made.tenant_id, [made.id]))[made.id]
    assert (stored.registration, stored.sealed) == (made, b"sealed")
    events = await store.events(made.tenant_id, made.id, after=0, limit=10)
    assert tuple(events) == item.transition.events


async def test_the_same_body_fifty_times_at_once_is_one_row(store: Store) -> None:
    """One CREATED, 49 REPLAYED, all with the same id."""
    wanted = Wanted(request_id="same", serial=b"s")
    items = [new_registration(wanted) for _ in range(50)]
    answers = await asyncio.gather(*(store.insert([item]) for item in items))
    statuses = sorted(answer[0].status for answer in answers)
    assert statuses == [InsertStatus.CREATED] + [InsertStatus.REPLAYED] * 49
    assert len({answer[0].registration.id for answer in answers}) == 1
    assert len(await store.page("tenant-a", Filter(), descending=True, limit=100)) == 1


async def test_twice_in_one_batch_is_one_row(store: Store) -> None:
    """Neighbours in a group commit are told apart too."""
    wanted = Wanted(request_id="same", serial=b"s")
    done = await store.insert([new_registration(wanted), new_registration(wanted)])
    assert sorted(one.status for one in done) == [InsertStatus.CREATED, InsertStatus.REPLAYED]


async def test_a_request_id_with_another_body_is_refused(store: Store) -> None:
    """The registration that stands in the way is told."""
    first = await added(store, Wanted(request_id="same", body=b"one"))
    (done,) = await store.insert([new_registration(Wanted(request_id="same", body=b"two"))])
    assert (done.status, done.registration.id) == (InsertStatus.REQUEST_ID_REUSED, first.id)


async def test_a_product_under_way_is_not_registered_twice(store: Store) -> None:
    """Another request for the same product is a duplicate; another tenant's is not."""
    first = await added(store, Wanted(serial=b"s"))
    (done,) = await store.insert([new_registration(Wanted(serial=b"s"))])
    assert (done.status, done.registration.id) == (InsertStatus.DUPLICATE, first.id)
    await added(store, Wanted(serial=b"s", tenant_id="tenant-b"))


async def test_a_cancelled_registration_frees_its_product(store: Store) -> None:
    """And cannot come back once another one has taken its place."""
    first = await added(store, Wanted(serial=b"s"))
    failed = replace(lifecycle.cancel(first, "", moment()))
    assert await store.write([failed], LEASE) == [True]
    await added(store, Wanted(serial=b"s"))
    back = replace(failed.registration, state=State.FAILED)
    retry = lifecycle.retry(back, moment(), acknowledge_duplicate_risk=False)
    assert await store.write([retry], LEASE) == [False]


async def test_a_stale_revision_writes_nothing(store: Store) -> None:
    """The neighbour in the batch is written, the stale one is not, no event appears."""
    one, two = await added(store), await added(store)
    stale = replace(lifecycle.cancel(one, "", moment()), expected_revision=0)
    good = lifecycle.cancel(two, "", moment())
    assert await store.write([stale, good], LEASE) == [False, True]
    assert len(await store.events(one.tenant_id, one.id, after=0, limit=10)) == 1
    assert len(await store.events(two.tenant_id, two.id, after=0, limit=10)) == 2


async def test_two_writers_of_one_revision_cannot_both_win(store: Store) -> None:
    """Twenty at once: one wins, the sequence has no gap."""
    one = await added(store)
    change = lifecycle.cancel(one, "", moment())
    answers = await asyncio.gather(*(store.write([change], LEASE) for _ in range(20)))
    assert sum(answer[0] for answer in answers) == 1
    events = await store.events(one.tenant_id, one.id, after=0, limit=10)
    assert [event.sequence for event in events] == [1, 2]


async def test_claim_and_outcome_go_through(store: Store) -> None:
    """RUNNING with its attempt, then SUCCEEDED, job parked."""
    start, fence = await claimed(store)
    key = start.registration.id
    work = (await store.work([key]))[key]
    assert (work.leased, work.fence, work.running) == (True, fence, start.attempt)
    done = ending(start, fence)
    assert await store.write([done], LEASE) == [True]
    assert await store.work([key]) == {}
    assert await store.attempts("tenant-a", key) == [done.attempt]
    assert await released(store) == []


async def test_a_hint_claims_once(store: Store) -> None:
    """A duplicated hint finds the job leased; its revision is stale as well."""
    start, _ = await claimed(store)
    again = replace(start, expected_revision=start.registration.revision)
    assert await store.write([again], LEASE) == [False]


async def test_of_many_look_ups_of_one_hint_one_takes_the_lease(store: Store) -> None:
    """Such a claim leaves the revision as it is: only the job's own state tells them apart."""
    one = await added(store)
    ((_, fence),) = await released(store)
    claim = lifecycle.start_check(one, fence)
    answers = await asyncio.gather(*(store.write([claim], LEASE) for _ in range(20)))
    assert sorted(answers) == [[False]] * 19 + [[True]]


async def test_an_old_fence_writes_nothing(store: Store) -> None:
    """The lease ran out, another worker has the job: the first one's outcome is refused."""
    start, fence = await claimed(store, timedelta(0))
    await asyncio.sleep(0.02)
    (lost,) = await store.expired(10)
    assert (lost.registration_id, lost.fence) == (start.registration.id, fence)
    swept = lifecycle.lose_lease(start.registration, start.attempt, CAPS, moment(), fence)
    assert await store.write([swept], LEASE) == [True]
    late = replace(ending(start, fence), expected_revision=swept.registration.revision)
    assert await store.write([late], LEASE) == [False]
    ((_, newer),) = await released(store)
    assert newer > fence


async def test_cancel_under_way_keeps_the_lease(store: Store) -> None:
    """The worker's fence still holds; only its revision is stale."""
    start, fence = await claimed(store)
    asked = lifecycle.cancel(start.registration, "", moment())
    assert await store.write([asked], LEASE) == [True]
    work = (await store.work([asked.registration.id]))[asked.registration.id]
    assert (work.leased, work.fence, work.stored.registration.state) == (
        True,
        fence,
        State.CANCELLING,
    )


async def test_pages_are_stable_under_inserts(store: Store) -> None:
    """Keyset paging: no row twice, none left out, in both directions."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for n in range(7):
        await added(store, Wanted(created_at=start + timedelta(hours=n // 2)))
    for descending in (True, False):
        seen: list[str] = []
        after: PageCursor | None = None
        while rows := await store.page(
            "tenant-a", Filter(), descending=descending, limit=3, after=after
        ):
            seen += [row.registration.id for row in rows]
            last = rows[-1].registration
            after = PageCursor(last.created_at, last.id)
        assert len(seen) == len(set(seen)) == 7


async def test_filters_narrow_the_page(store: Store) -> None:
    """State, manufacturer, blind indexes, time: all must hold."""
    one = await added(store, Wanted(user=b"u", reference=b"r"))
    await added(store, Wanted(manufacturer_id="samsung"))

    async def found(where: Filter) -> list[str]:
        rows = await store.page("tenant-a", where, descending=True, limit=10)
        return [row.registration.id for row in rows]

    early = one.created_at - timedelta(seconds=1)
    assert await found(Filter(manufacturer_ids=("acme",))) == [one.id]
    assert await found(Filter(user_index=b"u", reference_index=b"r")) == [one.id]
    assert await found(Filter(states=(State.SUCCEEDED,))) == []
    assert await found(Filter(created_before=early)) == []
    assert len(await found(Filter(created_after=early))) == 2


async def test_another_tenant_sees_nothing(store: Store) -> None:
    """On every method that takes a tenant."""
    start, _ = await claimed(store)
    key = start.registration.id
    assert await store.get("tenant-b", [key]) == {}
    assert await store.events("tenant-b", key, after=0, limit=10) == []
    assert await store.attempts("tenant-b", key) == []
    assert await store.lookup("tenant-b", reference=None, serial=None) is None
    assert await store.page("tenant-b", Filter(), descending=True, limit=10) == []


async def test_lookup_finds_the_newest(store: Store) -> None:
    """By reference, by serial, by nothing that is not there."""
    old = datetime(2026, 1, 1, tzinfo=UTC)
    await added(store, Wanted(reference=b"r", created_at=old))
    newer = await added(store, Wanted(reference=b"r", serial=b"s"))
    for found in (
        await store.lookup("tenant-a", reference=b"r"),
        await store.lookup("tenant-a", serial=b"s"),
    ):
        assert found is not None
        assert found.registration.id == newer.id
    assert await store.lookup("tenant-a", serial=b"x") is None


async def test_the_log_reads_on_from_its_head(store: Store) -> None:
    """Everything after the head is still ahead, in order, page by page."""
    await added(store)
    head = await store.log_head()
    ids = [(await added(store)).id for _ in range(5)]
    seen: list[str] = []
    while page := await store.log(head, 2):
        seen += [one.event.registration_id for one in page]
        head = page[-1].position
    assert seen == ids


async def test_the_log_of_some_registrations_leaves_out_the_others(store: Store) -> None:
    """In order, and a page counts only what is theirs."""
    ids = [(await added(store)).id for _ in range(5)]
    wanted = [ids[1], ids[3]]
    found = await store.log(Position(), 2, wanted)
    assert [one.event.registration_id for one in found] == wanted
    assert await store.log(found[-1].position, 2, wanted) == []


async def test_the_last_position_is_that_of_the_newest_event(store: Store) -> None:
    """As the log shows it; unknown registrations are left out."""
    first, second = await added(store), await added(store)
    log = await store.log(Position(), 100)
    found = await store.last_positions([first.id, second.id, "reg_unknown"])
    newest = {one.event.registration_id: one.position for one in log}
    assert found == {key: newest[key] for key in (first.id, second.id)}


async def cancelled(store: Store, wanted: Wanted) -> Registration:
    """A registration that has left its product to others, and may come back by a retry."""
    one = await added(store, wanted)
    change = lifecycle.cancel(one, "", moment())
    assert await store.write([change], LEASE) == [True]
    return replace(change.registration, state=State.FAILED)


async def test_of_two_that_come_back_for_one_product_one_does(store: Store) -> None:
    """In one batch; the loser is False, its neighbours are written."""
    other = lifecycle.cancel(await added(store), "", moment())
    back = [
        lifecycle.retry(
            await cancelled(store, Wanted(serial=b"s")), moment(), acknowledge_duplicate_risk=False
        )
        for _ in range(2)
    ]
    assert await store.write([*back, other], LEASE) == [True, False, True]
    (done,) = await store.insert([new_registration(Wanted(serial=b"s"))])
    assert (done.status, done.registration.id) == (
        InsertStatus.DUPLICATE,
        back[0].registration.id,
    )


async def test_retries_and_submits_of_one_product_at_once_leave_one(store: Store) -> None:
    """However they interleave: no error, one registration stands."""
    gone = [await cancelled(store, Wanted(serial=b"s")) for _ in range(4)]
    retries = [lifecycle.retry(one, moment(), acknowledge_duplicate_risk=False) for one in gone]
    written, inserted = await asyncio.gather(
        asyncio.gather(*(store.write([one], LEASE) for one in retries)),
        asyncio.gather(*(store.insert([new_registration(Wanted(serial=b"s"))]) for _ in range(4))),
    )
    created = [answer for (answer,) in inserted if answer.status is InsertStatus.CREATED]
    assert sum(answer for (answer,) in written) + len(created) == 1


async def test_a_second_change_in_one_batch_is_stale(store: Store) -> None:
    """The first one counts."""
    one = await added(store)
    change = lifecycle.cancel(one, "", moment())
    assert await store.write([change, change], LEASE) == [True, False]
    assert len(await store.events(one.tenant_id, one.id, after=0, limit=10)) == 2


async def test_nothing_to_do_is_done(store: Store) -> None:
    """Empty batches, unknown ids."""
    assert await store.insert([]) == []
    assert await store.write([], LEASE) == []
    assert await store.renew([], LEASE) == []
    assert await store.renew([("reg_none", 1)], LEASE) == [False]
    assert await store.work([]) == {}
    assert await store.work(["reg_none"]) == {}
    unknown = lifecycle.cancel(new_registration().transition.registration, "", moment())
    assert await store.write([unknown], LEASE) == [False]
