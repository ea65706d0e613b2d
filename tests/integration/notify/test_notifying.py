"""The part of the dispatcher, running."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs
from tests.integration.notify.desk import QUICK, Telling
from tests.integration.notify.test_kills import Flickering

from registrar.app.event_log import EVENTS
from registrar.app.notifications.deliver import Deliveries, Flow, Told
from registrar.app.notifications.notifying import KEPT, Notifying
from registrar.app.notifications.tail import PAGE, Tail
from registrar.domain.notification import Channel, Kind
from registrar.notify.memory import MemoryMailer
from registrar.ports.notices import Claimed, NoticeState, Settled
from registrar.ports.store import Store
from registrar.signals.memory import MemoryDoorbell
from registrar.testing.letters import SETTINGS
from registrar.testing.records import new_registration

Tell = Callable[[Claimed], Awaitable[Told]]


@asynccontextmanager
async def running(work: Any) -> AsyncIterator[None]:  # noqa: ANN401 - a coroutine
    """For the time of the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(true: Callable[[], bool]) -> None:
    """At most five seconds."""
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - of any thing that is made true
            await asyncio.sleep(0.01)


async def test_a_ring_is_enough(store: Store) -> None:
    """The letter goes long before the poll."""
    mailer, bell = MemoryMailer(), MemoryDoorbell()
    telling = await Telling(store, mailer).begin()
    part = Notifying(
        telling.tail, (telling.deliveries,), store.notices, bell, telling.clock, poll=30
    )
    async with running(part.run()):
        await asyncio.sleep(0.1)
        await telling.submitted()
        await bell.ring(EVENTS)
        await until(lambda: len(mailer.sent) == 1)


class Broken:
    """A tail with a defect, for the first looks."""

    def __init__(self, tail: Tail) -> None:
        self._tail = tail
        self.left = 3

    async def once(self) -> bool:
        """It is mended in time."""
        if self.left:
            self.left -= 1
            raise ValueError("juergen@mail.example")
        return await self._tail.once()


async def test_a_defect_ends_no_reader(store: Store) -> None:
    """It is told once, without a word of what it met; then the log is read on from there."""
    mailer = MemoryMailer()
    telling = await Telling(store, mailer).begin()
    await telling.submitted()
    broken: Any = Broken(telling.tail)
    bell, given = MemoryDoorbell(), (telling.deliveries,)
    part = Notifying(broken, given, store.notices, bell, telling.clock, poll=30, gather=0.01)
    with capture_logs() as logs:
        async with running(part.run()), asyncio.timeout(20):
            while not mailer.sent:
                await bell.ring(EVENTS)
                await asyncio.sleep(0.02)
    found = [(one["event"], one["of"]) for one in logs if one.get("at") == "tail"]
    assert found == [("outage_started", "ValueError"), ("outage_ended", "ValueError")]
    assert "juergen" not in repr(logs)


@pytest.mark.parametrize("method", ["claim", "settle", "forget"])
async def test_a_defect_ends_no_sender(store: Store, method: str) -> None:
    """Of whatever part: it is told without a word of what it met, and the work goes on."""
    mailer = MemoryMailer()
    telling = await Telling(store, mailer).begin()
    await telling.submitted()
    await telling.read()
    broken: Any = Flickering(store.notices, method, 1, ValueError("juergen@mail.example"))
    flow = dataclasses.replace(QUICK, lease=timedelta(seconds=0.2))
    deliveries = Deliveries(Channel.EMAIL, broken, telling.letters.tell, flow)
    part = Notifying(
        telling.tail, (deliveries,), broken, MemoryDoorbell(), telling.clock, every=0.05
    )
    with capture_logs() as logs:
        async with running(part.run()):
            async with asyncio.timeout(20):
                while await telling.summary() != [("received", "sent", "250")] or broken.left:  # noqa: ASYNC110 - another task's work
                    await asyncio.sleep(0.05)
    assert [one["of"] for one in logs if one.get("of")] == ["ValueError"]
    assert "juergen" not in repr(logs)


async def test_rings_that_come_together_are_one_look(store: Store) -> None:
    """However busy the service is, the log is not read for every commit."""
    telling = await Telling(store).begin()
    counted: Any = Broken(telling.tail)
    counted.left = 1000
    bell = MemoryDoorbell()
    part = Notifying(counted, (), store.notices, bell, telling.clock, poll=30, gather=0.2)
    async with running(part.run()):
        for _ in range(50):
            await bell.ring(EVENTS)
            await asyncio.sleep(0.01)
    assert 2 <= 1000 - counted.left <= 6


async def test_a_try_ends_before_its_claim_does(store: Store) -> None:
    """Else another one would tell it as well."""
    telling = await Telling(store).begin()
    await telling.submitted()
    await telling.read()
    flow = Flow(longest=0.05)
    tell = slow([], asyncio.Event())
    await Deliveries(Channel.EMAIL, store.notices, tell, flow).drain()
    assert Flow().longest < Flow().lease.total_seconds()
    assert await telling.summary() == [("received", "waiting", "TimeoutError")]


class Away:
    """A store whose notices are away for the first looks at the log."""

    def __init__(self, real: Store, method: str, times: int) -> None:
        self._real = real
        self.notices: Any = Flickering(real.notices, method, times)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - of a store
        return getattr(self._real, name)


async def test_an_outage_of_the_database_is_waited_out(store: Store) -> None:
    """Of the reader, of the sender, and of what forgets."""
    for method in ("position", "claim", "forget"):
        mailer = MemoryMailer()
        await Telling(store, mailer).read()
        away: Any = Away(store, method, 3)
        telling = Telling(away, mailer)
        if not (await store.tenants.of(["tenant-a"])):
            await Telling(store).begin()
        bell = MemoryDoorbell()
        part = Notifying(
            telling.tail, (telling.deliveries,), away.notices, bell, telling.clock, 0.02, 0.02, 0.01
        )
        async with running(part.run()):
            await telling.submitted()
            await until(lambda: len(mailer.sent) == 1 and away.notices.left == 0)  # noqa: B023 - awaited here


async def test_an_outage_of_the_mail_is_said_when_it_begins_and_ends(store: Store) -> None:
    """However often the door is tried; then everything goes out."""
    mailer = MemoryMailer()
    mailer.away = True
    telling = await Telling(store, mailer).begin()
    for _ in range(6):
        await telling.submitted()
    await telling.read()
    deliveries = telling.deliveries
    with capture_logs() as logs:
        async with running(deliveries.run()):
            for _ in range(2):
                await telling.submitted()
                await telling.read()
                async with asyncio.timeout(20):
                    while not all(one.code for one in await telling.notices()):  # noqa: ASYNC110 - another task's work
                        await asyncio.sleep(0.02)
            mailer.away = False
            await telling.submitted()
            await telling.read()
            await until(lambda: bool(mailer.sent))
            await asyncio.sleep(0.1)
    found = [one["event"] for one in logs if one["event"].startswith("outage")]
    assert found == ["outage_started", "outage_ended"]


async def test_a_long_log_is_read_to_its_end(store: Store) -> None:
    """Page by page, with one ring."""
    mailer, bell = MemoryMailer(), MemoryDoorbell()
    telling = await Telling(store, mailer).begin()
    await telling.settle(replace(SETTINGS, emails=(Kind.FAILED,)))
    made = [new_registration() for _ in range(PAGE + 3)]
    await store.insert(made)
    last = await telling.submitted()
    await telling.moved(last, Kind.FAILED)
    part = Notifying(telling.tail, (telling.deliveries,), store.notices, bell, telling.clock)
    async with running(part.run()):
        await until(lambda: len(mailer.sent) == 1)


async def test_what_was_told_long_ago_is_forgotten(store: Store) -> None:
    """A month later."""
    telling = await Telling(store).begin()
    await telling.submitted()
    await telling.told()
    await telling.submitted()
    await telling.told()
    part = Notifying(telling.tail, (), store.notices, MemoryDoorbell(), telling.clock, batch=1)
    assert await part.forget() == 0
    telling.clock.ahead = KEPT + timedelta(hours=1)
    async with running(part.run()):
        async with asyncio.timeout(5):
            while await telling.notices():  # noqa: ASYNC110 - another task's work
                await asyncio.sleep(0.01)


def slow(begun: list[str], may_end: asyncio.Event) -> Tell:
    """Takes its time."""

    async def tell(claimed: Claimed) -> Told:
        begun.append(claimed.notice.tenant_id)
        await may_end.wait()
        return Told(Settled(NoticeState.SENT))

    return tell


async def test_one_tenant_leaves_room_for_the_others(store: Store) -> None:
    """However much it has to tell, and however slowly."""
    telling = await Telling(store).begin()
    for _ in range(12):
        await telling.submitted()
    await telling.read()
    begun, may_end = list[str](), asyncio.Event()
    flow = Flow(at_once=8, of_tenant=4, step=2, poll=0.02)
    deliveries = Deliveries(Channel.EMAIL, store.notices, slow(begun, may_end), flow)
    async with running(deliveries.run()):
        await until(lambda: len(begun) == 4)
        await asyncio.sleep(0.2)
        assert len(begun) == 4
        may_end.set()
        await until(lambda: len(begun) == 12)


async def test_a_process_that_stops_lets_its_letters_end(store: Store) -> None:
    """For a moment: what was taken by the server is then known to be."""
    telling = await Telling(store).begin()
    await telling.submitted()
    await telling.read()
    begun, may_end = list[str](), asyncio.Event()
    deliveries = Deliveries(Channel.EMAIL, store.notices, slow(begun, may_end), QUICK)
    async with running(deliveries.run()):
        await until(lambda: len(begun) == 1)
        asyncio.get_running_loop().call_later(0.1, may_end.set)
    assert await telling.summary() == [("received", "sent", "")]


async def test_a_process_that_stops_does_not_wait_for_ever(store: Store) -> None:
    """Its claim runs out, and another one tells it."""
    telling = await Telling(store).begin()
    await telling.submitted()
    await telling.read()
    begun = list[str]()
    deliveries = Deliveries(Channel.EMAIL, store.notices, slow(begun, asyncio.Event()), QUICK)
    async with running(deliveries.run()):
        await until(lambda: len(begun) == 1)
    await asyncio.sleep(0)
    assert await telling.summary() == [("received", "waiting", "")]
