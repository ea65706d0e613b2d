"""What every store must do for one wish about many registrations. Used like `store_suite`."""
# ruff: noqa: S101, PLR2004 - a shipped suite is tests: it asserts, and expects literals

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Sequence
from datetime import timedelta

from msgspec.structs import replace

from registrar.domain import lifecycle
from registrar.domain.audit import Act, Action
from registrar.domain.bulk import (
    BulkFilter,
    BulkKind,
    BulkOperation,
    BulkState,
    BulkWish,
    Skip,
)
from registrar.domain.dead_letter import fingerprint_of
from registrar.domain.lifecycle import Moment
from registrar.domain.outcome import Tier
from registrar.domain.registration import Registration, State
from registrar.ports.audit import AuditFilter
from registrar.ports.bulk import HeldOperation, Looked
from registrar.ports.store import PageCursor, Store
from registrar.testing.records import Wanted, new_registration
from registrar.testing.store_dead_letters_suite import AWAY, SHUT, failed, instant, read

LEASE = timedelta(seconds=30)
NONE = timedelta(0)
FAILED = BulkFilter(states=(State.FAILED,))
WISH = BulkWish(BulkKind.RETRY, FAILED, "They are back.", rate=10)


def operation(matched: int = 0, **changes: object) -> BulkOperation:
    """By tenant-a."""
    made = BulkOperation(
        f"blk_{uuid.uuid4().hex}",
        "tenant-a",
        str(uuid.uuid4()),
        instant(),
        "caller:a",
        WISH,
        matched,
    )
    return replace(made, **changes)


def act_of(made: BulkOperation, action: Action = Action.CREATE_BULK) -> Act:
    """By a key."""
    return Act("tenant-a", "key:a", action, made.id, lambda text: text[:32].ljust(32))


async def begun(store: Store, of: Sequence[Registration]) -> BulkOperation:
    """That has taken these."""
    made = operation(len(of))
    return await store.bulk.begin(made, [one.id for one in of])


async def held(store: Store) -> HeldOperation:
    """The only one that is due."""
    (found,) = await store.bulk.claim(9, LEASE)
    return found


def retried(one: Registration) -> Looked:
    """As it was read."""
    moment = Moment(instant(), actor="caller:a")
    return Looked(one.id, lifecycle.retry(one, moment, acknowledge_duplicate_risk=False))


async def matching(store: Store, where: BulkFilter, tenant_id: str = "tenant-a") -> set[str]:
    """All that match."""
    found = await store.bulk.matching(tenant_id, where, None, 99)
    assert found.after is None
    return set(found.ids)


async def waiting(store: Store, **wanted: object) -> Registration:
    """One that nobody has begun."""
    (done,) = await store.insert([new_registration(Wanted(**wanted))])  # type: ignore[arg-type]  # its own fields
    return done.registration


async def test_what_matches_is_found(store: Store) -> None:
    """By each of the conditions, and of the tenant alone."""
    start = instant()
    first = await failed(store, at=start)
    second = await failed(store, SHUT, at=start + timedelta(seconds=5), manufacturer_id="samsung")
    waits = await waiting(store, tiers=(Tier.WEB,))
    alien = await failed(store, tenant_id="tenant-b")
    both = {first.id, second.id}
    assert await matching(store, FAILED) == both
    assert await matching(store, BulkFilter()) == {*both, waits.id}
    assert await matching(store, FAILED, "tenant-b") == {alien.id}
    found = {
        name: await matching(store, replace(FAILED, **{name: value}))
        for name, value in {
            "manufacturer_ids": ("samsung", "sony"),
            "fingerprints": (fingerprint_of(first),),
            "failure_codes": ("unavailable.connect",),
            "tiers": (Tier.WEB,),
            "failed_after": start,
            "failed_before": start + timedelta(seconds=5),
            "created_after": first.created_at,
            "created_before": second.created_at,
            "registration_ids": (second.id, alien.id, "reg_none"),
        }.items()
    }
    assert found == {
        "manufacturer_ids": {second.id},
        "fingerprints": {first.id},
        "failure_codes": both,
        "tiers": set(),
        "failed_after": {second.id},
        "failed_before": {first.id},
        "created_after": {second.id},
        "created_before": {first.id},
        "registration_ids": {second.id},
    }
    of_web = BulkFilter(tiers=(Tier.WEB,), states=(State.PENDING, State.WAITING))
    assert await matching(store, of_web) == {waits.id}
    named = BulkFilter(registration_ids=(waits.id, first.id, alien.id))
    assert await matching(store, named) == {waits.id, first.id}
    assert await matching(store, BulkFilter(failed_after=start - LEASE)) == both


async def test_a_failure_that_was_answered_does_not_match(store: Store) -> None:
    """In none of the ways to look."""
    made, other = await failed(store), await failed(store)
    given = lifecycle.abandon(made, "sold", Moment(instant()))
    assert await store.write([given], LEASE) == [True]
    named = BulkFilter(registration_ids=(made.id, other.id))
    for where in (FAILED, BulkFilter(), named):
        assert await matching(store, where) == {other.id}


async def test_a_large_tenant_is_read_in_parts(store: Store) -> None:
    """Each registration once; of failures alone all at once."""
    start = instant()
    items = [
        new_registration(Wanted(created_at=start + timedelta(microseconds=n))) for n in range(5_003)
    ]
    for place in range(0, len(items), 500):
        await store.insert(items[place : place + 500])
    first = await store.bulk.matching("tenant-a", BulkFilter(), None, 6_000)
    assert (len(first.ids), first.after is None) == (5_000, False)
    rest = await store.bulk.matching("tenant-a", BulkFilter(), first.after, 6_000)
    assert (len(rest.ids), rest.after) == (3, None)
    assert len({*first.ids, *rest.ids}) == len(items)
    some = await store.bulk.matching("tenant-a", BulkFilter(), None, 7)
    assert len(some.ids) == 7
    late = BulkFilter(created_after=items[4_999].transition.registration.created_at)
    assert len((await store.bulk.matching("tenant-a", late, None, 9)).ids) == 3


async def test_a_request_begins_one_operation(store: Store) -> None:
    """Of many at once, too: with its items, and one entry in the audit log."""
    made = operation(1)
    others = [made, *(replace(made, id=f"blk_{number}") for number in range(3))]
    begun = await asyncio.gather(*(store.bulk.begin(one, ["reg_1"], act_of(one)) for one in others))
    assert len({one.id for one in begun}) == 1
    assert await store.bulk.of_request("tenant-a", made.request_id) == begun[0]
    assert await store.bulk.items(begun[0].id, 9) == ["reg_1"]
    entries = await store.audit.listed(AuditFilter(action=Action.CREATE_BULK), 9)
    assert [one.subject for one in entries] == [begun[0].id]
    shown = json.loads(entries[0].after)
    assert (shown["kind"], shown["matched"]) == ("retry", 1)
    assert shown["filter"] == {"states": ["failed"]}
    elsewhere = replace(made, id="blk_b", tenant_id="tenant-b")
    assert await store.bulk.begin(elsewhere, []) == elsewhere
    assert await store.bulk.of_request("tenant-b", "another") is None


async def test_operations_are_their_tenants_own(store: Store) -> None:
    """And come newest first, in pages."""
    made = [operation(requested_at=instant() + timedelta(seconds=n)) for n in (1, 3, 2)]
    for one in made:
        await store.bulk.begin(one, [])
    newest = [made[1], made[2], made[0]]
    assert await store.bulk.listed("tenant-a", 9) == newest
    after = PageCursor(made[1].requested_at, made[1].id)
    assert await store.bulk.listed("tenant-a", 1, after) == newest[1:2]
    assert await store.bulk.listed("tenant-b", 9) == []
    assert await store.bulk.get("tenant-a", made[0].id) == made[0]
    assert await store.bulk.get("tenant-b", made[0].id) is None
    assert await store.bulk.cancel("tenant-b", made[0].id, instant()) is None


async def test_one_holds_an_operation_at_a_time(store: Store) -> None:
    """Until the lease has run out; what has ended nobody holds."""
    await store.bulk.begin(operation(state=BulkState.DONE), [])
    made = await begun(store, [await failed(store)])
    claims = await asyncio.gather(*(store.bulk.claim(9, LEASE) for _ in range(4)))
    ((taken,),) = [one for one in claims if one]
    assert taken.operation == made
    assert await store.bulk.claim(9, LEASE) == []
    await store.bulk.advance(taken, [], NONE, instant())
    short = timedelta(seconds=0.02)
    (again,) = await store.bulk.claim(9, short)
    assert again.fence > taken.fence
    await asyncio.sleep(0.1)
    (last,) = await store.bulk.claim(9, LEASE)
    assert last.fence > again.fence


async def test_items_go_with_what_was_done_to_them(store: Store) -> None:
    """Counted in the same transaction; the last one ends it."""
    first, second, third = [await failed(store) for _ in range(3)]
    made = await begun(store, [first, second, third])
    looked = [
        retried(first),
        Looked(second.id, skip=Skip.OUTCOME_UNVERIFIED),
    ]
    after = await store.bulk.advance(await held(store), looked, NONE, instant())
    assert after is not None
    assert (after.done, after.skipped, after.failed) == (1, {Skip.OUTCOME_UNVERIFIED: 1}, 0)
    assert (after.state, after.remaining) == (BulkState.RUNNING, 1)
    assert await store.bulk.items(made.id, 9) == [third.id]
    assert (await read(store, first)).state is State.PENDING
    assert (await read(store, second)).state is State.FAILED
    over = instant()
    ended = await store.bulk.advance(await held(store), [Looked(third.id)], NONE, over)
    assert ended == replace(after, failed=1, state=BulkState.DONE, ended_at=over)
    assert await store.bulk.get("tenant-a", made.id) == ended
    assert await store.bulk.claim(9, LEASE) == []


async def test_items_come_oldest_first_and_so_many(store: Store) -> None:
    """By their ids."""
    made = operation(3)
    await store.bulk.begin(made, ["reg_2", "reg_3", "reg_1"])
    assert await store.bulk.items(made.id, 2) == ["reg_1", "reg_2"]


async def test_what_somebody_else_has_moved_is_looked_at_again(store: Store) -> None:
    """It stays an item, and is not counted."""
    one, other = await failed(store), await failed(store)
    made = await begun(store, [one, other])
    stale = retried(one)
    given = lifecycle.abandon(one, "sold", Moment(instant()))
    assert await store.write([given], LEASE) == [True]
    after = await store.bulk.advance(await held(store), [stale, retried(other)], NONE, instant())
    assert after is not None
    assert (after.done, after.remaining) == (1, 1)
    assert await store.bulk.items(made.id, 9) == [one.id]
    assert (await read(store, one)).abandoned_at is not None


async def test_what_another_registration_keeps_out_is_a_duplicate(store: Store) -> None:
    """The rest of its batch is written all the same; of two of one product, one is."""
    first, second = await failed(store, serial=b"s"), await failed(store, serial=b"s")
    other = await failed(store)
    await begun(store, [first, second, other])
    looked = [retried(await read(store, one)) for one in (first, second, other)]
    after = await store.bulk.advance(await held(store), looked, NONE, instant())
    assert after is not None
    assert (after.done, after.skipped) == (2, {Skip.DUPLICATE: 1})
    assert after.state is BulkState.DONE
    assert (await read(store, other)).state is State.PENDING


async def test_who_is_overtaken_writes_nothing(store: Store) -> None:
    """Neither after another has taken it up, nor after it was cancelled."""
    one = await failed(store)
    made = await begun(store, [one])
    (slow,) = await store.bulk.claim(9, timedelta(seconds=0.02))
    await asyncio.sleep(0.1)
    fast = await held(store)
    assert await store.bulk.advance(slow, [retried(one)], NONE, instant()) is None
    assert (await read(store, one)).state is State.FAILED
    over = instant()
    gone = await store.bulk.cancel("tenant-a", made.id, over, act_of(made, Action.CANCEL_BULK))
    assert gone == replace(made, state=BulkState.CANCELLED, ended_at=over)
    assert await store.bulk.advance(fast, [retried(one)], NONE, instant()) is None
    assert (await read(store, one)).state is State.FAILED
    assert await store.bulk.items(made.id, 9) == []
    assert await store.bulk.claim(9, LEASE) == []
    assert await store.bulk.cancel("tenant-a", made.id, over, act_of(made)) is None
    entries = await store.audit.listed(AuditFilter(subject=made.id), 9)
    assert [one.action for one in entries] == [Action.CANCEL_BULK]
    assert json.loads(entries[0].after)["remaining"] == 1


async def test_it_is_due_again_after_its_pause(store: Store) -> None:
    """By the database's clock, whoever takes it up then; those that wait the longest first."""
    late, soon = [await begun(store, [await failed(store, AWAY)]) for _ in range(2)]
    both = {one.operation.id: one for one in await store.bulk.claim(9, LEASE)}
    await store.bulk.advance(both[late.id], [], timedelta(seconds=0.3), instant())
    await store.bulk.advance(both[soon.id], [], NONE, instant())
    (first,) = await store.bulk.claim(9, LEASE)
    assert first.operation.id == soon.id
    await asyncio.sleep(0.4)
    (second,) = await store.bulk.claim(9, LEASE)
    assert second.operation.id == late.id
