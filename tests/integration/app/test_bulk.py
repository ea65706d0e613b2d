"""Bulk operations under way, over all three stores: held to a rate, cut off, stopped, resumed."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from registrar.app import bulk_work
from registrar.app.bulk import BulkOperations
from registrar.app.bulk_work import BulkWork
from registrar.app.commands import Caller
from registrar.app.dead_letters import DeadLetters
from registrar.domain.bulk import BulkFilter, BulkKind, BulkOperation, BulkState, BulkWish, Skip
from registrar.domain.errors import StoreUnavailable
from registrar.domain.registration import EventKind, State
from registrar.ports.clock import SystemClock
from registrar.ports.store import Filter, Store
from registrar.store.memory import MemoryStore
from registrar.testing.desk import AUDIT_KEYS
from registrar.testing.store_dead_letters_suite import failed

A = Caller("tenant-a", "a")
FAILED = BulkFilter(states=(State.FAILED,))


class Killed(BaseException):
    """The process has ended here: nobody is left to catch it."""


def operations(store: Store) -> BulkOperations:
    """The use cases."""
    return BulkOperations(store, AUDIT_KEYS, SystemClock())


async def begun(store: Store, rate: int) -> BulkOperation:
    """Retry what has failed."""
    wish = BulkWish(BulkKind.RETRY, FAILED, "They are back.", rate)
    return await operations(store).create(A, str(uuid.uuid4()), wish)


async def ended(store: Store, operation_id: str) -> BulkOperation:
    """At most after ten seconds."""
    async with asyncio.timeout(10):
        while True:
            found = await operations(store).get(A, operation_id)
            if found.state is not BulkState.RUNNING:
                return found
            await asyncio.sleep(0.02)


@asynccontextmanager
async def working(store: Store, processes: int = 1) -> AsyncIterator[None]:
    """Dispatchers, until the end of the block."""
    tasks = [
        asyncio.create_task(BulkWork(store, SystemClock(), every=0.05).run())
        for _ in range(processes)
    ]
    try:
        yield
    finally:
        for one in tasks:
            one.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks)


async def retries(store: Store) -> list[int]:
    """How often each registration was retried."""
    page = await store.page("tenant-a", Filter(), descending=False, limit=500)
    found = []
    for one in page:
        events = await store.events("tenant-a", one.registration.id, after=0, limit=99)
        found.append([event.kind for event in events].count(EventKind.RETRY_REQUESTED))
    return found


async def test_each_is_done_once_by_however_many(store: Store) -> None:
    """Four dispatchers share three operations that mean the same: the first to come does it."""
    for _ in range(20):
        await failed(store)
    made = [await begun(store, 100) for _ in range(3)]
    async with working(store, 4):
        over = [await ended(store, one.id) for one in made]
    assert await retries(store) == [1] * 20
    assert sum(one.done for one in over) == 20
    assert {one.matched for one in over} == {20}
    for one in over:
        assert one.done + one.skipped.get(Skip.STATE_CONFLICT, 0) == one.matched
        assert one.remaining == 0


@pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after the commit"])
async def test_another_goes_on_where_one_was_killed(
    store: Store, monkeypatch: pytest.MonkeyPatch, *, after: bool
) -> None:
    """Whatever it had done is done, once, and counted, once."""
    for _ in range(9):
        await failed(store)
    made = await begun(store, 8)
    monkeypatch.setattr(bulk_work, "LEASE", timedelta(seconds=0.3))
    advance = store.bulk.advance
    turns = iter([None])

    async def killed(*given: Any) -> BulkOperation | None:  # noqa: ANN401 - as it is called
        """The first turn survives."""
        if next(turns, Killed) is None:
            return await advance(*given)
        if after:
            await advance(*given)
        raise Killed

    monkeypatch.setattr(store.bulk, "advance", killed)
    work = BulkWork(store, SystemClock())
    await work.sweep()
    await asyncio.sleep(0.3)
    with pytest.raises(Killed):
        await work.sweep()
    monkeypatch.setattr(store.bulk, "advance", advance)
    halfway = await operations(store).get(A, made.id)
    assert halfway.done == (4 if after else 2)
    assert sum(await retries(store)) == halfway.done
    async with working(store):
        over = await ended(store, made.id)
    assert (over.done, over.remaining) == (9, 0)
    assert await retries(store) == [1] * 9


async def test_the_rate_is_held_by_however_many(store: Store) -> None:
    """Not more than so many a second, whoever takes it up."""
    for _ in range(30):
        await failed(store)
    made = await begun(store, 20)
    start = time.monotonic()
    async with working(store, 3):
        over = await ended(store, made.id)
    took = time.monotonic() - start
    assert over.done == 30
    # Five a step: the last of six steps comes five pauses of a quarter of a second after the first.
    assert took > 1.2


async def test_it_stops_at_once_and_nothing_is_done_afterwards(store: Store) -> None:
    """What has been answered as cancelled moves no more."""
    for _ in range(30):
        await failed(store)
    made = await begun(store, 20)
    async with working(store, 2):
        await asyncio.sleep(0.4)
        gone = await operations(store).cancel(A, made.id)
        done = sum(await retries(store))
        await asyncio.sleep(0.6)
        assert sum(await retries(store)) == done
    assert gone.state is BulkState.CANCELLED
    assert 0 < gone.done == done < 30
    assert gone.remaining == 30 - done
    assert await operations(store).get(A, made.id) == gone


async def test_what_fails_later_is_left_alone(store: Store) -> None:
    """An operation has taken what was there when it was made."""
    early = await failed(store)
    made = await begun(store, 10)
    late = await failed(store)
    async with working(store):
        over = await ended(store, made.id)
    assert (over.matched, over.done) == (1, 1)
    found = await store.get("tenant-a", [early.id, late.id])
    states = [found[one.id].registration.state for one in (early, late)]
    assert states == [State.PENDING, State.FAILED]


class Flaky(MemoryStore):
    """It is away for a while."""

    away = 3

    def __init__(self) -> None:
        super().__init__()
        self.bulk.claim = self._or_away(self.bulk.claim)  # type: ignore[method-assign]  # a fault
        self.dead_letters.tell = self._or_away(self.dead_letters.tell)  # type: ignore[method-assign]  # a fault

    def _or_away(self, work: Any) -> Any:  # noqa: ANN401 - any method
        async def call(*given: Any) -> Any:  # noqa: ANN401 - as it is called
            if self.away:
                self.away -= 1
                # A defect does not end it either.
                raise StoreUnavailable if self.away % 2 else ValueError
            return await work(*given)

        return call


async def test_an_outage_is_waited_out_and_said_once() -> None:
    """However often it was asked meanwhile."""
    store = Flaky()
    await failed(store)
    made = await begun(store, 10)
    with capture_logs() as logs:
        async with working(store):
            assert (await ended(store, made.id)).done == 1
    assert [one["event"] for one in logs].count("sweep_failed") == 1


class Old(MemoryStore):
    """An older release has left some untold."""

    def __init__(self, untold: Sequence[int]) -> None:
        super().__init__()
        self._untold = list(untold)
        self.dead_letters.tell = self._tell  # type: ignore[method-assign]  # there is no older release

    async def _tell(self, limit: int) -> int:
        if self._untold and self._untold[0] < 0:
            self._untold.pop(0)
            raise ValueError
        return min(self._untold.pop(0), limit) if self._untold else 0

    @property
    def told(self) -> bool:
        """All of them."""
        return not self._untold


async def test_what_an_older_release_has_left_is_told_in_the_end() -> None:
    """In batches; a database that is away is asked again."""
    store = Old([-1, 500, 7, 0])
    letters = DeadLetters(store, AUDIT_KEYS, every=0.01)
    with capture_logs() as logs:
        task = asyncio.create_task(letters.run())
        async with asyncio.timeout(5):
            while not store.told:  # noqa: ASYNC110 - the task's work
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert [one["count"] for one in logs if one["event"] == "failures_told"] == [507]
    assert [one["event"] for one in logs].count("failures_not_told") == 1
