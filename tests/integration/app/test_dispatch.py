"""The dispatcher's loop over all three stores, with Redis coming and going."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from registrar.app import dispatch, releasing
from registrar.app.dispatch import Dispatch, Pace
from registrar.app.sweep import BATCH, Sweep
from registrar.domain import lifecycle
from registrar.domain.errors import StoreUnavailable
from registrar.domain.lifecycle import Moment
from registrar.domain.registration import State
from registrar.ports.clock import SystemClock
from registrar.ports.queue import JOBS
from registrar.ports.store import Filter, Store
from registrar.signals.memory import MemoryDoorbell, MemoryHints
from registrar.testing.desk import OneCatalogue
from registrar.testing.manufacturer import OneManufacturer
from registrar.testing.records import Wanted, new_registration


class Catalogue(OneManufacturer):
    """Acme, without a route."""

    def __init__(self) -> None:
        super().__init__(None)
        self.manufacturers = OneCatalogue().manufacturers  # type: ignore[method-assign]  # another catalogue's


@dataclass
class Running:
    """A dispatcher under way."""

    hints: MemoryHints
    doorbell: MemoryDoorbell


@asynccontextmanager
async def dispatching(store: Store, pace: Pace | None = None) -> AsyncIterator[Running]:
    """Until the end of the block."""
    made = Running(MemoryHints(), MemoryDoorbell())
    catalogue = Catalogue()
    dispatch = Dispatch(
        store=store,
        hints=made.hints,
        doorbell=made.doorbell,
        catalogue=catalogue,
        sweep=Sweep(store, catalogue, SystemClock()),
        pace=pace or Pace(poll=0.1, sweep=0.05, outage=0.02),
    )
    task = asyncio.create_task(dispatch.run())
    try:
        yield made
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], bool]) -> None:
    """At most five seconds."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - the dispatcher's state
            await asyncio.sleep(0.01)


async def test_due_jobs_are_hinted_once(store: Store) -> None:
    """As many as may be in flight."""
    await store.insert([new_registration() for _ in range(20)])
    async with dispatching(store) as running:
        await until(lambda: len(running.hints.sent) >= 16)
        await asyncio.sleep(0.3)
    assert len(running.hints.sent) == 16
    assert len({hint.registration_id for hint in running.hints.sent}) == 16


@pytest.fixture
def no_other_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The poll is half a minute, and nothing else wakes a dispatcher before it."""
    for one in (dispatch, releasing):
        monkeypatch.setattr(one, "LONGEST_IDLE", 60.0)


@pytest.mark.usefixtures("no_other_clock")
async def test_a_ring_is_answered_before_the_poll(store: Store) -> None:
    """A submission does not wait for the clock."""
    async with dispatching(store, Pace(poll=30)) as running:
        await asyncio.sleep(0.2)
        await store.insert([new_registration()])
        await running.doorbell.ring("jobs")
        await until(lambda: len(running.hints.sent) == 1)


async def test_an_idle_dispatcher_rests(store: Store) -> None:
    """It looks what is due next, and releases nothing before it is rung or something is due."""
    real, released = store.release, list[str]()

    async def counted(queue: str, **given: object) -> object:
        released.append(queue)
        return await real(queue, **given)  # type: ignore[arg-type]  # passed on

    store.release = counted  # type: ignore[method-assign,assignment]  # one that is watched
    async with dispatching(store, Pace(poll=0.05)):
        await until(lambda: len(released) >= len(JOBS))
        await asyncio.sleep(1)
        # Both queues at the start, and once more by the bell's own first call.
        assert len(released) <= 2 * len(JOBS)


@pytest.mark.usefixtures("no_other_clock")
async def test_a_full_batch_is_followed_by_the_next_at_once(store: Store) -> None:
    """Ten jobs by twos, while neither the bell rings nor the poll comes."""
    await store.insert([new_registration() for _ in range(10)])
    async with dispatching(store, Pace(poll=30, batch=2)) as running:
        await until(lambda: len(running.hints.sent) == 10)


@pytest.mark.usefixtures("no_other_clock")
async def test_a_job_is_hinted_when_it_becomes_due(store: Store) -> None:
    """Not when the poll comes by; and not before."""
    due = datetime.now(UTC) + timedelta(seconds=0.5)
    await store.insert([new_registration(Wanted(not_before=due))])
    async with dispatching(store, Pace(poll=30)) as running:
        await until(lambda: len(running.hints.sent) == 1)
    assert datetime.now(UTC) >= due


async def test_redis_away_delays_and_loses_nothing(store: Store) -> None:
    """What was marked as hinted and never sent is hinted again at once when Redis is back."""
    async with dispatching(store) as running:
        running.hints.away = True
        await store.insert([new_registration() for _ in range(5)])
        await running.doorbell.ring("jobs")
        await asyncio.sleep(0.3)
        assert running.hints.sent == []
        running.hints.away = False
        await until(lambda: len({one.registration_id for one in running.hints.sent}) == 5)


async def test_what_a_vanished_worker_held_is_swept(store: Store) -> None:
    """And hinted again, under a new fence."""
    item = new_registration()
    await store.insert([item])
    (job,) = await store.release(
        "api", limit=1, in_flight={"acme": 9}, rehint_after=timedelta(seconds=9)
    )
    claim = lifecycle.start_attempt(
        item.transition.registration, Moment(item.transition.registration.created_at), job.fence, ""
    )
    assert await store.write([claim], timedelta(milliseconds=1)) == [True]
    async with dispatching(store):
        async with asyncio.timeout(5):
            while True:
                now = (await store.get("tenant-a", [job.registration_id]))[job.registration_id]
                if now.registration.state is not State.RUNNING:
                    break
                await asyncio.sleep(0.02)
    # No route can be asked: a person is.
    assert now.registration.state in {State.VERIFYING, State.ACTION_REQUIRED}


async def test_a_passed_deadline_is_swept(store: Store) -> None:
    """By the database's clock."""
    item = new_registration(Wanted(complete_by=None))
    late = new_registration(
        Wanted(complete_by=item.transition.registration.created_at - timedelta(seconds=5))
    )
    await store.insert([late])
    key = late.transition.registration.id
    async with dispatching(store):
        async with asyncio.timeout(5):
            while (await store.get("tenant-a", [key]))[key].registration.failure is None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)


async def test_many_passed_deadlines_are_swept_in_one_go(store: Store) -> None:
    """More than a batch: the rest does not wait for the next sweep."""
    past = datetime.now(UTC) - timedelta(minutes=1)
    await store.insert([new_registration(Wanted(complete_by=past)) for _ in range(BATCH + 50)])
    asked = Filter(states=(State.ACTION_REQUIRED,))
    async with dispatching(store, Pace(sweep=30)):
        async with asyncio.timeout(10):
            while len(await store.page("tenant-a", asked, descending=True, limit=200)) < 150:  # noqa: ASYNC110 - the sweeper's work
                await asyncio.sleep(0.02)


async def test_a_database_away_is_waited_out(store: Store) -> None:
    """The loop goes on where it was."""
    real, trouble = store.release, {"left": 3}

    async def away(*args: object, **kwargs: object) -> object:
        if trouble["left"]:
            trouble["left"] -= 1
            raise StoreUnavailable
        return await real(*args, **kwargs)  # type: ignore[arg-type]  # passed on

    store.release = away  # type: ignore[method-assign,assignment]  # a store that fails
    await store.insert([new_registration()])
    async with dispatching(store) as running:
        await until(lambda: len(running.hints.sent) == 1)
    assert trouble["left"] == 0


async def test_a_database_away_between_two_releases_is_waited_out(store: Store) -> None:
    """What is due next is looked up more often than released: then it is released at once."""
    looked = list[str]()

    async def away(queue: str) -> timedelta | None:
        looked.append(queue)
        raise StoreUnavailable

    store.next_due = away  # type: ignore[method-assign]  # a store that fails
    async with dispatching(store) as running:
        await until(lambda: len(looked) > 3)
        await store.insert([new_registration()])
        await until(lambda: len(running.hints.sent) == 1)
