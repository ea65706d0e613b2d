"""Submit, read, watch, wait, cancel and retry over all three stores."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from registrar.app.advance import Advance, batched, looked_up
from registrar.app.api_keys import ApiKeys
from registrar.app.batching import Batcher
from registrar.app.commands import (
    Caller,
    Closing,
    Heartbeat,
    Selection,
    Submit,
    Submitted,
    View,
    WatchMessage,
    WatchStart,
)
from registrar.app.event_log import EventLog
from registrar.app.intervene import Intervene
from registrar.app.queries import BATCH, Queries
from registrar.app.registrations import RegistrationUseCases
from registrar.app.submit import SubmitRegistrations
from registrar.app.tokens import Bound, Resume, Tokens
from registrar.app.watch import Watches, WatchLimits
from registrar.domain.customer import Consents, Customer
from registrar.domain.errors import (
    ApiKeyInvalid,
    Draining,
    DuplicateRegistration,
    EtagMismatch,
    InvalidRequest,
    NotFound,
    PageTokenInvalid,
    RequestIdReused,
    ResumeTokenExpired,
    ResumeTokenInvalid,
    StateConflict,
    UnknownManufacturer,
    Violation,
    WatchLimit,
)
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.outcome import Tier
from registrar.domain.policy import Capabilities
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase
from registrar.domain.registration import AttemptState, Event, EventKind, State
from registrar.domain.submission import Submission
from registrar.ports.clock import SystemClock
from registrar.ports.store import Position, Store
from registrar.signals.memory import MemoryDoorbell
from registrar.store.keyring import Keyring
from registrar.store.memory import MemoryStore
from registrar.testing.desk import ACME
from registrar.testing.manufacturer import Fault, LedgerConnector, OneManufacturer

A, B = Caller("tenant-a", "key-a"), Caller("tenant-b", "key-b")
STRONG = Capabilities(verify="strong", idempotency="key")


def accepted(
    submission: Submission, maker: Manufacturer, today: date
) -> tuple[Submission, tuple[Violation, ...]]:
    """Validation has its own tests."""
    del maker, today
    return submission, ()


class Acme(OneManufacturer):
    """One manufacturer, described."""

    def manufacturers(self) -> dict[str, Manufacturer]:
        """Acme."""
        return {"acme": ACME}


@dataclass
class System:
    """The use cases on one store, and a worker that runs when told."""

    store: Store
    keys: Keyring
    log: EventLog
    doorbell: MemoryDoorbell
    desk: RegistrationUseCases
    connector: LedgerConnector

    async def submit(self, caller: Caller = A, **changes: object) -> Submitted:
        """One registration."""
        return await self.desk.submit(caller, command(**changes))

    async def advance(self) -> None:
        """Everything that is due, once."""
        store, writer = self.store, Batcher(batched(self.store, timedelta(seconds=30)))
        reader = Batcher(looked_up(store))
        worker = Advance(store, reader, writer, Acme(self.connector), self.keys, SystemClock())
        for job in await store.release(
            "api", limit=100, in_flight={"acme": 100}, rehint_after=timedelta(seconds=30)
        ):
            await worker.run(job.registration_id, job.fence)
        await self.doorbell.ring("events")


@pytest.fixture
def limits() -> WatchLimits:
    """Quick enough for tests."""
    return WatchLimits(shortest_beat=0.2, per_key=5)


@pytest.fixture
async def system(store: Store, limits: WatchLimits) -> AsyncIterator[System]:
    """Running."""
    keys, clock, doorbell = Keyring(b"k" * 32), SystemClock(), MemoryDoorbell()
    connector = LedgerConnector(STRONG)
    log = EventLog(store, doorbell, poll=0.1)
    await log.start()
    tail = asyncio.create_task(log.run())
    queries = Queries(store, keys, clock, log)

    async def insert(items):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        answers = await store.insert(items)
        await doorbell.ring("events")
        return answers

    desk = RegistrationUseCases(
        SubmitRegistrations(store, Batcher(insert), Acme(connector), keys, clock, log, accepted),
        queries,
        Watches(queries, limits),
        Intervene(store, queries, clock),
        doorbell,
    )
    yield System(store, keys, log, doorbell, desk, connector)
    tail.cancel()
    with suppress(asyncio.CancelledError):
        await tail


def submission(serial: str = "") -> Submission:
    """A washing machine."""
    return Submission(
        customer=Customer("Ada", "Lovelace", "ada@example.com", user_ref="user-1"),
        product=Product(serial or uuid.uuid4().hex[:12], "AC-1"),
        purchase=Purchase(date(2026, 10, 1), "DE"),
        consents=Consents(terms=True),
        external_reference="order-1",
    )


def command(**changes: object) -> Submit:
    """A fresh request."""
    made = Submit(str(uuid.uuid4()), "acme", "Acme", submission())
    return replace(made, **changes)  # type: ignore[arg-type]


async def gathered(stream: AsyncIterator[WatchMessage], most: float = 5) -> list[WatchMessage]:
    """Until it ends."""
    async with asyncio.timeout(most):
        return [message async for message in stream]


def bodies(messages: list[WatchMessage]) -> list[object]:
    """Without heartbeats: events as sequence, snapshots as state, closings as reason."""
    said: list[object] = []
    for message in messages:
        match message.body:
            case View(registration=one):
                said.append(one.state)
            case Event(sequence=number):
                said.append(number)
            case Closing(reason=reason):
                said.append(reason)
            case Heartbeat():
                pass
    return said


async def test_a_submission_is_there_at_once(system: System) -> None:
    """By id, by reference, by serial in another spelling, and in the list."""
    made = await system.submit(submission=submission("ab-12 34x"))
    found = made.view.registration
    assert made.created
    assert await system.desk.get(A, found.id) == made.view
    by_reference = await system.desk.lookup(A, external_reference="order-1")
    by_serial = await system.desk.lookup(A, manufacturer_id="acme", serial_number="AB1234X")
    assert by_reference == by_serial == made.view
    page = await system.desk.page(A, Selection(), descending=True, page_size=10, page_token="")
    assert list(page.views) == [made.view]


async def test_the_same_request_is_the_same_registration(system: System) -> None:
    """Fifty times at once: one row, one id."""
    same = command()
    made = await asyncio.gather(*(system.desk.submit(A, same) for _ in range(50)))
    assert len({one.view.registration.id for one in made}) == 1
    assert sum(one.created for one in made) == 1


async def test_a_reused_request_id_is_refused(system: System) -> None:
    """Same key, other body."""
    first = command()
    await system.desk.submit(A, first)
    with pytest.raises(RequestIdReused):
        await system.desk.submit(A, replace(first, submission=submission()))


async def test_a_second_registration_of_a_product_is_a_duplicate(system: System) -> None:
    """Refused with the first one's id, or answered with it."""
    first = await system.submit(submission=submission("SERIAL1"))
    with pytest.raises(DuplicateRegistration) as caught:
        await system.submit(submission=submission("serial-1"))
    again = await system.submit(submission=submission("serial-1"), duplicates="return_existing")
    assert caught.value.registration_id == first.view.registration.id
    assert (again.created, again.view) == (False, first.view)
    other = await system.submit(B, submission=submission("SERIAL1"))
    assert other.created


async def test_all_violations_come_at_once(system: System) -> None:
    """What could not be read, the request's own rules, the brand and the routes."""
    with pytest.raises(InvalidRequest) as caught:
        await system.submit(
            request_id="no uuid",
            brand="Other",
            allowed_tiers=(Tier.WEB,),
            not_before=datetime.now(UTC) + timedelta(days=200),
            complete_by=datetime.now(UTC) - timedelta(days=1),
            violations=(Violation("purchase.date", "date", "Not a date."),),
        )
    assert [one.field for one in caught.value.violations] == [
        "purchase.date",
        "request_id",
        "not_before",
        "complete_by",
        "brand",
        "allowed_tiers",
    ]


@pytest.mark.parametrize("given", ["", "nobody"])
async def test_an_unknown_manufacturer_is_named(system: System, given: str) -> None:
    """With the field."""
    with pytest.raises(UnknownManufacturer) as caught:
        await system.submit(manufacturer_id=given)
    assert caught.value.violations[0].field == "manufacturer_id"


async def test_validate_only_stores_nothing(system: System) -> None:
    """It answers with the plan."""
    made = await system.submit(validate_only=True)
    assert [one.tier for one in made.plan] == [Tier.API]
    with pytest.raises(NotFound):
        await system.desk.get(A, made.view.registration.id)


async def test_a_batch_has_a_result_an_item(system: System) -> None:
    """In order, errors among them."""
    good, bad = command(), command(brand="Other")
    results = await system.desk.submit_many(A, [good, bad, good])
    assert isinstance(results[0], Submitted)
    assert isinstance(results[1], InvalidRequest)
    assert isinstance(results[2], Submitted)
    assert results[0].view == results[2].view


async def test_nothing_of_another_tenant_is_visible(system: System) -> None:
    """Every way in answers as if it were not there."""
    made = (await system.submit()).view.registration
    for call in (
        system.desk.get(B, made.id),
        system.desk.lookup(B, external_reference="order-1"),
        system.desk.events(B, made.id, after=0, limit=10),
        system.desk.attempts(B, made.id),
        system.desk.cancel(B, made.id, reason="", etag="", request_id=""),
        system.desk.wait(B, made.id, after_revision=0, max_wait=timedelta(0)),
    ):
        with pytest.raises(NotFound):
            await call
    page = await system.desk.page(B, Selection(), descending=True, page_size=10, page_token="")
    assert not page.views
    with pytest.raises(NotFound):
        await gathered(system.desk.watch(B, WatchStart((made.id,))))


async def test_pages_follow_each_other(system: System) -> None:
    """Each registration once; a token belongs to its filter, order and tenant."""
    made = [(await system.submit()).view.registration.id for _ in range(5)]
    seen: list[str] = []
    token = ""
    while True:
        page = await system.desk.page(
            A, Selection(), descending=False, page_size=2, page_token=token
        )
        seen += [view.registration.id for view in page.views]
        last, token = token, page.next_page_token
        if not token:
            break
    assert seen == made
    for caller, selection, descending in (
        (B, Selection(), False),
        (A, Selection(user_ref="x"), False),
        (A, Selection(), True),
    ):
        with pytest.raises(PageTokenInvalid):
            await system.desk.page(
                caller, selection, descending=descending, page_size=2, page_token=last
            )


async def test_all_that_match_are_more_than_one_batch(system: System) -> None:
    """Each once, oldest first."""
    await system.desk.submit_many(A, [command() for _ in range(BATCH + 1)])
    await system.submit(B)
    seen = [view.registration async for view in system.desk.queries.every(A, Selection())]
    assert len({one.id for one in seen}) == len(seen) == BATCH + 1
    assert seen == sorted(seen, key=lambda one: (one.created_at, one.id))


async def test_an_attempt_is_told_with_its_outcome(system: System) -> None:
    """None before a worker took it."""
    made = (await system.submit()).view.registration
    assert await system.desk.attempts(A, made.id) == []
    await system.advance()
    (attempt,) = await system.desk.attempts(A, made.id)
    assert (attempt.number, attempt.tier, attempt.state, attempt.code) == (
        1,
        Tier.API,
        AttemptState.ENDED,
        "ok.registered",
    )


async def test_a_watch_tells_every_event_once_and_ends(system: System) -> None:
    """From the submission's own token: nothing is missed."""
    made = await system.submit()
    start = WatchStart((made.view.registration.id,), made.resume_token)
    watching = asyncio.create_task(gathered(system.desk.watch(A, start)))
    await system.advance()
    assert bodies(await watching) == [1, 2, 3, "complete"]


async def test_a_finished_registration_is_never_an_empty_stream(system: System) -> None:
    """Snapshot, COMPLETE: with the next event, with the state first, and resumed at the end."""
    made = (await system.submit()).view.registration
    await system.advance()
    await system.log.read_on()
    first = await gathered(system.desk.watch(A, WatchStart((made.id,))))
    state = await gathered(system.desk.watch(A, WatchStart((made.id,), initial_state=True)))
    again = await gathered(system.desk.watch(A, WatchStart((made.id,), first[-1].resume_token)))
    assert bodies(first) == bodies(state) == bodies(again) == [State.SUCCEEDED, "complete"]


async def test_a_watch_that_is_resumed_has_no_gap(system: System) -> None:
    """From any token, the events after it; also when they are behind the ring."""
    made = await system.submit()
    await system.advance()
    start = WatchStart((made.view.registration.id,), made.resume_token)
    whole = await gathered(system.desk.watch(A, start))
    for message in whole:
        if isinstance(message.body, Event):
            rest = await gathered(
                system.desk.watch(A, replace(start, resume_token=message.resume_token))
            )
            expected = list(range(message.body.sequence + 1, 4)) or [State.SUCCEEDED]
            assert bodies(rest) == [*expected, "complete"]


async def test_behind_the_ring_the_log_is_read(store: Store, system: System) -> None:
    """Whatever fell out of the memory of this process."""
    for _ in range(6):
        await system.submit()
    small = EventLog(store, system.doorbell, ring=2)
    await small.start()
    await small.read_on()
    await system.advance()
    await small.read_on()
    await system.submit()  # committed, and not read yet
    everything = [one async for one in small.after(Position())]
    assert len(everything) == 18
    assert sorted(one.position for one in everything) == [one.position for one in everything]


async def test_a_log_that_nobody_watches_is_not_read(store: Store, system: System) -> None:
    """Its end is looked up instead; whoever comes then reads what is before it from the store."""
    idle = EventLog(store, system.doorbell, poll=0.05)
    await idle.start()
    start = idle.position
    reading = asyncio.create_task(idle.run())
    try:
        first = await system.submit()
        async with asyncio.timeout(10):
            while idle.position == start:  # noqa: ASYNC110 - another task's state
                await asyncio.sleep(0.01)
        kept = [one async for one in idle.after(start)]
        assert [one.event.registration_id for one in kept] == [first.view.registration.id]
    finally:
        reading.cancel()


class Read:
    """A store that counts how often its log was read."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.times = 0

    def __getattr__(self, name: str) -> object:
        self.times += name == "log"
        return getattr(self._store, name)


async def test_when_the_last_watcher_leaves_the_log_is_not_read_on(
    store: Store, system: System
) -> None:
    """A ring is then the last that is heard; the end is looked up instead."""
    counted: Any = Read(store)
    log = EventLog(counted, system.doorbell, poll=0.05)
    await log.start()
    reading = asyncio.create_task(log.run())
    try:
        async with log.attached(["nobody"]), asyncio.timeout(10):
            while counted.times < 3:  # noqa: ASYNC110 - another task's state
                await asyncio.sleep(0.01)
        await system.doorbell.ring("events")
        before = log.position
        await system.submit()
        async with asyncio.timeout(10):
            while log.position == before:  # noqa: ASYNC110 - another task's state
                await asyncio.sleep(0.01)
        times = counted.times
        await system.doorbell.ring("events")
        await asyncio.sleep(0.2)
        assert counted.times == times
    finally:
        reading.cancel()


async def test_whoever_comes_first_sees_what_was_committed_before(
    store: Store, system: System
) -> None:
    """Without waiting for the next ring."""
    idle = EventLog(store, system.doorbell, poll=60)
    await idle.start()
    place = idle.position
    made = await system.submit()
    async with idle.attached([made.view.registration.id]):
        seen = [one async for one in idle.after(place, [made.view.registration.id])]
    assert [one.event.sequence for one in seen] == [1]


async def test_whoever_comes_while_the_end_is_looked_up_misses_nothing(system: System) -> None:
    """The look-up of a log that nobody watched is then no reason to leave anything out."""

    class Slow(MemoryStore):
        """Its head is looked up slowly."""

        def __init__(self) -> None:
            super().__init__()
            self.asked, self.go = asyncio.Event(), asyncio.Event()

        async def log_head(self) -> Position:
            """As it is, when it may."""
            self.asked.set()
            await self.go.wait()
            return Position(0, 7)

    store = Slow()
    idle = EventLog(store, system.doorbell, poll=0.01)
    reading = asyncio.create_task(idle.run())
    await store.asked.wait()
    coming = asyncio.create_task(_attached_once(idle))
    await asyncio.sleep(0)
    store.go.set()
    assert await coming == Position()
    reading.cancel()


async def _attached_once(log: EventLog) -> Position:
    async with log.attached(["reg_1"]):
        return log.position


async def test_several_are_watched_as_one(system: System) -> None:
    """Each in order; the stream ends with the last of them."""
    made = [await system.submit() for _ in range(2)]
    ids = tuple(one.view.registration.id for one in made)
    watching = asyncio.create_task(gathered(system.desk.watch(A, WatchStart(ids))))
    await asyncio.sleep(0.2)
    await system.advance()
    told = await watching
    for key in ids:
        sequences = [
            message.body.sequence
            for message in told
            if isinstance(message.body, Event) and message.body.registration_id == key
        ]
        assert sequences[-2:] == [2, 3]
    assert bodies(told)[-1] == "complete"


@pytest.mark.parametrize("limits", [WatchLimits(remembered=1)])
async def test_a_filter_remembers_so_many_registrations_and_no_more(system: System) -> None:
    """What it has forgotten is looked up again, and told all the same."""
    stream = system.desk.watch(A, WatchStart(Selection(user_ref="user-1")))
    await anext(stream)
    made = [(await system.submit()).view.registration.id for _ in range(2)]
    await system.advance()
    seen: list[tuple[str, int]] = []
    async with asyncio.timeout(5):
        while len(seen) < 6:
            message = await anext(stream)
            if isinstance(message.body, Event):
                seen.append((message.body.registration_id, message.body.sequence))
    assert sorted(seen) == sorted((key, number) for key in made for number in (1, 2, 3))


async def test_a_filter_watches_what_matches_now_or_later(system: System) -> None:
    """Only the caller's own; a list's watch token misses nothing."""
    before = await system.submit()
    page = await system.desk.page(
        A, Selection(user_ref="user-1"), descending=True, page_size=10, page_token=""
    )
    stream = system.desk.watch(A, WatchStart(Selection(user_ref="user-1"), page.watch_token))
    await system.submit(B)
    customer = Customer("Bo", "Li", "bo@example.com", user_ref="user-2")
    await system.submit(submission=replace(submission(), customer=customer))
    after = await system.submit()
    seen: set[str] = set()
    async with asyncio.timeout(5):
        async for message in stream:
            if isinstance(message.body, Event):
                seen.add(message.body.registration_id)
            if after.view.registration.id in seen:
                break
    expected = {after.view.registration.id}
    assert seen - {before.view.registration.id} == expected


async def test_a_filter_may_begin_with_the_state(system: System) -> None:
    """One snapshot each, then events; by state too."""
    made = await system.submit()
    stream = system.desk.watch(
        A, WatchStart(Selection(states=(State.PENDING, State.SUCCEEDED)), initial_state=True)
    )
    first = await anext(stream)
    assert first.body == made.view
    await system.advance()
    async with asyncio.timeout(5):
        async for message in stream:
            if isinstance(message.body, Event):
                assert message.body.state is State.SUCCEEDED
                break


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        (Selection(manufacturer_ids=("other",)), False),
        (Selection(external_reference="order-1"), True),
        (Selection(external_reference="order-2"), False),
        (Selection(created_after=datetime(2100, 1, 1, tzinfo=UTC)), False),
        (Selection(created_before=datetime(2020, 1, 1, tzinfo=UTC)), False),
    ],
)
async def test_a_filters_conditions_all_hold(
    system: System, wanted: Selection, *, shown: bool
) -> None:
    """Judged by the registration itself."""
    stream = system.desk.watch(A, WatchStart(wanted, heartbeat=timedelta(seconds=0.2)))
    assert isinstance((await anext(stream)).body, Heartbeat)
    await system.submit()
    async with asyncio.timeout(5):
        following = await anext(stream)
    assert isinstance(following.body, Event) is shown


async def test_nothing_to_tell_is_a_heartbeat(system: System) -> None:
    """At once, and then again; each carries a token to go on from."""
    made = (await system.submit()).view.registration
    start = WatchStart((made.id,), heartbeat=timedelta(0))
    stream = system.desk.watch(A, start)
    async with asyncio.timeout(2):
        beats = [await anext(stream) for _ in range(3)]
    assert all(isinstance(one.body, Heartbeat | Event) for one in beats)
    await stream.aclose()
    await system.advance()
    rest = await gathered(system.desk.watch(A, replace(start, resume_token=beats[-1].resume_token)))
    assert bodies(rest)[-2:] == [3, "complete"]


async def test_a_forged_foreign_or_old_token_is_refused(system: System) -> None:
    """Of another tenant, of another selection, changed, too short, or too old."""
    made = await system.submit()
    key = made.view.registration.id
    other = (await system.submit()).view.registration.id
    for caller, target, token in (
        (B, (key,), made.resume_token),
        (A, (key, other), made.resume_token),
        (A, Selection(), made.resume_token),
        (A, (key,), made.resume_token[:-5] + made.resume_token[-4:]),
        (A, (key,), "_" + made.resume_token[1:]),
        (A, (key,), made.resume_token[:8]),
        (A, (key,), "not base64 !"),
    ):
        with pytest.raises(ResumeTokenInvalid):
            await gathered(system.desk.watch(caller, WatchStart(target, token)))
    old = Tokens(system.keys).resume(
        Resume(Position()), Bound("tenant-a", (key,)), datetime.now(UTC) - timedelta(days=8)
    )
    with pytest.raises(ResumeTokenExpired):
        await gathered(system.desk.watch(A, WatchStart((key,), old)))


async def test_a_key_has_a_bounded_number_of_watches(system: System) -> None:
    """A closed one makes room."""
    made = (await system.submit()).view.registration
    streams = [system.desk.watch(A, WatchStart((made.id,))) for _ in range(6)]
    for stream in streams[:5]:
        await anext(stream)
    with pytest.raises(WatchLimit):
        await anext(streams[5])
    await streams[0].aclose()
    assert await anext(system.desk.watch(A, WatchStart((made.id,))))


async def test_a_drain_closes_watches_and_waits(system: System) -> None:
    """DRAINING with a delay to come back after; new watches are refused."""
    made = (await system.submit()).view.registration
    watching = asyncio.create_task(gathered(system.desk.watch(A, WatchStart((made.id,)))))
    waiting = asyncio.create_task(
        system.desk.wait(A, made.id, after_revision=1, max_wait=timedelta(seconds=30))
    )
    await asyncio.sleep(0.3)
    system.desk.drain()
    assert bodies(await watching)[-1] == "draining"
    assert (await waiting).registration.revision == 1
    with pytest.raises(Draining):
        await gathered(system.desk.watch(A, WatchStart((made.id,))))


@pytest.mark.parametrize("limits", [WatchLimits(max_duration=0.3, shortest_beat=0.1)])
async def test_a_watch_ends_after_its_longest_time(system: System) -> None:
    """So that resuming is exercised every day."""
    made = (await system.submit()).view.registration
    told = await gathered(system.desk.watch(A, WatchStart((made.id,))))
    assert bodies(told)[-1] == "max_duration"


async def test_a_wait_ends_with_the_change(system: System) -> None:
    """Or at once, or after its time."""
    made = (await system.submit()).view.registration
    now = await system.desk.wait(A, made.id, after_revision=0, max_wait=timedelta(seconds=9))
    late = await system.desk.wait(A, made.id, after_revision=1, max_wait=timedelta(seconds=0.1))
    waiting = asyncio.create_task(
        system.desk.wait(A, made.id, after_revision=1, max_wait=timedelta(seconds=9))
    )
    await asyncio.sleep(0.1)
    await system.advance()
    assert now.registration.revision == late.registration.revision == 1
    assert (await waiting).registration.revision > 1


async def test_a_pending_registration_is_cancelled_at_once(system: System) -> None:
    """A repetition changes nothing; an old etag is refused."""
    made = (await system.submit()).view.registration
    with pytest.raises(EtagMismatch):
        await system.desk.cancel(A, made.id, reason="", etag='"9"', request_id="r")
    first = await system.desk.cancel(A, made.id, reason="sold", etag=made.etag, request_id="r")
    again = await system.desk.cancel(A, made.id, reason="sold", etag=made.etag, request_id="r")
    assert first.registration.state is State.CANCELLED
    assert again == first


async def test_a_failed_registration_is_tried_again_once_a_request(system: System) -> None:
    """A repeated request is told what the first one did."""
    system.connector.faults = [Fault.REFUSED_CONNECTION] * 5
    made = (await system.submit()).view.registration
    with pytest.raises(StateConflict):
        await system.desk.retry(
            A, made.id, etag="", request_id="r", acknowledge_duplicate_risk=False
        )
    await _failed(system, made.id)
    first = await system.desk.retry(
        A, made.id, etag="", request_id="r", acknowledge_duplicate_risk=False
    )
    again = await system.desk.retry(
        A, made.id, etag="", request_id="r", acknowledge_duplicate_risk=False
    )
    events = await system.desk.events(A, made.id, after=0, limit=500)
    assert first.registration.state is again.registration.state is State.PENDING
    assert sum(one.kind is EventKind.RETRY_REQUESTED for one in events) == 1


async def _failed(system: System, registration_id: str) -> None:
    """Its deadline has passed."""
    from registrar.domain import lifecycle  # noqa: PLC0415 - only here
    from registrar.domain.lifecycle import Moment  # noqa: PLC0415

    view = await system.desk.get(A, registration_id)
    late = lifecycle.pass_deadline(view.registration, Moment(datetime.now(UTC)))
    assert await system.store.write([late], timedelta(0)) == [True]
    assert late.registration.state is State.FAILED


async def test_keys_open_their_own_tenant(system: System) -> None:
    """Wrong, unknown, misspelt and foreign ones do not."""
    keys = ApiKeys(system.store, system.keys)
    issued = await keys.issue("tenant-a")
    caller = await keys.authenticate(issued)
    assert caller.tenant_id == "tenant-a"
    assert await keys.authenticate(issued) == caller
    other = ApiKeys(system.store, Keyring(b"o" * 32))
    for wrong in (
        "",
        "rgk_dev_x",
        issued[:-1] + ("1" if issued[-1] == "0" else "0"),
        issued.replace("rgk", "abc"),
        issued + "ü",
    ):
        with pytest.raises(ApiKeyInvalid):
            await keys.authenticate(wrong)
    with pytest.raises(ApiKeyInvalid):
        await other.authenticate(issued)
