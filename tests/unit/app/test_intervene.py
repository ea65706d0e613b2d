"""What people ask, while a worker moves the registration at the same time."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from registrar.app import sealing
from registrar.app.backlog import Backlog
from registrar.app.commands import Caller
from registrar.app.event_log import EventLog
from registrar.app.intervene import TRIES, Intervene
from registrar.app.queries import Queries
from registrar.domain import lifecycle
from registrar.domain.customer import Customer
from registrar.domain.errors import Backlogged, StateConflict
from registrar.domain.lifecycle import Moment
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase
from registrar.domain.registration import EventKind, Priority, Registration, State, Transition
from registrar.domain.submission import Submission
from registrar.ports.clock import SystemClock
from registrar.ports.store import Lateness
from registrar.signals.memory import MemoryDoorbell
from registrar.store.memory import MemoryStore
from registrar.testing.desk import OneCatalogue
from registrar.testing.records import new_registration
from registrar.testing.vault import MemoryVault

A = Caller("tenant-a", "key-a")
VAULT = MemoryVault()
SUBMISSION = Submission(
    customer=Customer("Ada", "Lovelace", "ada@example.com"),
    product=Product("AC0123456789"),
    purchase=Purchase(date(2026, 10, 1), "DE"),
)
Move = Callable[[Registration], Transition]


def claimed(now: Registration) -> Transition:
    """A worker has begun."""
    claim = lifecycle.start_attempt(now, Moment(datetime.now(UTC)), 0, "1")
    return replace(claim, claim=False, keep_job=True)


def touched(now: Registration) -> Transition:
    """Somebody changed it, and its state is what it was."""
    return Transition(
        replace(now, revision=now.revision + 1), now.revision, (), None, keep_job=True
    )


class Contested(MemoryStore):
    """Before each write somebody else makes the next of their `moves`."""

    def __init__(self) -> None:
        super().__init__()
        self.moves: list[Move] = []

    async def write(self, transitions: Sequence[Transition], lease: timedelta) -> list[bool]:
        """Theirs, then ours."""
        if self.moves:
            wanted = transitions[0].registration
            found = await self.get(wanted.tenant_id, [wanted.id])
            theirs = self.moves.pop(0)(found[wanted.id].registration)
            assert await super().write([theirs], lease) == [True]
        return await super().write(transitions, lease)


@dataclass
class Desk:
    """One registration that somebody wants to cancel."""

    store: Contested
    interventions: Intervene
    registration_id: str

    async def cancel(self) -> Registration:
        """As it is told to the caller."""
        view = await self.interventions.cancel(
            A, self.registration_id, reason="sold", etag="", request_id="r"
        )
        return view.registration

    async def now(self) -> Registration:
        """As it is."""
        found = await self.store.get("tenant-a", [self.registration_id])
        return found[self.registration_id].registration

    async def kinds(self) -> list[EventKind]:
        """Of what happened."""
        events = await self.store.events("tenant-a", self.registration_id, after=0, limit=50)
        return [event.kind for event in events]


@pytest.fixture
async def desk() -> Desk:
    """Nobody has begun yet."""
    store, clock = Contested(), SystemClock()
    item = new_registration()
    key = item.transition.registration.id
    sealed = await sealing.seal(VAULT, key, sealing.payload(SUBMISSION))
    await store.insert([replace(item, sealed=sealed)])
    queries = Queries(store, VAULT, clock, EventLog(store, MemoryDoorbell()))
    return Desk(store, Intervene(store, queries, clock), key)


async def test_a_cancel_that_a_worker_was_faster_than_waits_for_it(desk: Desk) -> None:
    """Not CANCELLED, as it would have been: the manufacturer's answer decides."""
    desk.store.moves = [claimed]
    assert (await desk.cancel()).state is State.CANCELLING
    assert await desk.kinds() == [
        EventKind.SUBMITTED,
        EventKind.ATTEMPT_STARTED,
        EventKind.CANCEL_REQUESTED,
    ]


async def test_a_cancel_is_tried_against_each_new_state(desk: Desk) -> None:
    """The last try counts."""
    desk.store.moves = [touched] * (TRIES - 1)
    assert (await desk.cancel()).state is State.CANCELLED


async def test_a_retry_is_not_taken_in_behind_what_is_late(desk: Desk) -> None:
    """As a new one is not; what was taken in before is told again, and can be cancelled."""

    async def retry() -> State:
        view = await desk.interventions.retry(
            A, desk.registration_id, etag="", request_id="r", acknowledge_duplicate_risk=False
        )
        return view.registration.state

    async def late(manufacturers: Sequence[str]) -> list[Lateness]:
        return [Lateness(one, Priority.NORMAL, timedelta(days=1)) for one in manufacturers]

    backlog = Backlog(desk.store, OneCatalogue())
    desk.interventions = dataclasses.replace(desk.interventions, backlog=backlog)
    failed = lifecycle.pass_deadline(await desk.now(), Moment(datetime.now(UTC)))
    assert await desk.store.write([failed], timedelta(0)) == [True]
    desk.store.lateness = late  # type: ignore[method-assign]  # one that is late
    await backlog.once()
    with pytest.raises(Backlogged) as caught:
        await retry()
    assert caught.value.subject == "acme/normal"
    assert EventKind.RETRY_REQUESTED not in await desk.kinds()
    del desk.store.lateness
    await backlog.once()
    assert await retry() is State.PENDING
    desk.store.lateness = late  # type: ignore[method-assign]  # again
    await backlog.once()
    assert await retry() is State.PENDING
    assert (await desk.cancel()).state is State.CANCELLED


async def test_a_cancel_that_is_always_late_is_a_conflict(desk: Desk) -> None:
    """And leaves nothing behind."""
    desk.store.moves = [touched] * TRIES
    with pytest.raises(StateConflict):
        await desk.cancel()
    assert await desk.kinds() == [EventKind.SUBMITTED]
