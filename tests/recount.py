"""What the counts must be, counted anew from rows and histories, by nothing they are made by."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

from registrar.domain.registration import AttemptState, Event, EventKind, Registration, State
from registrar.domain.statistics import Measure
from registrar.ports.statistics import Dimension, Grain, Slice, Span
from registrar.ports.store import Position, Store

EVER = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
Total = tuple[str, ...]
TERMINAL = {State.SUCCEEDED, State.REJECTED, State.FAILED, State.CANCELLED}


async def histories(store: Store) -> dict[str, list[Event]]:
    """Of every registration there is, from the log."""
    found: dict[str, list[Event]] = {}
    place = Position()
    while page := await store.log(place, 1_000):
        place = page[-1].position
        for one in page:
            found.setdefault(one.event.registration_id, []).append(one.event)
    return {key: sorted(them, key=lambda one: one.sequence) for key, them in found.items()}


async def expected(store: Store) -> tuple[Counter[Total], Counter[Total]]:
    """What happened, by measure, manufacturer, tier, status, and country; and what stands where."""
    totals: Counter[Total] = Counter()
    levels: Counter[Total] = Counter()
    for key, history in (await histories(store)).items():
        tenant = history[0].tenant_id
        now = (await store.get(tenant, [key]))[key].registration
        assert now.revision == len(history)
        levels[tenant, now.manufacturer_id, now.state] += 1
        tries = await store.attempts(tenant, key)
        happened = [(Measure.ACCEPTED, "", "")]
        happened += [(Measure.STARTED, tries[0].tier, "")] if tries else []
        happened += [
            (Measure.ATTEMPT, one.tier, "" if one.state is AttemptState.LOST else one.effect)
            for one in tries
            if one.state is not AttemptState.RUNNING
        ]
        happened += _walked(history, now)
        for measure, tier, status in happened:
            totals[measure, tenant, now.manufacturer_id, tier, status, now.country] += 1
    return totals, levels


def _walked(history: Sequence[Event], now: Registration) -> list[tuple[str, str, str]]:
    """What only the order of events tells. The route is followed backwards, from where it ended."""
    made: list[tuple[str, str, str]] = []
    tier = str(now.tier)
    for before, event in reversed(list(pairwise([None, *history]))):
        assert event is not None
        was = before.state if before else None
        if event.kind is EventKind.TIER_CHANGED:
            assert tier == event.detail["taken"]
            made.append((Measure.ENTERED, tier, ""))
            tier = event.detail["left"]
            made.append((Measure.LEFT, tier, ""))
            # The event before it is of the same transition, which led to the tier that was taken.
            tier = event.detail["taken"]
        if event.state in TERMINAL and was is not event.state:
            made.append((Measure.FINISHED, tier, event.state))
        if event.state is State.ACTION_REQUIRED and was is not event.state:
            made.append((Measure.HANDED_OVER, tier, ""))
        if was in TERMINAL and event.state not in TERMINAL:
            made.append((Measure.REOPENED, tier, str(was)))
        if event.kind is EventKind.DEADLINE_PASSED:
            made.append((Measure.OVERDUE, tier, ""))
        after = history[event.sequence] if event.sequence < len(history) else None
        if after is not None and after.kind is EventKind.TIER_CHANGED:
            tier = after.detail["left"]
    made.append((Measure.ENTERED, tier, ""))
    return made


async def counted(store: Store, grain: Grain) -> Counter[Total]:
    """The same from the counts of one grain; of minutes without the countries."""
    by = (Dimension.MANUFACTURER, Dimension.TIER, Dimension.STATUS, Dimension.COUNTRY)
    found: Counter[Total] = Counter()
    for tenant in ("tenant-a", "tenant-b"):
        where = Slice(tuple(Measure), tenant)
        for measure, (manufacturer, *rest), n in await store.statistics.counts(
            where, [Span(grain, *EVER)], by
        ):
            found[measure, tenant, str(manufacturer), *map(str, rest)] += n
    return found


async def check(store: Store) -> int:
    """That the counts say what there is; how many facts they are of."""
    totals, levels = await expected(store)
    anywhere: Counter[Total] = Counter()
    for (*rest, _), n in totals.items():
        anywhere[*rest, ""] += n
    for grain in Grain:
        wanted = anywhere if grain is Grain.MINUTE else totals
        assert dict(await counted(store, grain)) == dict(wanted)
        timed = await store.statistics.timings(Slice(tuple(Measure), None), [Span(grain, *EVER)])
        for measure in (Measure.FINISHED, Measure.HANDED_OVER, Measure.STARTED, Measure.ATTEMPT):
            of = sum(n for key, n in totals.items() if key[0] == measure)
            assert sum(timed.get(measure, {}).values()) == of
    stands = {tuple(level): n for level, n in await store.statistics.levels(None)}
    assert stands == dict(levels)
    return totals.total()
