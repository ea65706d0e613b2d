"""What every store must do with statistics. Used like `store_suite`."""
# ruff: noqa: S101, PLR2004 - a shipped suite is tests: it asserts, and expects literals

from __future__ import annotations

import asyncio
from dataclasses import replace as changed
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from registrar.domain import lifecycle
from registrar.domain.lifecycle import Moment
from registrar.domain.registration import State
from registrar.domain.statistics import Measure
from registrar.ports.statistics import (
    Batch,
    Cell,
    Count,
    Counted,
    Dimension,
    Grain,
    Level,
    Origin,
    Slice,
    Span,
    Timing,
)
from registrar.ports.store import Position, Store
from registrar.testing.records import Wanted, new_registration

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
MINUTE, DAY = Grain.MINUTE.length, Grain.DAY.length
HERE = Counted(Position(0, 5), NOON)
A_DAY = Span(Grain.DAY, NOON.replace(hour=0), NOON.replace(hour=0) + DAY)
MINUTES = Span(Grain.MINUTE, NOON, NOON + 5 * MINUTE)
MINE = Slice((Measure.FINISHED,), "tenant-a")


def cell(**changes: object) -> Cell:
    """Of tenant-a: something of acme that succeeded at noon."""
    made = Cell(
        *(Grain.MINUTE, NOON, "tenant-a", "acme", Measure.FINISHED),
        *("api", "succeeded", "registered", ""),
    )
    return made._replace(**changes)  # type: ignore[arg-type]  # of its fields


def timing(bucket: int, **changes: object) -> Timing:
    """Of what is in `cell`."""
    made = Timing(Grain.MINUTE, NOON, "tenant-a", "acme", Measure.FINISHED, "api", bucket)
    return made._replace(**changes)  # type: ignore[arg-type]  # of its fields


async def added(store: Store, batch: Batch) -> None:
    """From the next place of the log."""
    so_far = await store.statistics.counted()
    place = so_far.position if so_far else None
    then = Counted(Position(0, (place or Position()).offset + 1), NOON)
    assert await store.statistics.add(place, then, batch)


async def test_what_is_counted_is_added_by_one_reader_from_one_place(store: Store) -> None:
    """Whoever lost adds nothing."""
    statistics = store.statistics
    assert await statistics.counted() is None
    one = Batch({cell(): 2}, {timing(7): 2}, {Level("tenant-a", "acme", State.SUCCEEDED): 2})
    firsts = await asyncio.gather(*(statistics.add(None, HERE, one) for _ in range(4)))
    assert sorted(firsts) == [False, False, False, True]
    assert await statistics.counted() == HERE
    later = Counted(Position(1, 9), NOON + MINUTE)
    assert not await statistics.add(Position(0, 4), later, one)
    assert await statistics.add(HERE.position, later, one)
    assert await statistics.counted() == later
    assert await statistics.counts(MINE, [MINUTES]) == [Count(Measure.FINISHED, (), 4)]
    assert await statistics.timings(MINE, [MINUTES]) == {Measure.FINISHED: {7: 4}}
    assert await statistics.levels("tenant-a") == [(Level("tenant-a", "acme", State.SUCCEEDED), 4)]


async def test_counts_are_told_apart_by_what_is_asked_for(store: Store) -> None:
    """And by nothing else; each grain is apart from the others."""
    cells = {
        cell(): 1,
        cell(code="already_registered"): 2,
        cell(at=NOON + MINUTE, manufacturer_id="lg"): 4,
        cell(at=NOON + 5 * MINUTE): 8,
        cell(tenant_id="tenant-b"): 16,
        cell(measure=Measure.ACCEPTED, tier="", status="", code=""): 32,
        cell(grain=Grain.DAY, at=A_DAY.start, country="DE"): 64,
        cell(grain=Grain.DAY, at=A_DAY.start, country="PL", status="failed"): 128,
    }
    await added(store, Batch(cells))

    async def keys(where: Slice, *by: Dimension, span: Span = MINUTES) -> set[Count]:
        found = await store.statistics.counts(where, [span], by)
        assert len(found) == len(set(found))
        return set(found)

    done, came = Measure.FINISHED, Measure.ACCEPTED
    assert await keys(MINE) == {Count(done, (), 7)}
    assert await keys(MINE, Dimension.MANUFACTURER) == {
        Count(done, ("acme",), 3),
        Count(done, ("lg",), 4),
    }
    assert await keys(MINE, Dimension.AT, Dimension.CODE) == {
        Count(done, (NOON, "registered"), 1),
        Count(done, (NOON, "already_registered"), 2),
        Count(done, (NOON + MINUTE, "registered"), 4),
    }
    both = changed(MINE, measures=(done, came))
    assert await keys(both, Dimension.TIER) == {Count(done, ("api",), 7), Count(came, ("",), 32)}
    assert await keys(MINE, Dimension.COUNTRY, span=A_DAY) == {
        Count(done, ("DE",), 64),
        Count(done, ("PL",), 128),
    }
    assert await keys(changed(MINE, tenant_id=None)) == {Count(done, (), 23)}
    for narrowed, n in (
        (changed(MINE, manufacturer_ids=("lg", "zz")), 4),
        (changed(MINE, tiers=("api",)), 7),
        (changed(MINE, statuses=("succeeded",)), 7),
    ):
        assert await keys(narrowed) == {Count(done, (), n)}
    for narrowed, n in (
        (changed(MINE, countries=("DE",)), 64),
        (changed(MINE, statuses=("failed",)), 128),
    ):
        assert await keys(narrowed, span=A_DAY) == {Count(done, (), n)}
    assert await keys(changed(MINE, tiers=("web_automation",))) == set()


async def test_spans_are_summed_and_end_before_their_end(store: Store) -> None:
    """Of no span there is nothing."""
    await added(
        store,
        Batch(
            {
                cell(grain=Grain.DAY, at=A_DAY.start): 1,
                cell(grain=Grain.DAY, at=A_DAY.end): 2,
                cell(): 4,
                cell(at=MINUTES.end): 8,
            },
            {timing(3): 1, timing(3, grain=Grain.DAY, at=A_DAY.start): 2, timing(4): 4},
        ),
    )
    found = await store.statistics.counts(MINE, [A_DAY, MINUTES])
    assert found == [Count(Measure.FINISHED, (), 5)]
    assert await store.statistics.timings(MINE, [A_DAY, MINUTES]) == {
        Measure.FINISHED: {3: 3, 4: 4}
    }
    narrow = changed(MINE, tiers=("web_automation",), countries=("DE",))
    assert not await store.statistics.timings(narrow, [A_DAY, MINUTES])
    assert await store.statistics.counts(MINE, []) == []
    assert not await store.statistics.timings(MINE, [])


async def test_levels_rise_and_fall(store: Store) -> None:
    """What has come to nothing is not shown; nobody sees another tenant's."""
    waits, done = (
        Level("tenant-a", "acme", State.PENDING),
        Level("tenant-a", "acme", State.SUCCEEDED),
    )
    other = Level("tenant-b", "acme", State.PENDING)
    await added(store, Batch(levels={waits: 3, other: 1}))
    assert await store.statistics.levels("tenant-a") == [(waits, 3)]
    await added(store, Batch(levels={waits: -3, done: 3}))
    assert await store.statistics.levels("tenant-a") == [(done, 3)]
    assert set(await store.statistics.levels(None)) == {(done, 3), (other, 1)}


async def test_the_origin_of_a_registration_and_the_state_before_an_event(store: Store) -> None:
    """Of any tenant; what is not there is left out."""
    first = new_registration(Wanted(country="PL", created_at=NOON))
    other = new_registration(Wanted(tenant_id="tenant-b", manufacturer_id="lg", created_at=NOON))
    await store.insert([first, other])
    made = first.transition.registration
    ids = [made.id, other.transition.registration.id, "reg_none"]
    assert await store.statistics.origins(ids) == {
        ids[0]: Origin("acme", "PL", NOON),
        ids[1]: Origin("lg", "", NOON),
    }
    done = lifecycle.cancel(made, "asked", Moment(NOON))
    assert await store.write([done], timedelta(0)) == [True]
    (event,) = done.events
    before = await store.statistics.before([event, first.transition.events[0]])
    assert before == {(made.id, 2): State.PENDING}
    assert await store.statistics.before([replace(event, sequence=9)]) == {}


async def test_what_is_too_old_is_forgotten_in_batches(store: Store) -> None:
    """Of one grain; what is as old as that stays."""
    old = [NOON - n * MINUTE for n in range(1, 6)]
    await added(
        store,
        Batch(
            {cell(at=at): 1 for at in (*old, NOON)} | {cell(grain=Grain.DAY, at=old[0]): 1},
            {timing(1, at=at): 1 for at in (*old, NOON)},
        ),
    )
    gone = [await store.statistics.forget(Grain.MINUTE, NOON, 3) for _ in range(3)]
    # Three at most of each kind, of which a store may have more than two.
    assert gone[0] >= 6
    assert 4 <= gone[1] < gone[0]
    assert gone[2] == 0
    minutes = Span(Grain.MINUTE, NOON - DAY, NOON + DAY)
    days = Span(Grain.DAY, NOON - DAY, NOON + DAY)
    assert await store.statistics.counts(MINE, [minutes]) == [Count(Measure.FINISHED, (), 1)]
    assert await store.statistics.counts(MINE, [days]) == [Count(Measure.FINISHED, (), 1)]
    assert await store.statistics.timings(MINE, [minutes]) == {Measure.FINISHED: {1: 1}}
