"""Watch and wait, over all three stores."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from tests.integration.app.desks import (
    A,
    B,
    System,
    bodies,
    gathered,
    submission,
)

from registrar.app.commands import (
    Heartbeat,
    Selection,
    WatchStart,
)
from registrar.app.tokens import Bound, Resume, Tokens
from registrar.app.watch import WatchLimits
from registrar.domain.customer import Customer
from registrar.domain.errors import (
    Draining,
    ResumeTokenExpired,
    ResumeTokenInvalid,
    WatchLimit,
)
from registrar.domain.registration import Event, State
from registrar.ports.store import Position


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
