"""Attempts on a form, over all three stores: no click before its marker is durable."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from tests.integration.app.test_delivery import BLIND, LEASE, SUBMISSION, VAULT

from registrar.app import sealing
from registrar.app.advance import Advance, Advanced, batched, looked_up
from registrar.app.batching import Batcher
from registrar.app.course import TRIES
from registrar.domain import lifecycle
from registrar.domain.errors import StoreUnavailable
from registrar.domain.lifecycle import Moment
from registrar.domain.outcome import Code, Effect, Outcome, Tier
from registrar.domain.registration import EventKind, Registration, State, Transition
from registrar.domain.submission import Submission
from registrar.ports.clock import SystemClock
from registrar.ports.connector import UNATTENDED, Connector, Job, Run
from registrar.ports.queue import API, BROWSER
from registrar.ports.store import Store
from registrar.testing.manufacturer import LedgerConnector, OneManufacturer
from registrar.testing.records import Wanted, new_registration


class Form(LedgerConnector):
    """Fills, marks, clicks; waits before the marker and before the answer where it is told to."""

    def __init__(self) -> None:
        super().__init__(replace(BLIND, send_deadline=timedelta(seconds=20)))
        self.filled, self.may_click = asyncio.Event(), asyncio.Event()
        self.may_click.set()
        self.dies_before_click = False

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """The click is what the ledger counts."""
        self.filled.set()
        await self.may_click.wait()
        await run.point_of_no_return()
        if self.dies_before_click:
            raise asyncio.CancelledError
        return await super().submit(job, run)


class Forms(OneManufacturer):
    """Its web tier."""

    def __init__(self, connector: Connector) -> None:
        super().__init__(connector)
        self._form = connector

    def connector(self, manufacturer_id: str, tier: Tier, version: str = "") -> Connector | None:
        """The one, on the web tier."""
        del manufacturer_id, version
        return self._form if tier is Tier.WEB else None


class Fleet:
    """One worker of the browser queue."""

    def __init__(self, store: Store, form: Form) -> None:
        self.store = store
        self.writer: Batcher[Transition, bool] = Batcher(batched(store, LEASE))
        self.advance = Advance(
            leases=store,
            reader=Batcher(looked_up(store), wait=0),
            writer=self.writer,
            catalogue=Forms(form),
            vault=VAULT,
            clock=SystemClock(),
            lease=LEASE,
        )

    async def accept(self, submission: Submission = SUBMISSION) -> Registration:
        """One registration on the web tier."""
        item = new_registration(Wanted(tiers=(Tier.WEB, Tier.MANUAL)))
        key = item.transition.registration.id
        sealed = await sealing.seal(VAULT, key, sealing.payload(submission))
        (done,) = await self.store.insert([msgspec.structs.replace(item, sealed=sealed)])
        return done.registration

    async def hint(self, queue: str = BROWSER) -> tuple[str, int]:
        """The one that is due."""
        (job,) = await self.store.release(queue, limit=9, in_flight={"acme": 9}, rehint_after=LEASE)
        return job.registration_id, job.fence

    async def now(self, one: Registration) -> Registration:
        """As the store has it."""
        return (await self.store.get(one.tenant_id, [one.id]))[one.id].registration

    async def kinds(self, one: Registration) -> list[EventKind]:
        """What has happened."""
        found = await self.store.events(one.tenant_id, one.id, after=0, limit=99)
        assert [event.sequence for event in found] == list(range(1, len(found) + 1))
        return [event.kind for event in found]


async def test_a_form_is_filled_by_the_browsers_queue(store: Store) -> None:
    """No worker of requests is hinted; the marker stands between the claim and the end."""
    fleet = Fleet(store, form := Form())
    one = await fleet.accept()
    assert await store.release(API, limit=9, in_flight={"acme": 9}, rehint_after=LEASE) == []
    assert await fleet.advance.run(*await fleet.hint()) is Advanced.DONE
    assert (await fleet.now(one)).state is State.SUCCEEDED
    assert form.ledger == {one.id: 1}
    assert await fleet.kinds(one) == [
        EventKind.SUBMITTED,
        EventKind.ATTEMPT_STARTED,
        EventKind.POINT_OF_NO_RETURN,
        EventKind.ATTEMPT_ENDED,
    ]


async def test_whoever_falls_back_changes_the_queue(store: Store) -> None:
    """A form that nobody can fill: a person's guide is no work for a browser."""
    fleet = Fleet(store, Form())
    one = await fleet.accept()
    fleet.advance = replace(fleet.advance, catalogue=OneManufacturer(None))
    assert await fleet.advance.run(*await fleet.hint()) is Advanced.DONE
    assert (await fleet.now(one)).tier is Tier.MANUAL
    assert (await fleet.hint(API))[0] == one.id


async def test_a_cancel_before_the_click_is_a_cancel(store: Store) -> None:
    """The marker is refused, and nothing is clicked."""
    form = Form()
    form.may_click.clear()
    fleet = Fleet(store, form)
    one = await fleet.accept()
    working = asyncio.create_task(fleet.advance.run(*await fleet.hint()))
    await form.filled.wait()
    asked = lifecycle.cancel(await fleet.now(one), "no more", Moment(SystemClock().now()))
    assert await store.write([asked], LEASE) == [True]
    form.may_click.set()
    assert await working is Advanced.DONE
    assert ((await fleet.now(one)).state, form.sends) == (State.CANCELLED, 0)


async def test_a_holder_that_was_replaced_does_not_click(store: Store) -> None:
    """Its fence is gone: whoever holds the registration by now decides."""
    form = Form()
    form.may_click.clear()
    fleet = Fleet(store, form)
    one = await fleet.accept()
    working = asyncio.create_task(fleet.advance.run(*await fleet.hint()))
    await form.filled.wait()
    work = (await store.work([one.id]))[one.id]
    lost = lifecycle.lose_lease(
        work.stored.registration, work.running, BLIND, Moment(SystemClock().now()), work.fence
    )
    assert await store.write([lost], LEASE) == [True]
    form.may_click.set()
    assert await working is Advanced.FENCED
    assert ((await fleet.now(one)).state, form.sends) == (State.WAITING, 0)


class Away:
    """A writer that loses the database at the marker."""

    def __init__(self, inner: Batcher[Transition, bool]) -> None:
        self.inner = inner

    async def add(self, item: Transition) -> bool:
        """Everything else goes through."""
        if item.events and item.events[0].kind is EventKind.POINT_OF_NO_RETURN:
            raise StoreUnavailable
        return await self.inner.add(item)


async def test_without_the_database_nothing_is_clicked(store: Store) -> None:
    """It is tried again later, on the same tier."""
    fleet = Fleet(store, form := Form())
    fleet.advance = replace(fleet.advance, writer=Away(fleet.writer))
    one = await fleet.accept()
    assert await fleet.advance.run(*await fleet.hint()) is Advanced.DONE
    now = await fleet.now(one)
    assert (now.state, now.tier, now.effect) == (State.WAITING, Tier.WEB, Effect.NOT_SENT)
    assert form.sends == 0
    assert now.failure is not None
    assert now.failure.code == Code.INTERNAL


class Overtaken:
    """A writer of markers that somebody is always faster than."""

    def __init__(self, inner: Batcher[Transition, bool]) -> None:
        self.inner = inner
        self.tries = 0

    async def add(self, item: Transition) -> bool:
        """Everything else goes through."""
        if item.events and item.events[0].kind is EventKind.POINT_OF_NO_RETURN:
            self.tries += 1
            return False
        return await self.inner.add(item)


async def test_a_marker_that_is_always_overtaken_is_given_up(store: Store) -> None:
    """After a few tries; nothing was clicked, and it is tried again later."""
    fleet = Fleet(store, form := Form())
    writer = Overtaken(fleet.writer)
    fleet.advance = replace(fleet.advance, writer=writer)
    one = await fleet.accept()
    assert await fleet.advance.run(*await fleet.hint()) is Advanced.DONE
    assert ((await fleet.now(one)).state, form.sends, writer.tries) == (State.WAITING, 0, TRIES)


@pytest.mark.parametrize("dies", [True, False])
async def test_a_worker_killed_around_the_click(store: Store, *, dies: bool) -> None:
    """Past the marker, before or after the click: a person looks, and nothing is sent again."""
    form = Form()
    form.dies_before_click = dies
    fleet = Fleet(store, form)
    one = await fleet.accept()
    hint = await fleet.hint()
    if dies:
        with pytest.raises(asyncio.CancelledError):
            await fleet.advance.run(*hint)
    else:
        fleet.advance = replace(fleet.advance, writer=Vanishing(fleet.writer))
        with pytest.raises(asyncio.CancelledError):
            await fleet.advance.run(*hint)
    work = (await store.work([one.id]))[one.id]
    assert work.running is not None
    assert work.running.effect is Effect.UNKNOWN
    lost = lifecycle.lose_lease(
        work.stored.registration, work.running, BLIND, Moment(SystemClock().now()), work.fence
    )
    assert await store.write([lost], LEASE) == [True]
    now = await fleet.now(one)
    assert (now.state, now.effect) == (State.ACTION_REQUIRED, Effect.UNKNOWN)
    assert form.sends == (0 if dies else 1)


class Vanishing:
    """A worker that is gone when it would write the outcome."""

    def __init__(self, inner: Batcher[Transition, bool]) -> None:
        self.inner = inner

    async def add(self, item: Transition) -> bool:
        """Claim and marker go through."""
        if not item.claim and not item.keep_job:
            raise asyncio.CancelledError
        return await self.inner.add(item)
