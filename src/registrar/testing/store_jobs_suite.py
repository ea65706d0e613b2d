"""What every store must do with jobs: release, share, lease. Used like `store_suite`."""
# ruff: noqa: S101, PLR2004 - a shipped suite is tests: it asserts, and expects literals

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from registrar.domain import lifecycle, policy
from registrar.domain.lifecycle import Moment
from registrar.domain.outcome import Code, Effect, Outcome
from registrar.domain.registration import Priority, Step
from registrar.ports.store import Store
from registrar.testing.records import Wanted, new_registration
from registrar.testing.store_suite import BOUNDS, CAPS, LEASE, added, claimed, moment, released


async def test_a_renewed_lease_does_not_expire(store: Store) -> None:
    """Only with the fence that holds it."""
    short = timedelta(seconds=1)
    start, fence = await claimed(store, short)
    key = start.registration.id
    assert await store.renew([(key, fence - 1)], LEASE) == [False]
    assert await store.renew([(key, fence)], LEASE) == [True]
    await asyncio.sleep(short.total_seconds() * 1.1)
    assert await store.expired(10) == []


async def test_a_lease_that_has_run_out_is_not_renewed(store: Store) -> None:
    """Nobody has swept it yet, and somebody may be about to."""
    start, fence = await claimed(store, timedelta(0))
    await asyncio.sleep(0.01)
    assert await store.renew([(start.registration.id, fence)], LEASE) == [False]
    assert [one.fence for one in await store.expired(10)] == [fence]


async def test_what_is_not_due_is_not_released(store: Store) -> None:
    """And next_due says how long."""
    later = datetime.now(UTC) + timedelta(hours=1)
    await added(store, Wanted(not_before=later))
    assert await released(store) == []
    due = await store.next_due("api")
    assert due is not None
    assert timedelta(minutes=59) < due <= timedelta(hours=1)
    assert await store.next_due("browser") is None


async def test_a_writer_whose_clock_is_wrong_neither_delays_nor_hastens(store: Store) -> None:
    """Five minutes ahead, or behind: due at once, then after the pause, by the store's clock."""
    for wrong in (timedelta(minutes=5), -timedelta(minutes=5)):
        off = Moment(datetime.now(UTC) + wrong, jitter=0)
        await added(store, Wanted(created_at=off.now))
        ((key, fence),) = await released(store)
        work = (await store.work([key]))[key]
        start = lifecycle.start_attempt(work.stored.registration, off, fence, "1")
        assert await store.write([start], LEASE) == [True]
        assert start.attempt is not None
        refused = Outcome(Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT)
        end = lifecycle.conclude(start.registration, start.attempt, refused, CAPS, off, fence)
        assert await store.write([end], LEASE) == [True]
        assert await released(store) == []
        due = await store.next_due("api")
        assert due is not None
        assert timedelta(0) < due <= policy.backoff(1, 0)
        await asyncio.sleep(due.total_seconds() + 0.02)
        assert [again for again, _ in await released(store)] == [key]


async def test_an_instant_that_a_caller_named_stays_one(store: Store) -> None:
    """A writer's wrong clock does not move not_before; and one in the past overtakes nobody."""
    now = datetime.now(UTC)
    early = now + timedelta(minutes=5)
    await added(store, Wanted(created_at=early, not_before=now + timedelta(minutes=2)))
    assert await released(store) == []
    first = await added(store)
    await asyncio.sleep(0.02)
    second = await added(store, Wanted(not_before=now - timedelta(days=1)))
    assert [key for key, _ in await released(store, limit=1)] == [first.id]
    assert [key for key, _ in await released(store)] == [second.id]


async def test_jobs_run_in_the_order_in_which_they_came(store: Store) -> None:
    """One manufacturer's, of one class: nobody overtakes."""
    came = []
    for _ in range(5):
        came.append((await added(store)).id)
        await asyncio.sleep(0.002)
    assert [key for key, _ in await released(store)] == came


async def test_an_unclaimed_hint_is_sent_again_with_a_new_fence(store: Store) -> None:
    """A lost hint costs time, never a job."""
    await added(store)
    ((key, first),) = await released(store)
    assert await released(store) == []
    await asyncio.sleep(0.02)
    (again,) = await store.release("api", limit=10, in_flight=BOUNDS, rehint_after=timedelta(0))
    assert (again.registration_id, again.fence) == (key, first + 1)


async def test_in_flight_is_bounded_by_manufacturer(store: Store) -> None:
    """One manufacturer's backlog leaves the others' room alone."""
    for _ in range(5):
        await added(store)
    other = await added(store, Wanted(manufacturer_id="samsung"))
    keys = [key for key, _ in await released(store, acme=2, samsung=2)]
    assert len(keys) == 3
    assert other.id in keys
    assert await released(store, acme=2, samsung=2) == []


async def test_every_class_has_its_share(store: Store) -> None:
    """Bulk is not starved by interactive, interactive comes first."""
    bulk = [await added(store, Wanted(priority=Priority.BULK)) for _ in range(20)]
    urgent = [await added(store, Wanted(priority=Priority.INTERACTIVE)) for _ in range(20)]
    keys = [key for key, _ in await released(store, limit=10)]
    assert len(set(keys) & {one.id for one in bulk}) == 1
    assert len(set(keys) & {one.id for one in urgent}) == 9
    assert keys[-1] in {one.id for one in bulk}


async def test_two_dispatchers_never_release_one_job_twice(store: Store) -> None:
    """Shared by SKIP LOCKED, or by turns."""
    for _ in range(40):
        await added(store)
    rounds = await asyncio.gather(*(released(store, limit=10) for _ in range(8)))
    rounds.append(await released(store))
    keys = [key for one in rounds for key, _ in one]
    assert len(keys) == len(set(keys)) == 40


async def test_two_dispatchers_share_one_bound(store: Store) -> None:
    """In flight stays bounded over the fleet, not by dispatcher."""
    for _ in range(20):
        await added(store)
    rounds = await asyncio.gather(*(released(store, acme=5) for _ in range(6)))
    assert sum(len(one) for one in rounds) == 5


async def test_overdue_are_found(store: Store) -> None:
    """Past complete_by and held by nobody."""
    past = datetime.now(UTC) - timedelta(seconds=5)
    late = await added(store, Wanted(complete_by=past))
    await added(store)
    assert await store.overdue(10) == [late.id]


async def test_a_look_up_job_keeps_its_step(store: Store) -> None:
    """VERIFYING asks the next worker to look, not to send."""
    start, fence = await claimed(store)
    assert start.attempt is not None
    unclear = Outcome(Code.OUTCOME_UNKNOWN, Effect.UNKNOWN)
    done = lifecycle.conclude(start.registration, start.attempt, unclear, CAPS, moment(), fence)
    assert await store.write([done], LEASE) == [True]
    ((key, _),) = await released(store)
    assert (await store.work([key]))[key].step is Step.VERIFY


async def test_an_expired_lease_is_swept_once(store: Store) -> None:
    """Two sweepers read the same lease; the fence lets one write."""
    start, fence = await claimed(store, timedelta(0))
    await asyncio.sleep(0.02)
    swept = lifecycle.lose_lease(start.registration, start.attempt, CAPS, moment(), fence)
    answers = await asyncio.gather(*(store.write([swept], LEASE) for _ in range(4)))
    assert sum(answer[0] for answer in answers) == 1
    assert await store.expired(10) == []


async def test_a_manufacturer_not_named_keeps_its_jobs(store: Store) -> None:
    """Neither released, nor hinted again."""
    await added(store)
    assert await released(store, samsung=5) == []
    assert len(await released(store)) == 1
    await asyncio.sleep(0.02)
    again = await store.release(
        "api", limit=10, in_flight={"samsung": 5}, rehint_after=timedelta(0)
    )
    assert again == []


async def test_hundreds_of_manufacturers_are_released_together(store: Store) -> None:
    """One job of each of the last three."""
    names = [f"m{n}" for n in range(250)]
    for name in names[-3:]:
        await added(store, Wanted(manufacturer_id=name))
    assert len(await released(store, **dict.fromkeys(names, 2))) == 3


async def test_a_full_backlog_is_shared_sixty_thirty_ten(store: Store) -> None:
    """All three classes wait; what one class leaves, the others take."""
    waiting = {
        priority: {
            done.registration.id
            for done in await store.insert(
                [new_registration(Wanted(priority=priority)) for _ in range(30)]
            )
        }
        for priority in Priority
    }
    keys = {key for key, _ in await released(store, limit=20)}
    assert [len(keys & waiting[priority]) for priority in Priority] == [12, 6, 2]
    rest = {key for key, _ in await released(store, limit=100)}
    assert len(rest) == 70


async def test_a_long_backlog_does_not_hide_a_small_manufacturer(store: Store) -> None:
    """Within a class manufacturers take turns."""
    await store.insert([new_registration() for _ in range(40)])
    small = await added(store, Wanted(manufacturer_id="samsung"))
    assert small.id in {key for key, _ in await released(store, limit=2)}


async def test_what_nobody_takes_up_is_late_by_class_and_manufacturer(store: Store) -> None:
    """The oldest counts; what is not due, hinted or another's is not among it."""
    assert await store.lateness(["acme", "samsung"]) == []
    for priority in (Priority.BULK, Priority.INTERACTIVE):
        await added(store, Wanted(priority=priority))
    await asyncio.sleep(0.2)
    await added(store, Wanted(priority=Priority.BULK))
    await added(store, Wanted(manufacturer_id="samsung"))
    later = datetime.now(UTC) + timedelta(hours=1)
    await added(store, Wanted(manufacturer_id="samsung", priority=Priority.BULK, not_before=later))
    found = {
        (one.manufacturer_id, one.priority): one.late
        for one in await store.lateness(["acme", "samsung"])
    }
    assert set(found) == {("acme", 0), ("acme", 2), ("samsung", 1)}
    assert found["samsung", 1] < found["acme", 0] <= found["acme", 2] < timedelta(minutes=5)
    assert found["acme", 0] >= timedelta(seconds=0.2)
    assert [one.manufacturer_id for one in await store.lateness(["samsung"])] == ["samsung"]
    assert len(await released(store)) == 4
    assert await store.lateness(["acme", "samsung"]) == []


async def test_a_request_is_known_from_its_acceptance(store: Store) -> None:
    """To its own tenant."""
    made = await added(store)
    assert await store.known(made.tenant_id, made.request_id)
    assert not await store.known("tenant-other", made.request_id)
    assert not await store.known(made.tenant_id, "00000000-0000-4000-8000-000000000000")
