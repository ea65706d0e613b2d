"""Wishes for many registrations: which are refused, and what an operation is made of."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from registrar.app import bulk, bulk_work, tokens
from registrar.app.backlog import Backlog
from registrar.app.bulk import BulkOperations, Glance
from registrar.app.bulk_wishes import MOST_IDS, MOST_RATE, MOST_VALUES, USUAL_RATE
from registrar.app.bulk_work import BulkWork
from registrar.app.commands import Caller
from registrar.app.dead_letters import DeadLetters
from registrar.domain import lifecycle
from registrar.domain.bulk import (
    BulkFilter,
    BulkKind,
    BulkOperation,
    BulkResult,
    BulkState,
    BulkWish,
    Skip,
    counted,
)
from registrar.domain.errors import InvalidRequest, NotFound, RequestIdReused, StoreUnavailable
from registrar.domain.outcome import Effect, Tier
from registrar.domain.registration import Registration, State
from registrar.ports.bulk import HeldOperation
from registrar.ports.clock import SystemClock
from registrar.ports.store import Lateness
from registrar.store.memory import MemoryStore
from registrar.testing.desk import AUDIT_KEYS, OneCatalogue
from registrar.testing.records import new_registration
from registrar.testing.store_bulk_suite import operation
from registrar.testing.store_dead_letters_suite import failed, read

A, B = Caller("tenant-a", "a"), Caller("tenant-b", "b")
ACME = BulkFilter(manufacturer_ids=("acme",))
RETRY = BulkWish(BulkKind.RETRY, ACME, "They are back.", rate=0)
LATER = datetime(2026, 12, 1, tzinfo=UTC)


def of(**where: Any) -> BulkWish:  # noqa: ANN401 - its fields
    """A retry."""
    return replace(RETRY, where=BulkFilter(**where))


class Busy(MemoryStore):
    """Where work may be late."""

    late = timedelta(0)

    async def lateness(self, manufacturers: Sequence[str]) -> list[Lateness]:
        """Of whatever there is."""
        return [Lateness(maker, 1, self.late) for maker in manufacturers]


class Desk:
    """The use cases on memory."""

    def __init__(self) -> None:
        self.store = Busy()
        self.bulk = BulkOperations(self.store, AUDIT_KEYS, SystemClock())
        self.backlog = Backlog(self.store, OneCatalogue())
        self.rung = 0
        self.work = BulkWork(self.store, SystemClock(), self.backlog, self._ring, every=0.01)

    async def _ring(self) -> None:
        self.rung += 1

    async def begun(self, wish: BulkWish = RETRY) -> BulkOperation:
        """As fast as it may be."""
        fast = replace(wish, rate=MOST_RATE)
        return await self.bulk.create(A, str(uuid.uuid4()), fast)

    async def worked_off(self, wish: BulkWish = RETRY) -> BulkOperation:
        """To its end."""
        made = await self.begun(wish)
        await self.work.sweep()
        return await self.bulk.get(A, made.id)


@pytest.fixture
def desk() -> Desk:
    """Nothing is there."""
    return Desk()


TOO_MANY = tuple(f"v{number}" for number in range(MOST_VALUES + 1))


@pytest.mark.parametrize(
    ("wish", "field", "rule"),
    [
        (replace(RETRY, reason="  "), "reason", "length"),
        (replace(RETRY, reason="a\nb"), "reason", "length"),
        (replace(RETRY, reason="x" * 257), "reason", "length"),
        (replace(RETRY, rate=-1), "items_per_second", "range"),
        (replace(RETRY, rate=MOST_RATE + 1), "items_per_second", "range"),
        (
            replace(RETRY, kind=BulkKind.CANCEL, acknowledge_duplicate_risk=True),
            "acknowledge_duplicate_risk",
            "unsupported",
        ),
        (of(), "filter", "required"),
        (of(failure_codes=TOO_MANY), "filter.failure_codes", "too_many"),
        (of(tiers=(Tier.API,) * 51), "filter.tiers", "too_many"),
        (
            of(registration_ids=tuple(map(str, range(MOST_IDS + 1)))),
            "filter.registration_ids",
            "too_many",
        ),
        (of(manufacturer_ids=("acme", "")), "filter.manufacturer_ids[1]", "text"),
        (of(fingerprints=("\0",)), "filter.fingerprints[0]", "text"),
        (of(registration_ids=("x" * 129,)), "filter.registration_ids[0]", "text"),
        (of(states=(State.FAILED, State.PENDING)), "filter.states[1]", "unfit"),
        (
            replace(of(states=(State.FAILED,)), kind=BulkKind.CANCEL),
            "filter.states[0]",
            "unfit",
        ),
        (
            of(states=(State.FAILED, State.ACTION_REQUIRED), fingerprints=("f",)),
            "filter.fingerprints",
            "unfit",
        ),
        (
            replace(of(failed_after=LATER), kind=BulkKind.CANCEL),
            "filter.fail_time_after",
            "unfit",
        ),
        (of(created_after=LATER, created_before=LATER), "filter.create_time_before", "order"),
        (of(failed_after=LATER, failed_before=LATER), "filter.fail_time_before", "order"),
    ],
)
async def test_a_wish_that_breaks_a_rule_is_refused(
    desk: Desk, wish: BulkWish, field: str, rule: str
) -> None:
    """With the field and the rule, when it is tried as when it is meant."""
    for call in (desk.bulk.glance(A, wish), desk.bulk.create(A, str(uuid.uuid4()), wish)):
        with pytest.raises(InvalidRequest) as caught:
            await call
        assert [(one.field, one.rule) for one in caught.value.violations] == [(field, rule)]
    assert await desk.bulk.page(A, 9, "") == ([], "")


async def test_what_is_left_out_has_its_usual_meaning(desk: Desk) -> None:
    """As it is kept and shown; where nothing matches it is over at once."""
    made = await desk.bulk.create(A, str(uuid.uuid4()), replace(RETRY, reason=" so "))
    assert (made.wish.rate, made.wish.reason) == (USUAL_RATE, "so")
    assert made.wish.where == replace(ACME, states=(State.FAILED,))
    assert (made.state, made.matched, made.ended_at) == (BulkState.DONE, 0, made.requested_at)
    cancel = await desk.bulk.create(A, str(uuid.uuid4()), replace(RETRY, kind=BulkKind.CANCEL))
    assert State.ACTION_REQUIRED in cancel.wish.where.states
    twice = of(states=(State.FAILED, State.FAILED), manufacturer_ids=("acme",))
    assert (await desk.begun(twice)).wish.where.states == (State.FAILED,)


async def test_a_request_is_one_operation(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever matches by the time it is made again; with another wish it is refused."""
    await failed(desk.store)
    once = str(uuid.uuid4())
    made = await desk.bulk.create(A, once, RETRY)
    await failed(desk.store)
    monkeypatch.setattr(bulk, "MOST", 1)
    assert await desk.bulk.create(A, once, RETRY) == made
    assert made.matched == 1
    with pytest.raises(RequestIdReused):
        await desk.bulk.create(A, once, replace(RETRY, reason="Another."))
    assert (await desk.bulk.create(B, once, RETRY)).matched == 0


async def test_a_glance_counts_and_does_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No further than anybody reads."""
    made = [await failed(desk.store) for _ in range(3)]
    everything = tuple(one.id for one in made)
    found = await desk.bulk.glance(A, RETRY)
    assert (found.count, found.is_capped, set(found.sample)) == (3, False, {*everything})
    monkeypatch.setattr(bulk, "MOST_COUNTED", 2)
    monkeypatch.setattr(bulk, "SAMPLE", 1)
    found = await desk.bulk.glance(A, RETRY)
    assert (found.count, found.is_capped, len(found.sample)) == (2, True, 1)
    assert await desk.bulk.glance(B, RETRY) == Glance(0, is_capped=False, sample=())
    assert [await read(desk.store, one) for one in made] == made
    assert await desk.bulk.page(A, 9, "") == ([], "")


async def test_more_than_one_transaction_holds_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is begun: half of what was meant is not what was meant."""
    monkeypatch.setattr(bulk, "MOST", 1)
    await failed(desk.store)
    await desk.bulk.create(A, str(uuid.uuid4()), RETRY)
    await failed(desk.store)
    with pytest.raises(InvalidRequest) as caught:
        await desk.bulk.create(A, str(uuid.uuid4()), RETRY)
    assert [(one.field, one.rule) for one in caught.value.violations] == [("filter", "too_many")]


async def test_what_is_read_in_parts_is_all_found(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until nothing is left."""
    monkeypatch.setattr("registrar.store.memory_bulk.CHUNK", 2)
    await desk.store.insert([new_registration() for _ in range(5)])
    assert (await desk.bulk.glance(A, replace(RETRY, kind=BulkKind.CANCEL))).count == 5


async def test_another_tenant_has_none_of_it(desk: Desk) -> None:
    """Neither seen nor stopped; nor is what cannot be an id."""
    await failed(desk.store)
    made = await desk.begun()
    for caller, key in ((B, made.id), (A, "blk_none"), (A, tokens.bulk_operation_id())):
        with pytest.raises(NotFound):
            await desk.bulk.get(caller, key)
        with pytest.raises(NotFound):
            await desk.bulk.cancel(caller, key)
    assert await desk.bulk.page(B, 9, "") == ([], "")
    assert await desk.bulk.get(A, made.id) == made


async def test_pages_are_walked_by_their_tokens(desk: Desk) -> None:
    """Newest first."""
    made = [await desk.begun() for _ in range(3)]
    first, token = await desk.bulk.page(A, 2, "")
    rest, end = await desk.bulk.page(A, 2, token)
    assert [*first, *rest] == made[::-1]
    assert (len(first), end) == (2, "")


async def test_each_is_done_by_the_rule_of_one_alone(desk: Desk) -> None:
    """And who waits for it is woken."""
    one, other = await failed(desk.store), await failed(desk.store)
    ended = await desk.worked_off(of(registration_ids=(one.id,)))
    assert (ended.state, ended.done, ended.remaining) == (BulkState.DONE, 1, 0)
    after = await read(desk.store, one)
    assert (after.state, after.failure) == (State.PENDING, None)
    (event,) = await desk.store.events("tenant-a", one.id, after=one.revision, limit=9)
    assert event.actor == "caller:a"
    assert (await read(desk.store, other)).state is State.FAILED
    given = await desk.worked_off(replace(RETRY, kind=BulkKind.ABANDON))
    assert given.done == 1
    assert (await read(desk.store, other)).abandoned_at is not None
    assert desk.rung == 2
    waits = replace(RETRY, kind=BulkKind.CANCEL)
    assert (await desk.worked_off(waits)).done == 1
    assert (await read(desk.store, one)).state is State.CANCELLED


async def doubtful(desk: Desk) -> Registration:
    """It has failed, and the manufacturer may have it."""
    made = await failed(desk.store)
    item = desk.store._items[made.id]  # noqa: SLF001 - a state that takes many steps to reach
    unknown = replace(made, effect=Effect.UNKNOWN)
    moved = replace(item.transition, registration=unknown)
    desk.store._items[made.id] = replace(item, transition=moved)  # noqa: SLF001 - see above
    return unknown


async def test_what_may_be_registered_twice_is_skipped_and_counted(desk: Desk) -> None:
    """Unless somebody takes the risk."""
    made = await doubtful(desk)
    ended = await desk.worked_off()
    assert (ended.done, ended.skipped) == (0, {Skip.OUTCOME_UNVERIFIED: 1})
    assert await read(desk.store, made) == made
    ended = await desk.worked_off(replace(RETRY, acknowledge_duplicate_risk=True))
    assert (ended.done, ended.skipped) == (1, {})


async def test_what_has_moved_on_is_skipped_and_counted(desk: Desk) -> None:
    """Between the wish and its turn; as is what is not there any more."""
    one, gone = await failed(desk.store), await failed(desk.store)
    made = await desk.begun()
    first = await desk.begun(of(registration_ids=(one.id,)))
    await desk.work.sweep()
    assert (await desk.bulk.get(A, made.id)).done == 2
    assert (await desk.bulk.get(A, first.id)).skipped == {Skip.STATE_CONFLICT: 1}
    await desk.store.bulk.begin(operation(1, id="blk_" + "0" * 24), ["reg_none"])
    await desk.work.sweep()
    missed = await desk.bulk.get(A, "blk_" + "0" * 24)
    assert missed.skipped == {Skip.STATE_CONFLICT: 1}
    assert gone.id != one.id


async def test_a_defect_stops_nothing_else(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is counted, and told in the log."""
    broken, sound = await failed(desk.store), await failed(desk.store)
    retry = lifecycle.retry

    def breaks(one: Registration, *rest: Any, **more: Any) -> Any:  # noqa: ANN401 - as it is called
        if one.id == broken.id:
            raise ValueError
        return retry(one, *rest, **more)

    monkeypatch.setattr(bulk_work.lifecycle, "retry", breaks)
    with capture_logs() as logs:
        ended = await desk.worked_off()
    assert (ended.done, ended.failed, ended.state) == (1, 1, BulkState.DONE)
    assert (await read(desk.store, sound)).state is State.PENDING
    (told,) = [one for one in logs if one["event"] == "bulk_item_failed"]
    assert (told["registration_id"], told["of"]) == (broken.id, "ValueError")


async def test_an_operation_that_is_broken_stops_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told in the log, and due again when its lease has run out; an outage stops all."""
    await failed(desk.store)
    broken = await desk.begun()
    sound = await desk.begun(replace(RETRY, kind=BulkKind.ABANDON))
    advance = desk.store.bulk.advance
    problem: Exception = ValueError("with what it met")

    async def breaks(held: Any, *rest: Any) -> Any:  # noqa: ANN401 - as it is called
        if held.operation.id == broken.id:
            raise problem
        return await advance(held, *rest)

    monkeypatch.setattr(desk.store.bulk, "advance", breaks)
    monkeypatch.setattr(bulk_work, "LEASE", timedelta(0))
    with capture_logs() as logs:
        await desk.work.sweep()
    assert (await desk.bulk.get(A, broken.id)).remaining == 1
    assert (await desk.bulk.get(A, sound.id)).remaining == 0
    (told,) = [one for one in logs if one["event"] == "bulk_step_failed"]
    assert (told["bulk_operation_id"], told["of"]) == (broken.id, "ValueError")
    problem = StoreUnavailable()
    with pytest.raises(StoreUnavailable):
        await desk.work.sweep()


async def test_a_retry_waits_while_the_work_of_its_manufacturer_is_late(desk: Desk) -> None:
    """As a single one is refused then; what adds nothing is done."""
    made = await failed(desk.store)
    await failed(desk.store)
    desk.store.late = timedelta(days=1)
    await desk.backlog.once()
    retries = await desk.begun(of(registration_ids=(made.id,)))
    given = await desk.begun(replace(RETRY, kind=BulkKind.ABANDON))
    await desk.work.sweep()
    waits = await desk.bulk.get(A, retries.id)
    assert (waits.remaining, waits.state) == (1, BulkState.RUNNING)
    assert (await desk.bulk.get(A, given.id)).done == 2
    assert await desk.store.bulk.claim(9, timedelta(1)) == []


async def test_without_a_backlog_nothing_waits(desk: Desk) -> None:
    """Nobody looks how late the work is."""
    await failed(desk.store)
    made = await desk.begun()
    await BulkWork(desk.store, SystemClock()).sweep()
    assert (await desk.bulk.get(A, made.id)).done == 1


async def test_it_stops_where_it_was_cancelled(desk: Desk) -> None:
    """What was done stays done; the rest is told to remain. Again, it is told the same."""
    made = [await failed(desk.store) for _ in range(3)]
    begun = await desk.bulk.create(A, str(uuid.uuid4()), replace(RETRY, rate=4))
    await desk.work.sweep()
    ended = await desk.bulk.cancel(A, begun.id)
    assert (ended.state, ended.done, ended.remaining) == (BulkState.CANCELLED, 1, 2)
    assert await desk.bulk.cancel(A, begun.id) == ended
    await desk.work.sweep()
    states = [(await read(desk.store, one)).state for one in made]
    assert states.count(State.FAILED) == 2


async def test_who_was_overtaken_is_silent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was cancelled while its registrations were looked at."""
    await failed(desk.store)
    made = await desk.begun()
    items = desk.store.bulk.items

    async def cancelled(operation_id: str, limit: int) -> list[str]:
        found = await items(operation_id, limit)
        await desk.bulk.cancel(A, operation_id)
        return found

    monkeypatch.setattr(desk.store.bulk, "items", cancelled)
    await desk.work.sweep()
    assert (await desk.bulk.get(A, made.id)).done == 0
    assert desk.rung == 0


async def test_an_operation_that_ends_by_itself_is_not_cancelled(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the moment between the look and the end: it is told how it is."""
    await failed(desk.store)
    made = await desk.begun()
    cancel = desk.store.bulk.cancel

    async def late(*given: Any) -> BulkOperation | None:  # noqa: ANN401 - as it is called
        await desk.work.sweep()
        return await cancel(*given)

    monkeypatch.setattr(desk.store.bulk, "cancel", late)
    assert (await desk.bulk.cancel(A, made.id)).state is BulkState.DONE


def test_counts_add_up() -> None:
    """Whatever became of each."""
    before = operation(6, done=1, skipped={Skip.DUPLICATE: 1})
    after = counted(
        before, [BulkResult.DONE, Skip.DUPLICATE, Skip.STATE_CONFLICT], before.requested_at
    )
    assert (after.done, after.failed, after.remaining) == (2, 0, 1)
    assert after.skipped == {Skip.STATE_CONFLICT: 1, Skip.DUPLICATE: 2}
    assert (after.state, after.ended_at) == (BulkState.RUNNING, None)
    ended = counted(after, [BulkResult.FAILED], LATER)
    assert (ended.failed, ended.state, ended.ended_at) == (1, BulkState.DONE, LATER)


async def test_the_next_step_comes_when_its_rate_allows(desk: Desk) -> None:
    """At the latest when it is looked for new ones again."""
    for _ in range(6):
        await failed(desk.store)
    desk.work = BulkWork(desk.store, SystemClock(), every=5)
    assert await desk.work.sweep() == 5
    await desk.bulk.create(A, str(uuid.uuid4()), replace(RETRY, rate=10))
    assert 0.1 < await desk.work.sweep() <= 0.2
    held: list[HeldOperation] = await desk.store.bulk.claim(9, timedelta(1))
    assert held == []


async def test_groups_are_walked_by_their_tokens(desk: Desk) -> None:
    """Of the tenant, and of the manufacturer that was asked for."""
    for maker in ("acme", "samsung", "sony"):
        await failed(desk.store, manufacturer_id=maker)
    letters = DeadLetters(desk.store, AUDIT_KEYS)
    first, token = await letters.page(A, "", 2, "")
    rest, end = await letters.page(A, "", 2, token)
    assert [one.cause.manufacturer_id for one in [*first, *rest]] == ["acme", "samsung", "sony"]
    assert end == ""
    for caller, maker in ((B, ""), (A, "acme")):
        with pytest.raises(InvalidRequest):
            await letters.page(caller, maker, 2, token)
    assert await letters.page(B, "", 2, "") == ([], "")
    for wrong in ("a\0", "x" * 65):
        with pytest.raises(InvalidRequest):
            await letters.page(A, wrong, 2, "")
    assert len((await letters.page(A, "sony", 2, ""))[0]) == 1
