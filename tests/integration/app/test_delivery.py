"""Delivery on every store: the manufacturer's ledger and the database are the oracle."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import msgspec.structs
import pytest

from registrar.app import sealing
from registrar.app.advance import WRITE_TRIES, Advance, Advanced, batched, looked_up
from registrar.app.batching import Batcher
from registrar.app.sweep import Sweep
from registrar.domain import lifecycle
from registrar.domain.customer import Customer
from registrar.domain.errors import StoreUnavailable
from registrar.domain.lifecycle import Moment
from registrar.domain.outcome import Effect, Outcome, Verification
from registrar.domain.policy import Capabilities
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase
from registrar.domain.registration import (
    ActionKind,
    AttemptState,
    EventKind,
    NextJob,
    Registration,
    State,
    Transition,
)
from registrar.domain.submission import Submission
from registrar.ports.clock import SystemClock
from registrar.ports.connector import UNATTENDED, Job, Run
from registrar.ports.store import Filter, Store, Stored
from registrar.testing.manufacturer import Fault, LedgerConnector, OneManufacturer
from registrar.testing.records import Wanted, new_registration
from registrar.testing.vault import MemoryVault

VAULT = MemoryVault()
STRONG = Capabilities(verify="strong", idempotency="none", send_deadline=timedelta(seconds=0.2))
BLIND = replace(STRONG, verify="none")
LEASE = timedelta(seconds=30)
SUBMISSION = Submission(
    customer=Customer(given_name="Łucja", family_name="Nowak", email="lucja@example.org"),
    product=Product(serial_number="AC0123456789"),
    purchase=Purchase(date=date(2026, 11, 1), country="PL"),
    labels={"channel": "app"},
)


def hasty(store: Store, lease: timedelta) -> Batcher[Transition, bool]:
    """A writer that leaves out the pauses: retries are due at once."""
    flush = batched(store, lease)

    async def written(items: Sequence[Transition]) -> list[bool]:
        return await flush(
            [msgspec.structs.replace(one, job=one.job and NextJob(one.job.step)) for one in items]
        )

    return Batcher(written)


@dataclass
class Fleet:
    """Dispatcher, sweeper and workers over one store, step by step.

    `lease` is what the store grants, however long the workers believe to have it.
    """

    store: Store
    connector: LedgerConnector
    lease: timedelta = LEASE

    def __post_init__(self) -> None:
        catalogue = OneManufacturer(self.connector)
        self.writer = hasty(self.store, self.lease)
        self.advance = Advance(
            leases=self.store,
            reader=Batcher(looked_up(self.store), wait=0),
            writer=self.writer,
            catalogue=catalogue,
            vault=VAULT,
            clock=SystemClock(),
            lease=LEASE,
        )
        self.sweep = Sweep(self.store, catalogue, SystemClock())

    async def accept(self, count: int = 1) -> list[Registration]:
        """Durable registrations with sealed payloads."""
        items = [new_registration(Wanted()) for _ in range(count)]
        sealed = [
            msgspec.structs.replace(
                item,
                sealed=await sealing.seal(
                    VAULT, item.transition.registration.id, sealing.payload(SUBMISSION)
                ),
            )
            for item in items
        ]
        return [done.registration for done in await self.store.insert(sealed)]

    async def hints(self) -> list[tuple[str, int]]:
        """What the dispatcher would send."""
        jobs = await self.store.release(
            "api", limit=200, in_flight={"acme": 200}, rehint_after=LEASE
        )
        return [(job.registration_id, job.fence) for job in jobs]

    async def work(self, hint: tuple[str, int]) -> Advanced | None:
        """One worker; None when it was killed on the way."""
        with suppress(asyncio.CancelledError):
            return await self.advance.run(*hint)
        return None

    async def settle(self) -> None:
        """Until nothing is due, leased or overdue."""
        for _ in range(30):
            hints = await self.hints()
            await asyncio.gather(*(self.work(hint) for hint in hints))
            if not hints and not await self.sweep.leases() and not await self.sweep.deadlines():
                return
            await asyncio.sleep(0.01)

    async def now(self, one: Registration) -> Registration:
        """As the store has it."""
        return (await self.store.get(one.tenant_id, [one.id]))[one.id].registration


@pytest.mark.parametrize(
    "faults",
    [
        [],
        [Fault.REFUSED_CONNECTION],
        [Fault.THROTTLED, Fault.REFUSED_CONNECTION],
        [Fault.RESET_BEFORE_COMMIT],
        [Fault.COMMIT_THEN_DROP],
        [Fault.COMMIT_THEN_HANG],
        [Fault.BUG, Fault.COMMIT_THEN_DROP],
        [Fault.COMMIT_THEN_KILL],
        [Fault.RESET_BEFORE_COMMIT, Fault.REFUSED_CONNECTION, Fault.COMMIT_THEN_KILL],
    ],
    ids=" then ".join,
)
async def test_every_fault_ends_in_exactly_one_effect(store: Store, faults: list[Fault]) -> None:
    """SUCCEEDED, once in the ledger, gapless events, the marker's attempts accounted for."""
    fleet = Fleet(store, LedgerConnector(STRONG, faults))
    if Fault.COMMIT_THEN_KILL in faults:
        fleet = Fleet(store, fleet.connector, timedelta(0))
    (one,) = await fleet.accept()
    await fleet.settle()
    after = await fleet.now(one)
    assert after.state is State.SUCCEEDED
    assert fleet.connector.ledger == {one.id: 1}
    events = await store.events(one.tenant_id, one.id, after=0, limit=100)
    assert [event.sequence for event in events] == list(range(1, after.revision + 1))
    attempts = await store.attempts(one.tenant_id, one.id)
    assert AttemptState.RUNNING not in {attempt.state for attempt in attempts}
    assert len(attempts) == after.attempt_count == fleet.connector.sends


@pytest.mark.parametrize("fault", [Fault.COMMIT_THEN_DROP, Fault.RESET_BEFORE_COMMIT])
async def test_without_a_look_up_a_person_is_asked(store: Store, fault: Fault) -> None:
    """At most one automatic send; the doubt is shown as such."""
    fleet = Fleet(store, LedgerConnector(BLIND, [fault]))
    (one,) = await fleet.accept()
    await fleet.settle()
    after = await fleet.now(one)
    assert after.action is not None
    assert (after.action.kind, after.effect) == (ActionKind.CONFIRM_OUTCOME, Effect.UNKNOWN)
    assert fleet.connector.sends == 1


async def test_duplicated_hints_send_once(store: Store) -> None:
    """The same hint to eight workers at once, and once more afterwards."""
    fleet = Fleet(store, LedgerConnector(STRONG))
    (one,) = await fleet.accept()
    (hint,) = await fleet.hints()
    answers = await asyncio.gather(*(fleet.work(hint) for _ in range(8)))
    answers.append(await fleet.work(hint))
    assert answers.count(Advanced.DONE) == 1
    assert answers.count(Advanced.STALE) == 8
    assert fleet.connector.ledger == {one.id: 1}


async def test_a_hundred_registrations_share_commits_and_all_end(store: Store) -> None:
    """Mixed faults over many: nothing lost, nothing twice."""
    kinds = [
        Fault.NONE,
        Fault.COMMIT_THEN_DROP,
        Fault.NONE,
        Fault.REFUSED_CONNECTION,
        Fault.RESET_BEFORE_COMMIT,
    ]
    fleet = Fleet(store, LedgerConnector(STRONG, kinds * 20))
    accepted = await fleet.accept(100)
    await fleet.settle()
    done = await store.page(
        "tenant-a", Filter(states=(State.SUCCEEDED,)), descending=True, limit=200
    )
    assert len(done) == 100
    assert fleet.connector.ledger == {one.id: 1 for one in accepted}


class Paused(LedgerConnector):
    """Has acted, and does not answer before it may."""

    def __init__(self) -> None:
        super().__init__(replace(STRONG, send_deadline=timedelta(seconds=30)))
        self.acted, self.may_answer = asyncio.Event(), asyncio.Event()

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """Of the first send."""
        answer = await super().submit(job, run)
        self.acted.set()
        await self.may_answer.wait()
        return answer


async def test_a_cancel_under_way_is_settled_by_the_outcome(store: Store) -> None:
    """The manufacturer had accepted: SUCCEEDED, not CANCELLED, and the worker was not fenced."""
    slow = Paused()
    fleet = Fleet(store, slow)
    (one,) = await fleet.accept()
    (hint,) = await fleet.hints()
    working = asyncio.create_task(fleet.work(hint))
    await slow.acted.wait()
    running = (await store.work([one.id]))[one.id].stored.registration
    asked = lifecycle.cancel(running, "changed my mind", Moment(SystemClock().now()))
    assert await store.write([asked], LEASE) == [True]
    assert (await fleet.now(one)).state is State.CANCELLING
    slow.may_answer.set()
    assert await working is Advanced.DONE
    assert (await fleet.now(one)).state is State.SUCCEEDED


class Reluctant:
    """A database that is away for the first `times` writes of an outcome."""

    def __init__(self, inner: Batcher[Transition, bool], times: int) -> None:
        self.inner = inner
        self.times = times

    async def add(self, item: Transition) -> bool:
        """Claims go through: only what is known and not yet written is interesting here."""
        if not item.claim and self.times:
            self.times -= 1
            raise StoreUnavailable
        return await self.inner.add(item)


PAUSES = (0.01, 0.01, 0.01)


async def test_a_known_outcome_waits_for_the_database(store: Store) -> None:
    """Away for three tries, back at the last: written, and sent once."""
    fleet = Fleet(store, LedgerConnector(STRONG))
    writer = Reluctant(fleet.writer, len(PAUSES))
    fleet.advance = replace(fleet.advance, writer=writer, pauses=PAUSES)
    (one,) = await fleet.accept()
    (hint,) = await fleet.hints()
    assert await fleet.work(hint) is Advanced.DONE
    assert (await fleet.now(one)).state is State.SUCCEEDED
    assert fleet.connector.sends == 1


async def test_an_outcome_that_cannot_be_written_is_looked_up_later(store: Store) -> None:
    """The database stays away: the worker says so, and the sweeper asks the manufacturer."""
    fleet = Fleet(store, LedgerConnector(STRONG), timedelta(milliseconds=50))
    writer = Reluctant(fleet.writer, len(PAUSES) + 1)
    fleet.advance = replace(fleet.advance, writer=writer, pauses=PAUSES)
    (one,) = await fleet.accept()
    (hint,) = await fleet.hints()
    with pytest.raises(StoreUnavailable):
        await fleet.work(hint)
    await left_to_the_sweeper(fleet, one)


async def left_to_the_sweeper(fleet: Fleet, one: Registration) -> None:
    """It takes the lease away once, and what the manufacturer has is found."""
    assert (await fleet.now(one)).state is State.RUNNING
    await asyncio.sleep(0.1)
    assert await fleet.sweep.leases() == 1
    await fleet.settle()
    assert (await fleet.now(one)).state is State.SUCCEEDED
    assert fleet.connector.ledger == {one.id: 1}


class Overtaken:
    """A writer of outcomes that somebody is always faster than."""

    def __init__(self, inner: Batcher[Transition, bool]) -> None:
        self.inner = inner
        self.tries = 0

    async def add(self, item: Transition) -> bool:
        """Claims go through."""
        if item.claim:
            return await self.inner.add(item)
        self.tries += 1
        return False


async def test_an_outcome_that_is_always_stale_is_given_up(store: Store) -> None:
    """After a few tries, not never: the sweeper asks the manufacturer."""
    fleet = Fleet(store, LedgerConnector(STRONG), timedelta(milliseconds=50))
    writer = Overtaken(fleet.writer)
    advance = replace(fleet.advance, writer=writer)
    (one,) = await fleet.accept()
    ((key, fence),) = await fleet.hints()
    assert await advance.run(key, fence) is Advanced.FENCED
    assert writer.tries == WRITE_TRIES
    await left_to_the_sweeper(fleet, one)


class Forgetful:
    """A database that is away whenever a lease should be renewed."""

    async def renew(self, leases: Sequence[tuple[str, int]], lease: timedelta) -> list[bool]:
        """Never."""
        raise StoreUnavailable(f"{leases} {lease}")


async def test_a_worker_that_lost_its_lease_writes_nothing(store: Store) -> None:
    """The sweeper was first: the look-up finds the effect, the late worker is fenced off."""
    slow = Paused()
    fleet = Fleet(store, slow, timedelta(milliseconds=50))
    fleet.advance = replace(fleet.advance, leases=Forgetful())
    (one,) = await fleet.accept()
    (hint,) = await fleet.hints()
    working = asyncio.create_task(fleet.work(hint))
    await slow.acted.wait()
    await asyncio.sleep(0.1)
    assert await fleet.sweep.leases() == 1
    slow.may_answer.set()
    assert await working is Advanced.FENCED
    await fleet.settle()
    assert (await fleet.now(one)).state is State.SUCCEEDED
    assert fleet.connector.ledger == {one.id: 1}


async def test_a_long_send_keeps_its_lease(store: Store) -> None:
    """Renewal runs beside the send: the sweeper finds nothing to take away."""
    lease = timedelta(seconds=1)
    slow = LedgerConnector(replace(STRONG, send_deadline=timedelta(seconds=2)))
    slow.faults = [Fault.COMMIT_THEN_HANG]
    fleet = Fleet(store, slow, lease)
    fleet.advance = replace(fleet.advance, lease=lease)
    (one,) = await fleet.accept()
    (hint,) = await fleet.hints()
    working = asyncio.create_task(fleet.work(hint))
    await asyncio.sleep(1.6)
    assert await store.expired(10) == []
    assert await working is Advanced.DONE
    assert (await fleet.now(one)).state is State.VERIFYING


async def test_what_is_overdue_goes_to_a_person(store: Store) -> None:
    """complete_by passed while waiting: FILE_MANUALLY, nothing was sent."""
    fleet = Fleet(store, LedgerConnector(STRONG))
    past = datetime.now(UTC) - timedelta(minutes=1)
    (done,) = await store.insert([new_registration(Wanted(complete_by=past))])
    assert await fleet.sweep.deadlines() == 1
    after = await fleet.now(done.registration)
    assert after.action is not None
    assert after.action.kind is ActionKind.FILE_MANUALLY
    assert fleet.connector.sends == 0


async def test_a_route_that_is_not_configured_asks_a_person(store: Store) -> None:
    """No connector: nothing is sent, the manual tier takes it."""
    fleet = Fleet(store, LedgerConnector(STRONG))
    fleet.advance = replace(fleet.advance, catalogue=OneManufacturer(None))
    (one,) = await fleet.accept()
    await fleet.settle()
    after = await fleet.now(one)
    assert after.action is not None
    assert after.action.kind is ActionKind.FILE_MANUALLY


async def test_a_look_up_whose_route_is_gone_ends_at_a_person(store: Store) -> None:
    """Taken out of the configuration meanwhile: nobody can tell, and nothing is sent again."""
    fleet = Fleet(store, LedgerConnector(STRONG, [Fault.COMMIT_THEN_DROP]))
    (one,) = await fleet.accept()
    (hint,) = await fleet.hints()
    assert await fleet.work(hint) is Advanced.DONE
    fleet.advance = replace(fleet.advance, catalogue=OneManufacturer(None))
    await fleet.settle()
    after = await fleet.now(one)
    assert after.action is not None
    assert (after.action.kind, after.effect) == (ActionKind.CONFIRM_OUTCOME, Effect.UNKNOWN)
    assert fleet.connector.sends == 1


class Stammering(LedgerConnector):
    """Its first look-up breaks."""

    looks = 0

    async def verify(self, job: Job) -> Verification:
        """Then the ledger's truth."""
        self.looks += 1
        if self.looks == 1:
            raise ConnectionResetError
        return await super().verify(job)


async def test_a_look_up_that_breaks_is_no_verdict(store: Store) -> None:
    """It is made again: what cannot be told is not absent."""
    fleet = Fleet(store, Stammering(STRONG, [Fault.COMMIT_THEN_DROP]))
    (one,) = await fleet.accept()
    await fleet.settle()
    events = await store.events(one.tenant_id, one.id, after=0, limit=100)
    verdicts = [event.detail["verdict"] for event in events if event.kind is EventKind.VERIFIED]
    assert verdicts == ["cannot_tell", "found"]
    assert (await fleet.now(one)).state is State.SUCCEEDED
    assert fleet.connector.ledger == {one.id: 1}


async def test_a_submission_opens_only_in_its_own_row() -> None:
    """Sealed, unsealed and equal; in another row it does not open."""
    made = new_registration(Wanted()).transition.registration
    other = new_registration(Wanted()).transition.registration
    sealed = await sealing.seal(VAULT, made.id, sealing.payload(SUBMISSION))
    assert await sealing.unseal(VAULT, Stored(made, sealed)) == SUBMISSION
    assert b"Nowak" not in sealed
    with pytest.raises(ValueError, match="belongs elsewhere"):
        await sealing.unseal(VAULT, Stored(other, sealed))
