"""What every store must do with the state of connectors. Used like `store_suite`."""
# ruff: noqa: S101 - a shipped suite is tests: it asserts, and expects literals

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from registrar.app.sweep import Sweep
from registrar.domain import lifecycle
from registrar.domain.connector import ConnectorState
from registrar.domain.outcome import Code, Effect, Outcome, Tier
from registrar.domain.registration import State, Step, WaitReason
from registrar.ports.clock import SystemClock
from registrar.ports.connector_states import ConnectorKey, ConnectorStates, Probed, read_key
from registrar.ports.store import Store
from registrar.testing.manufacturer import OneManufacturer
from registrar.testing.records import Wanted
from registrar.testing.store_suite import CAPS, LEASE, added, claimed, moment, released

ACME, SAMSUNG = ConnectorKey("acme", Tier.API), ConnectorKey("samsung", Tier.API)
HOUR = timedelta(hours=1)
MILLISECOND = timedelta(milliseconds=1)
SHORT = timedelta(seconds=1)  # and still longer than a busy machine takes to write


def soon(delay: timedelta = HOUR) -> datetime:
    """As the databases keep it."""
    return datetime.now(UTC) + delay


async def swept(store: Store) -> int:
    """What the dispatcher's sweeper does about pauses."""
    return await Sweep(store, OneManufacturer(None), SystemClock()).pauses("api")


async def paused(store: Store, until: datetime | None = None) -> ConnectorState:
    """Acme's API."""
    return await store.connectors.pause(ACME, "maintenance", "key:a", until)


async def test_nothing_is_known_of_a_connector_at_first(store: Store) -> None:
    """And resuming it does no harm."""
    assert await store.connectors.all() == {}
    assert await store.connectors.resume(ACME) == ConnectorState("acme", Tier.API)


async def test_a_pause_is_kept_with_its_reason_and_end(store: Store) -> None:
    """Until it is taken back; another connector is not concerned."""
    until = soon()
    made = await paused(store, until)
    assert made.pause is not None
    assert (made.pause.reason, made.pause.by, made.pause.until) == ("maintenance", "key:a", until)
    assert abs(made.pause.since - datetime.now(UTC)) < timedelta(minutes=1)
    await store.connectors.resume(SAMSUNG)
    found = await store.connectors.all()
    assert (found[ACME], found[SAMSUNG].pause) == (made, None)
    assert (await store.connectors.resume(ACME)).pause is None


async def test_the_same_pause_again_changes_nothing(store: Store) -> None:
    """Another reason is taken over with its author, from when the first one began."""
    first = (await paused(store)).pause
    again = (await store.connectors.pause(ACME, "maintenance", "key:b", None)).pause
    assert again == first
    other = (await store.connectors.pause(ACME, "broken", "key:b", None)).pause
    assert first is not None
    assert other == replace(first, reason="broken", by="key:b")


async def test_a_pause_ends_by_itself(store: Store) -> None:
    """By the store's clock; another one then begins anew."""
    first = (await paused(store, soon(SHORT))).pause
    await asyncio.sleep(SHORT.total_seconds())
    assert (await store.connectors.all())[ACME].pause is None
    second = (await store.connectors.pause(ACME, "maintenance", "key:b", None)).pause
    assert first is not None
    assert second is not None
    assert (second.by, second.since > first.since) == ("key:b", True)


async def test_submissions_of_a_paused_connector_are_not_released(store: Store) -> None:
    """Those of others are, and all of them once it goes on."""
    mine, other = await added(store), await added(store, Wanted(manufacturer_id="samsung"))
    await paused(store)
    assert [key for key, _ in await released(store)] == [other.id]
    await store.connectors.resume(ACME)
    assert [key for key, _ in await released(store)] == [mine.id]


async def test_the_pause_of_another_tier_holds_nothing_back(store: Store) -> None:
    """A connector is one tier of one manufacturer."""
    mine = await added(store)
    await store.connectors.pause(ConnectorKey("acme", Tier.WEB), "form changed", "key:a", None)
    assert await swept(store) == 0
    assert [key for key, _ in await released(store)] == [mine.id]


async def test_look_ups_go_on_during_a_pause(store: Store) -> None:
    """They are read-only, and the only way to learn what became of what was sent."""
    start, fence = await claimed(store)
    assert start.attempt is not None
    unclear = Outcome(Code.OUTCOME_UNKNOWN, Effect.UNKNOWN)
    end = lifecycle.conclude(start.registration, start.attempt, unclear, CAPS, moment(), fence)
    assert await store.write([end], LEASE) == [True]
    await paused(store)
    assert await swept(store) == 0
    ((key, _),) = await released(store)
    assert (await store.work([key]))[key].step is Step.VERIFY


@pytest.mark.parametrize("delay", [None, HOUR])
async def test_what_a_pause_meets_waits_and_says_so(store: Store, delay: timedelta | None) -> None:
    """With an event, until the end of the pause where it has one; no attempt is spent."""
    made = await added(store)
    until = None if delay is None else soon(delay)
    await paused(store, until)
    assert (await swept(store), await swept(store)) == (1, 0)
    after = (await store.get("tenant-a", [made.id]))[made.id].registration
    assert (after.state, after.wait_reason) == (State.WAITING, WaitReason.CONNECTOR_PAUSED)
    assert (after.next_attempt_at, after.attempt_count) == (until, 0)
    events = await store.events("tenant-a", made.id, after=1, limit=9)
    assert [(one.kind.value, one.detail) for one in events] == [
        ("state_changed", {"reason": "connector_paused"})
    ]
    await store.connectors.resume(ACME)
    assert await released(store) == []
    assert (await swept(store), await swept(store)) == (1, 0)
    assert [key for key, _ in await released(store)] == [made.id]


async def test_a_hint_that_nobody_has_claimed_is_called_back(store: Store) -> None:
    """Whoever comes with it later finds that it is stale; what is claimed goes on."""
    await claimed(store)
    made = await added(store)
    ((key, fence),) = await released(store)
    await paused(store)
    assert (key, await swept(store)) == (made.id, 1)
    work = (await store.work([key]))[key]
    start = lifecycle.start_attempt(work.stored.registration, moment(), fence, "1")
    assert await store.write([start], LEASE) == [False]


async def test_a_stale_hint_is_not_repeated_during_a_pause(store: Store) -> None:
    """It would be carried out."""
    await added(store)
    await released(store)
    await paused(store)
    again = await store.release(
        "api", limit=9, in_flight={"acme": 9}, rehint_after=timedelta(seconds=-1)
    )
    assert again == []


async def test_a_pause_that_is_shortened_ends_at_its_new_end(store: Store) -> None:
    """What waits for the old one is let go."""
    made = await added(store)
    await paused(store, soon())
    await swept(store)
    await store.connectors.pause(ACME, "sooner", "key:a", soon(SHORT))
    assert await swept(store) == 0
    await asyncio.sleep(SHORT.total_seconds())
    assert await swept(store) == 1
    assert [key for key, _ in await released(store)] == [made.id]


async def test_what_waits_for_another_reason_is_not_hastened(store: Store) -> None:
    """A pause that ends lets go only of what it has put off itself."""
    await added(store, Wanted(not_before=soon()))
    await paused(store)
    assert await swept(store) == 0
    await store.connectors.resume(ACME)
    assert (await swept(store), await released(store)) == (0, [])


async def due(
    states: ConnectorStates, lease: timedelta = LEASE, spread: timedelta = timedelta(0)
) -> list[tuple[ConnectorKey, int]]:
    """Taken."""
    return await states.due_probes([ACME, SAMSUNG], spread, lease)


async def test_a_due_probe_is_taken_by_one_dispatcher(store: Store) -> None:
    """However many ask at once; and again only once its lease has run out."""
    answers = await asyncio.gather(*(due(store.connectors) for _ in range(8)))
    assert sorted(str(key) for one in answers for key, _ in one) == ["acme/api", "samsung/api"]
    assert await due(store.connectors) == []
    await store.connectors.record(ACME, Probed("ok", MILLISECOND, HOUR))
    await store.connectors.record(SAMSUNG, Probed("ok", MILLISECOND, timedelta(0)))
    ((key, fence),) = await due(store.connectors, timedelta(0))
    await asyncio.sleep(0.02)
    assert await due(store.connectors) == [(SAMSUNG, fence + 1)]
    assert key == SAMSUNG


async def test_a_probe_that_somebody_wants_is_due_now(store: Store) -> None:
    """Before its time, and also where one is under way."""
    before = dict(await due(store.connectors))
    await store.connectors.record(ACME, Probed("ok", MILLISECOND, HOUR))
    await store.connectors.want_probe(ACME)
    await store.connectors.want_probe(SAMSUNG)
    after = dict(await due(store.connectors))
    assert {key: fence > before[key] for key, fence in after.items()} == {ACME: True, SAMSUNG: True}
    assert await due(store.connectors) == []


async def test_first_probes_are_spread(store: Store) -> None:
    """Not all manufacturers at once after an installation."""
    keys = [ConnectorKey(f"maker-{number}", Tier.API) for number in range(64)]
    spread = timedelta(days=30)
    assert len(await store.connectors.due_probes(keys, spread, LEASE)) <= 1
    assert await store.connectors.due_probes([], spread, LEASE) == []


async def test_failed_probes_are_counted_until_one_is_well(store: Store) -> None:
    """And the last one is kept, with the pause as it is."""
    pause = (await paused(store)).pause
    for number in (1, 2, 3):
        failed = Probed("unavailable.connect", 7 * MILLISECOND, HOUR)
        state = await store.connectors.record(ACME, failed)
        assert state is not None
        assert (state.failures, state.pause) == (number, pause)
        assert state.probe is not None
        assert (state.probe.code, state.probe.latency) == ("unavailable.connect", 7 * MILLISECOND)
    state = await store.connectors.record(ACME, Probed("ok", MILLISECOND, HOUR))
    assert state is not None
    assert (state.failures, (await store.connectors.all())[ACME]) == (0, state)


async def test_a_probe_that_was_overtaken_is_not_recorded(store: Store) -> None:
    """A hint that came twice counts once."""
    fences = dict(await due(store.connectors))
    probed = Probed("unavailable.connect", MILLISECOND, HOUR, fences[ACME])
    first = await store.connectors.record(ACME, probed)
    assert first is not None
    assert await store.connectors.record(ACME, probed) is None
    assert (await store.connectors.all())[ACME] == first


def test_a_key_is_read_back_from_its_text() -> None:
    """As a hint carries it."""
    key = ConnectorKey("black/decker", Tier.WEB)
    assert read_key(str(key)) == key
