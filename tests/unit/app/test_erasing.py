"""Forgetting a customer: durable before it begins, complete in the end."""

import asyncio
import uuid
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from tests.integration.app.desks import submission

from registrar.app import sealing, tokens
from registrar.app.assist import Assist
from registrar.app.audit import Audit
from registrar.app.commands import Caller
from registrar.app.customers import CustomerKey, CustomerRecord, Customers
from registrar.app.erasing import Erasures
from registrar.app.event_log import EventLog
from registrar.app.indexes import Indexes
from registrar.app.intervene import Intervene
from registrar.app.queries import Queries
from registrar.domain import lifecycle
from registrar.domain.audit import Action
from registrar.domain.errors import Erased, InvalidRequest, StateConflict, StoreUnavailable
from registrar.domain.lifecycle import Moment
from registrar.domain.outcome import Effect
from registrar.domain.policy import Capabilities
from registrar.domain.registration import State
from registrar.domain.submission import ERASED
from registrar.ports.audit import AuditFilter
from registrar.ports.clock import SystemClock
from registrar.ports.erasures import Erasing
from registrar.ports.guides import NoGuides
from registrar.ports.key_provider import Wrapped
from registrar.ports.key_rows import DataKey, Master, Purpose
from registrar.ports.store import Stored
from registrar.signals.memory import MemoryDoorbell
from registrar.store.memory import MemoryStore
from registrar.store.memory_key_rows import MemoryKeyRows
from registrar.testing.desk import OneCatalogue
from registrar.testing.papers import SheetPapers
from registrar.testing.records import Wanted, new_registration
from registrar.testing.store_artifacts_suite import artifact, shown
from registrar.testing.vault import MemoryVault

A, B = Caller("tenant-a", "a"), Caller("tenant-b", "b")
USER = CustomerKey(user_ref="user-1")
MAIL = CustomerKey(email="ADA@example.com")
LEASE = timedelta(seconds=30)
MASTER = Master(2, Purpose.DATA, Wrapped("kek-1", b"data"))


@dataclass
class Later:
    """The machine's clock, and then some."""

    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        """Moved."""
        return SystemClock().now() + self.ahead


class Rows(MemoryKeyRows):
    """`away` times it does not answer when it is to destroy."""

    away = 0

    async def destroy(self, ids: Collection[str]) -> None:
        """Or not."""
        if self.away:
            self.away -= 1
            raise StoreUnavailable
        await super().destroy(ids)


@dataclass
class Desk:
    """The use cases on memory."""

    store: MemoryStore = field(default_factory=MemoryStore)
    vault: MemoryVault = field(default_factory=MemoryVault)
    rows: Rows = field(default_factory=Rows)
    clock: Later = field(default_factory=Later)
    keep: timedelta | None = None
    rung: int = 0

    @property
    def erasures(self) -> Erasures:
        """Over what stands here now."""
        audit = Audit(self.store.audit, self.vault.keys)
        parts = (self.store, self.vault, self.rows, self.clock, audit)
        return Erasures(*parts, keep=self.keep, every=0.01)

    @property
    def customers(self) -> Customers:
        """Likewise."""
        log = EventLog(self.store, MemoryDoorbell())
        queries = Queries(self.store, self.vault, self.clock, log)
        audit = Audit(self.store.audit, self.vault.keys)
        return Customers(queries, self.store.artifacts, self.erasures, audit, self.ring)

    async def ring(self) -> None:
        """Counts."""
        self.rung += 1

    async def accept(self, tenant_id: str = "tenant-a", **customer: str) -> Stored:
        """As it is submitted."""
        made = submission()
        made = replace(made, customer=replace(made.customer, **customer))
        item = new_registration(Wanted(tenant_id=tenant_id, created_at=self.clock.now()))
        key = tokens.registration_id(self.clock.now())
        fresh = replace(item.transition.registration, id=key, revision=0)
        item = replace(item, transition=lifecycle.submit(fresh, self.moment))
        index = Indexes(self.vault.keys, tenant_id)
        sealed = await sealing.seal(self.vault, key, sealing.payload(made))
        await self.rows.begin("store-1", [MASTER])
        await self.rows.add([DataKey(self.vault.key_id(sealed), 2, b"wrapped")])
        found = index.user(made.customer.user_ref), index.mailbox(made.customer.email)
        item = replace(item, sealed=sealed, user_index=found[0], email_index=found[1])
        await self.store.insert([item])
        return Stored(item.transition.registration, sealed)

    async def claim(self, stored: Stored) -> tuple[Stored, int]:
        """A worker sends it."""
        released = await self.store.release(
            "api", limit=99, in_flight={"acme": 99}, rehint_after=timedelta(0)
        )
        (job,) = [one for one in released if one.registration_id == stored.registration.id]
        moment = Moment(self.clock.now())
        claim = lifecycle.start_attempt(stored.registration, moment, job.fence, "1", "")
        assert await self.store.write([claim], LEASE) == [True]
        return Stored(claim.registration, stored.sealed), job.fence

    async def lose(self, running: Stored, fence: int) -> None:
        """Its worker has vanished."""
        (attempt,) = await self.store.attempts("tenant-a", running.registration.id)
        lost = lifecycle.lose_lease(
            running.registration, attempt, Capabilities("none", "none"), self.moment, fence
        )
        assert await self.store.write([lost], LEASE) == [True]

    @property
    def moment(self) -> Moment:
        """Now."""
        return Moment(self.clock.now())

    async def now(self, stored: Stored) -> Stored:
        """As the store has it."""
        key, tenant_id = stored.registration.id, stored.registration.tenant_id
        return (await self.store.get(tenant_id, [key]))[key]

    async def wrapped(self, stored: Stored) -> bytes | None:
        """Its key, as the store of keys has it."""
        key = self.vault.key_id(stored.sealed)
        return (await self.rows.find([key]))[key].wrapped

    async def exported(self, whose: CustomerKey, caller: Caller = A) -> list[CustomerRecord]:
        """All of it."""
        return [one async for one in self.customers.export(caller, whose)]


@pytest.fixture
def desk() -> Desk:
    """Empty."""
    return Desk()


def request_id() -> str:
    """Fresh."""
    return str(uuid.uuid4())


@pytest.mark.parametrize("whose", [USER, MAIL], ids=["user", "mailbox"])
async def test_all_of_one_customer_go_and_nobody_elses(desk: Desk, whose: CustomerKey) -> None:
    """Rows, indexes, keys; the same again finds nothing more to do."""
    mine = [await desk.accept() for _ in range(3)]
    others = [
        await desk.accept(user_ref="user-2", email="boris@example.com"),
        await desk.accept("tenant-b"),
    ]
    once = request_id()
    made = await desk.erasures.request(A, once, whose)
    assert (made.registrations, made.pending, made.recipients) == (3, (), ())
    assert made.completed_at is not None
    for one in mine:
        now = await desk.now(one)
        assert (now.sealed, now.registration.state) == (b"", State.CANCELLED)
        assert await desk.wrapped(one) is None
    for one in others:
        assert await desk.now(one) == one
        assert await desk.wrapped(one) == b"wrapped"
    assert await desk.erasures.request(A, once, whose) == made
    again = await desk.erasures.request(A, request_id(), whose)
    assert (again.registrations, again.completed_at is not None) == (0, True)


async def test_what_comes_later_is_not_part_of_it(desk: Desk) -> None:
    """Of a customer who has changed their mind."""
    await desk.accept()
    once = request_id()
    await desk.erasures.request(A, once, USER)
    later = await desk.accept()
    await desk.erasures.request(A, once, USER)
    await desk.erasures.sweep()
    assert await desk.now(later) == later


async def test_all_that_is_there_goes_whatever_the_clocks_say(desk: Desk) -> None:
    """Who accepted it was ahead. What comes while it is open is not part of it."""
    desk.clock.ahead = timedelta(seconds=20)
    early, sending = await desk.accept(), await desk.accept()
    desk.clock.ahead = timedelta(0)
    running, fence = await desk.claim(sending)
    once = request_id()
    assert (await desk.erasures.request(A, once, USER)).registrations == 1
    assert (await desk.now(early)).sealed == b""
    desk.clock.ahead = timedelta(seconds=1)
    later = await desk.accept()
    await desk.erasures.sweep()
    assert len(await desk.store.erasures.pending(9)) == 1
    await desk.lose(running, fence)
    await desk.erasures.sweep()
    made = await desk.erasures.request(A, once, USER)
    assert (made.registrations, made.pending) == (2, ())
    assert (await desk.now(sending)).sealed == b""
    assert await desk.now(later) == later


async def test_what_is_being_sent_is_erased_when_its_answer_is_known(desk: Desk) -> None:
    """Until then it is pending, and afterwards its manufacturer is to be told."""
    idle, sending = await desk.accept(), await desk.accept()
    running, fence = await desk.claim(sending)
    once = request_id()
    made = await desk.erasures.request(A, once, USER)
    assert (made.registrations, made.pending) == (1, (sending.registration.id,))
    assert (made.completed_at, made.recipients) == (None, ())
    assert (await desk.now(sending)).sealed == sending.sealed
    assert (await desk.now(idle)).sealed == b""
    await desk.erasures.sweep()
    assert len(await desk.store.erasures.pending(9)) == 1
    await desk.lose(running, fence)
    await desk.erasures.sweep()
    made = await desk.erasures.request(A, once, USER)
    assert (made.registrations, made.pending) == (2, ())
    (told,) = made.recipients
    assert (told.manufacturer_id, told.registration_id) == ("acme", sending.registration.id)
    assert told.effect is Effect.UNKNOWN
    assert await desk.wrapped(sending) is None


async def test_it_goes_on_where_the_store_of_keys_was_away(desk: Desk) -> None:
    """The rows are gone, the keys are noted: the sweep destroys them."""
    mine = await desk.accept()
    desk.rows.away = 1
    with pytest.raises(StoreUnavailable):
        await desk.erasures.request(A, request_id(), USER)
    assert (await desk.now(mine)).sealed == b""
    assert await desk.wrapped(mine) == b"wrapped"
    await desk.erasures.sweep()
    assert await desk.wrapped(mine) is None
    assert await desk.store.erasures.pending(9) == []


async def test_two_processes_at_once_count_what_both_have_done(desk: Desk) -> None:
    """The one that was asked, and the dispatcher that sees to what is open."""
    sent = await desk.accept()
    running, fence = await desk.claim(sent)
    await desk.lose(running, fence)
    mine = [await desk.accept() for _ in range(4)]
    once = request_id()
    await asyncio.gather(
        desk.erasures.request(A, once, USER), desk.erasures.sweep(), desk.erasures.sweep()
    )
    made = await desk.erasures.request(A, once, USER)
    assert made.registrations == 1 + len(mine)
    assert [one.registration_id for one in made.recipients] == [sent.registration.id]


async def test_more_than_a_page_goes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """And so do the keys of more than one."""
    monkeypatch.setattr("registrar.app.erasing.BATCH", 2)
    mine = [await desk.accept() for _ in range(5)]
    made = await desk.erasures.request(A, request_id(), USER)
    assert made.registrations == 5
    assert [await desk.wrapped(one) for one in mine] == [None] * 5


async def test_what_cannot_be_opened_is_erased_all_the_same(desk: Desk) -> None:
    """It was changed, or its key is gone: it is no less the customer's."""
    torn, keyless = await desk.accept(), await desk.accept()
    desk.vault.destroy([desk.vault.key_id(keyless.sealed)])
    items = desk.store._items  # noqa: SLF001 - somebody has written into the database
    key = torn.registration.id
    items[key] = replace(items[key], sealed=torn.sealed[:-1] + b"x")
    never = await desk.accept()
    items[never.registration.id] = replace(items[never.registration.id], sealed=b"\x07")
    made = await desk.erasures.request(A, request_id(), USER)
    assert made.registrations == 3
    assert (await desk.now(torn)).sealed == (await desk.now(never)).sealed == b""


async def test_what_a_worker_has_ended_in_a_copy_goes_too(desk: Desk) -> None:
    """Its row says that it was erased, and still has what nobody can read: by either way."""
    asked, aged = await desk.accept(), await desk.accept(user_ref="", email="")
    for one in (asked, aged):
        desk.vault.destroy([desk.vault.key_id(one.sealed)])
        moved = lifecycle.erase(one.registration, desk.moment)
        assert await desk.store.write([moved], LEASE) == [True]
    at = (await desk.now(asked)).registration.erased_at
    made = await desk.erasures.request(A, request_id(), USER)
    assert (made.registrations, made.completed_at is not None) == (1, True)
    desk.keep, desk.clock.ahead = timedelta(days=1), timedelta(days=2)
    assert await desk.erasures.retire() == 1
    assert (await desk.now(asked)).sealed == (await desk.now(aged)).sealed == b""
    assert (await desk.now(asked)).registration.erased_at == at


async def test_artifacts_go_with_it(desk: Desk) -> None:
    """At once they are not shown; their keys are destroyed with the registration's."""
    mine = await desk.accept()
    key = mine.registration.id
    await desk.rows.add([DataKey("a" * 24, 2, b"wrapped")])
    await shown(desk.store, artifact(registration_id=key, key_id="a" * 24))
    await desk.erasures.request(A, request_id(), USER)
    assert await desk.store.artifacts.of("tenant-a", key) == []
    assert (await desk.rows.find(["a" * 24]))["a" * 24].wrapped is None


async def test_a_customer_without_a_name_is_nobody(desk: Desk) -> None:
    """Neither of both is an invalid request, and not everybody."""
    mine = await desk.accept()
    for work in (
        desk.erasures.request(A, request_id(), CustomerKey()),
        desk.exported(CustomerKey()),
    ):
        with pytest.raises(InvalidRequest) as raised:
            await work
        assert raised.value.violations[0].field == "customer"
    assert await desk.now(mine) == mine


async def test_the_audit_log_tells_of_both_and_not_whose_it_was(desk: Desk) -> None:
    """Once for each request."""
    await desk.accept()
    once = request_id()
    made = await desk.erasures.request(A, once, MAIL)
    assert await desk.erasures.request(A, once, MAIL) == made
    await desk.exported(MAIL)
    entries = await desk.store.audit.listed(AuditFilter(), 9)
    assert [one.action for one in entries] == [Action.EXPORT_CUSTOMER, Action.ERASE_CUSTOMER]
    assert entries[1].subject == made.id
    assert all("example" not in f"{one.before}{one.after}{one.subject}" for one in entries)


async def test_who_watches_hears_of_it(desk: Desk) -> None:
    """At once, once it is done."""
    await desk.accept()
    made = await desk.customers.erase(A, request_id(), USER)
    assert (made.registrations, desk.rung) == (1, 1)
    await desk.exported(USER)
    assert desk.rung == 1


async def test_an_export_is_all_that_is_kept(desk: Desk) -> None:
    """A registration at a time; nothing of what is erased, nor of another tenant."""
    first, second = await desk.accept(), await desk.accept()
    await desk.accept("tenant-b")
    await shown(desk.store, artifact(registration_id=first.registration.id))
    await desk.claim(second)
    records = await desk.exported(MAIL)
    found = {one.view.registration.id: one for one in records}
    assert set(found) == {first.registration.id, second.registration.id}
    one, other = found[first.registration.id], found[second.registration.id]
    assert one.view.submission.customer.email == "ada@example.com"
    assert (len(one.events), len(one.attempts), len(one.artifacts)) == (1, 0, 1)
    assert (len(other.events), len(other.attempts), len(other.artifacts)) == (2, 1, 0)
    await desk.erasures.request(A, request_id(), USER)
    assert [one.view.registration.id for one in await desk.exported(MAIL)] == [
        second.registration.id
    ]
    assert len(await desk.exported(USER, B)) == 1


async def test_a_long_history_is_exported_whole(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In pages of its own."""
    monkeypatch.setattr("registrar.app.customers.EVENTS", 1)
    monkeypatch.setattr("registrar.app.customers.PAGE", 1)
    mine = await desk.accept()
    await desk.accept()
    await desk.claim(mine)
    counts = {one.view.registration.id: len(one.events) for one in await desk.exported(USER)}
    assert sorted(counts.values()) == [1, 2]


async def test_what_is_erased_is_shown_as_such(desk: Desk) -> None:
    """And so is what a restored copy of before still has: its key is gone."""
    erased, copied = await desk.accept(), await desk.accept()
    queries = desk.customers.queries
    moved = lifecycle.erase(erased.registration, desk.moment)
    assert await desk.store.erasures.erase([Erasing(moved, erased.sealed)]) == [True]
    desk.vault.destroy([desk.vault.key_id(copied.sealed)])
    for one in (erased, copied):
        view = await queries.get(A, one.registration.id)
        assert view.submission is ERASED
        assert view.registration.erased_at is not None
    with pytest.raises(Erased):
        await sealing.unseal(desk.vault, await desk.now(erased))


async def test_what_is_over_for_long_enough_is_erased(desk: Desk) -> None:
    """By the age of the registration; what goes on stays, and so does everything without an age."""
    over, going = await desk.accept(), await desk.accept()
    cancelled = lifecycle.cancel(over.registration, "", desk.moment)
    assert await desk.store.write([cancelled], LEASE) == [True]
    assert await desk.erasures.retire() == 0
    desk.keep = timedelta(days=30)
    assert await desk.erasures.retire() == 0
    desk.clock.ahead = timedelta(days=30, seconds=5)
    assert await desk.erasures.retire() == 1
    assert await desk.wrapped(over) is None
    assert (await desk.now(over)).registration.state is State.CANCELLED
    assert await desk.now(going) == going
    assert await desk.erasures.retire() == 0


async def test_the_sweep_goes_on_for_ever(desk: Desk) -> None:
    """Also where something is away, which is said once; what is old is looked for at its start."""
    over, mine = await desk.accept(user_ref="", email=""), await desk.accept()
    cancelled = lifecycle.cancel(over.registration, "", desk.moment)
    await desk.store.write([cancelled], LEASE)
    desk.rows.away = 3
    with suppress(StoreUnavailable):
        await desk.erasures.request(A, request_id(), USER)
    desk.keep, desk.clock.ahead = timedelta(days=1), timedelta(days=2)
    task = asyncio.create_task(desk.erasures.run())

    async def gone() -> bool:
        return await desk.wrapped(mine) is None and await desk.wrapped(over) is None

    async with asyncio.timeout(5):
        while not await gone():  # noqa: ASYNC110 - what it waits for tells nobody
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert not task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_of_what_was_erased_nothing_is_proven(desk: Desk) -> None:
    """It has succeeded, and nobody can say any more what it was."""
    made = await desk.accept()
    key = made.registration.id
    item = desk.store._items[key]  # noqa: SLF001 - it has succeeded
    over = replace(made.registration, state=State.SUCCEEDED)
    desk.store._items[key] = replace(item, transition=replace(item.transition, registration=over))  # noqa: SLF001 - it has succeeded
    await desk.erasures.request(A, request_id(), USER)
    queries = desk.customers.queries
    interventions = Intervene(desk.store, queries, desk.clock)
    assist = Assist(interventions, NoGuides(), OneCatalogue(), SheetPapers())
    with pytest.raises(Erased):
        await assist.proof(A, key, "")


def test_an_erased_registration_is_erased_once_and_not_tried_again() -> None:
    """Whatever it was."""
    moment = Moment(datetime.now(UTC))
    made = new_registration(Wanted()).transition.registration
    failed = replace(made, state=State.FAILED, manufacturer_reference="R-1")
    erased = lifecycle.erase(failed, moment).registration
    assert (erased.state, erased.manufacturer_reference) == (State.FAILED, "")
    later = lifecycle.erase(erased, Moment(moment.now + LEASE)).registration
    assert later.erased_at == moment.now
    with pytest.raises(StateConflict):
        lifecycle.retry(erased, moment, acknowledge_duplicate_risk=True)
