"""What every store must do to forget a customer. Used like `store_suite`."""
# ruff: noqa: S101, PLR2004 - a shipped suite is tests: it asserts, and expects literals

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from registrar.domain import lifecycle
from registrar.domain.audit import Act, Action
from registrar.domain.erasure import Erasure, Recipient
from registrar.domain.lifecycle import Moment
from registrar.domain.notification import Channel
from registrar.domain.outcome import Effect, Tier
from registrar.domain.registration import EventKind, State
from registrar.ports import plain
from registrar.ports.audit import AuditFilter
from registrar.ports.erasures import Erasing, Pending, Whose
from registrar.ports.notices import NoticeState, Settled
from registrar.ports.store import Filter, NewRegistration, Store, Stored
from registrar.testing.records import Wanted, new_registration
from registrar.testing.store_artifacts_suite import artifact, shown
from registrar.testing.store_notices_suite import notice, recorded

ANNA, BORIS = Whose(b"anna"), Whose(b"boris")
MAIL = Whose(b"mail", by_email=True)
LEASE = timedelta(seconds=30)


def now() -> datetime:
    """As precise as a store keeps it."""
    return plain.from_micros(plain.to_micros(datetime.now(UTC)))


def asked(**changes: Any) -> Erasure:  # noqa: ANN401 - of its fields
    """By tenant-a."""
    made = Erasure(f"era_{uuid.uuid4().hex}", "tenant-a", str(uuid.uuid4()), now(), "caller:a")
    return replace(made, **changes)


def item(whose: Whose = ANNA, **wanted: Any) -> NewRegistration:  # noqa: ANN401 - of its fields
    """Of this customer, with a mailbox."""
    made = new_registration(Wanted(user=None if whose.by_email else whose.index, **wanted))
    return replace(made, sealed=uuid.uuid4().bytes, email_index=MAIL.index)


async def accepted(store: Store, *items: NewRegistration) -> list[Stored]:
    """By id."""
    await store.insert(items)
    found = {one.transition.registration.id: one for one in items}
    return [Stored(found[key].transition.registration, found[key].sealed) for key in sorted(found)]


async def customers(store: Store, whose: Whose = ANNA, tenant_id: str = "tenant-a") -> list[Stored]:
    """All that is found of one."""
    return await store.erasures.of_customer(tenant_id, whose, before=now(), after="", limit=100)


def erasing(stored: Stored, **more: Any) -> Erasing:  # noqa: ANN401 - of its fields
    """As it was read."""
    moved = lifecycle.erase(stored.registration, Moment(now(), actor="caller:a"))
    return Erasing(moved, stored.sealed, **more)


async def test_a_customer_is_found_by_either_name_and_of_the_tenant_alone(store: Store) -> None:
    """In pages, by id; what came later is not theirs to lose."""
    first, second, third = await accepted(store, item(), item(), item())
    await accepted(store, item(BORIS), item(tenant_id="tenant-b"), item(MAIL))
    assert await customers(store) == [first, second, third]
    assert len(await customers(store, MAIL)) == 5
    assert len(await customers(store, ANNA, "tenant-b")) == 1
    assert await customers(store, Whose(b"mail")) == []
    find = store.erasures.of_customer
    page = await find("tenant-a", ANNA, before=now(), after=first.registration.id, limit=1)
    assert page == [second]
    long_ago = now() - timedelta(days=1)
    assert await find("tenant-a", ANNA, before=long_ago, after="", limit=9) == []


async def test_what_is_erased_is_over_and_found_by_nobody(store: Store) -> None:
    """Its state, its times and the skeleton of its history stay."""
    wanted = item(serial=b"serial", reference=b"reference")
    (stored,) = await accepted(store, wanted)
    before = stored.registration
    assert await store.erasures.erase([erasing(stored, key_ids=("k1",))]) == [True]
    found = (await store.get("tenant-a", [before.id]))[before.id]
    assert found.sealed == b""
    after = found.registration
    assert (after.state, after.revision) == (State.CANCELLED, before.revision + 1)
    assert after.erased_at is not None
    assert await customers(store) == await customers(store, MAIL) == []
    assert await store.lookup("tenant-a", serial=b"serial") is None
    assert await store.lookup("tenant-a", reference=b"reference") is None
    everybody = await store.page("tenant-a", Filter(), descending=True, limit=9)
    assert [one.registration.id for one in everybody] == [before.id]
    events = await store.events("tenant-a", before.id, after=0, limit=9)
    assert [one.kind for one in events] == [EventKind.SUBMITTED, EventKind.ERASED]
    assert await store.sealed.page("", 9) == []
    # Nothing is left for a worker to do, and a repeated request is not answered with it.
    assert await store.work([before.id]) == {}
    assert await store.overdue(9) == []
    again = replace(wanted, transition=new_registration(Wanted()).transition)
    (inserted,) = await store.insert([again])
    assert inserted.status == "created"


async def test_only_what_is_as_it_was_read_is_erased(store: Store) -> None:
    """Not what was sealed anew, what has moved on, nor what is erased already."""
    stale, resealed, gone = await accepted(store, item(), item(), item())
    moved = lifecycle.cancel(stale.registration, "", Moment(now()))
    assert await store.write([moved], LEASE) == [True]
    other = replace(resealed, sealed=b"other")
    assert await store.erasures.erase([erasing(one) for one in (stale, other, gone)]) == [
        False,
        False,
        True,
    ]
    assert await store.erasures.erase([erasing(gone)]) == [False]
    assert len(await customers(store)) == 2


async def test_what_is_worked_on_is_left_alone(store: Store) -> None:
    """Its outcome is written all the same."""
    (stored,) = await accepted(store, item())
    released = await store.release("api", limit=9, in_flight={"acme": 9}, rehint_after=LEASE)
    (job,) = [one for one in released if one.registration_id == stored.registration.id]
    work = (await store.work([job.registration_id]))[job.registration_id]
    claim = lifecycle.start_attempt(work.stored.registration, Moment(now()), job.fence, "1", "")
    assert await store.write([claim], LEASE) == [True]
    running = Stored(claim.registration, stored.sealed)
    assert await store.erasures.erase([erasing(running)]) == [False]
    assert await store.renew([(job.registration_id, job.fence)], LEASE) == [True]


async def test_a_hint_from_before_comes_too_late(store: Store) -> None:
    """Nobody sends what was erased between the hint and the claim."""
    (stored,) = await accepted(store, item())
    (job,) = await store.release("api", limit=9, in_flight={"acme": 9}, rehint_after=LEASE)
    claim = lifecycle.start_attempt(stored.registration, Moment(now()), job.fence, "1", "")
    assert await store.erasures.erase([erasing(stored)]) == [True]
    assert await store.write([claim], LEASE) == [False]


async def test_of_events_what_may_be_personal_goes(store: Store) -> None:
    """A person's own words, and the manufacturer's name for the registration."""
    (stored,) = await accepted(store, item())
    moved = lifecycle.cancel(stored.registration, "I am Okonkwo", Moment(now()))
    assert await store.write([moved], LEASE) == [True]
    over = Stored(moved.registration, stored.sealed)
    assert await store.erasures.erase([erasing(over)]) == [True]
    events = await store.events("tenant-a", stored.registration.id, after=0, limit=9)
    assert [one.detail.get("reason") for one in events] == [None] * 3
    assert events[1].kind is EventKind.CANCEL_REQUESTED
    assert [one.sequence for one in events] == [1, 2, 3]
    log = await store.log(type(await store.log_head())(), 99)
    assert all("reason" not in one.event.detail for one in log)


async def test_its_artifacts_expire_and_their_keys_are_doomed(store: Store) -> None:
    """With its own; those of others stay."""
    (stored, other) = await accepted(store, item(), item(BORIS))
    key, alien = stored.registration.id, other.registration.id
    mine = await shown(store, artifact(registration_id=key, key_id="a1"), str(uuid.uuid4()))
    assert await store.artifacts.moving(mine, "a2")
    await shown(store, artifact(registration_id=alien, key_id="a3"))
    gone = erasing(stored, key_ids=("k1",))
    assert await store.erasures.erase([gone]) == [True]
    assert await store.artifacts.of("tenant-a", key) == []
    assert [one.id for one in await store.artifacts.expired(9)] == [mine.id]
    assert len(await store.artifacts.of("tenant-a", alien)) == 1
    assert sorted(await store.erasures.doomed(9)) == ["a1", "a2", "k1"]
    assert len(await store.erasures.doomed(2)) == 2
    await store.erasures.forgotten(["a1", "k1"])
    assert await store.erasures.doomed(9) == ["a2"]


async def test_a_request_begins_one_erasure(store: Store) -> None:
    """Of many at once, too; its entry in the audit log is one, and does not say whose it is."""
    made = asked()
    act = Act("tenant-a", "key:a", Action.ERASE_CUSTOMER, made.id, lambda text: text[:32].ljust(32))
    others = [replace(made, id=f"era_{number}") for number in range(4)]
    begun = await asyncio.gather(
        *(store.erasures.begin(one, ANNA, replace_act(act, one)) for one in (made, *others))
    )
    assert len({one.erasure.id for one in begun}) == 1
    assert await store.erasures.pending(9) == [begun[0]]
    entries = await store.audit.listed(AuditFilter(action=Action.ERASE_CUSTOMER), 9)
    assert [one.subject for one in entries] == [begun[0].erasure.id]
    assert "anna" not in entries[0].after
    elsewhere = replace(made, tenant_id="tenant-b", id="era_b")
    assert (await store.erasures.begin(elsewhere, BORIS)).erasure == elsewhere


def replace_act(act: Act, erasure: Erasure) -> Act:
    """Of this erasure."""
    return Act(act.tenant_id, act.actor, act.action, erasure.id, act.sign)


async def test_of_what_is_complete_nobody_knows_whose_it_was(store: Store) -> None:
    """How far it was and who had to be told stays; it is never open again."""
    made = asked()
    await store.erasures.begin(made, ANNA)
    told = Recipient("acme", "reg_1", Tier.API, Effect.ACCEPTED, now())
    first, second, third = await accepted(store, item(), item(), item())
    one = erasing(first, recipients=(told,))
    stale = replace(erasing(second, recipients=(told,)), sealed=b"other")
    assert await store.erasures.erase([one, stale], made.id) == [True, False]
    halfway = await store.erasures.progress(made.id, ["reg_2"], None)
    assert halfway == replace(made, registrations=1, pending=("reg_2",), recipients=(told,))
    assert await store.erasures.pending(9) == [Pending(halfway, ANNA)]
    # Another process, at the same time: what both have done is counted.
    assert await store.erasures.erase([erasing(second)], made.id) == [True]
    over = now()
    done = await store.erasures.progress(made.id, [], over)
    assert done == replace(halfway, registrations=2, pending=(), completed_at=over)
    assert await store.erasures.pending(9) == []
    assert await store.erasures.erase([erasing(third)], made.id) == [True]
    assert await store.erasures.progress(made.id, ["reg_9"], None) == done
    assert await store.erasures.begin(made, ANNA) == Pending(done, Whose(b""))


async def test_open_erasures_come_oldest_first(store: Store) -> None:
    """So many at once."""
    times = [now() - timedelta(minutes=age) for age in (1, 3, 2)]
    made = [asked(requested_at=at) for at in times]
    for one in made:
        await store.erasures.begin(one, ANNA)
    found = await store.erasures.pending(2)
    assert [one.erasure.id for one in found] == [made[1].id, made[2].id]


async def test_what_is_over_is_found_by_its_age(store: Store) -> None:
    """Of all tenants; what goes on is not, however old it is."""
    stored = await accepted(store, item(), item(tenant_id="tenant-b"), item())
    for one in stored[:2]:
        over = lifecycle.cancel(one.registration, "", Moment(now()))
        assert await store.write([over], LEASE) == [True]
    found = await store.erasures.ended("reg_~", after="", limit=9)
    assert [one.registration.id for one in found] == [one.registration.id for one in stored[:2]]
    first, second = found
    rest = await store.erasures.ended("reg_~", after=first.registration.id, limit=9)
    assert rest == [second]
    assert await store.erasures.ended(first.registration.id, after="", limit=9) == []
    assert await store.erasures.erase([erasing(first)]) == [True]
    assert await store.erasures.ended("reg_~", after="", limit=9) == [second]


async def test_a_mailbox_that_took_no_mail_is_forgotten(store: Store) -> None:
    """With the customer it is of; that of another stays listed."""
    stored: list[Stored] = await accepted(store, item(), item(BORIS))
    await recorded(store, *(notice(registration_id=one.registration.id) for one in stored))
    claimed = await store.notices.claim(Channel.EMAIL, 9, LEASE)
    for one, index in zip(claimed, (b"gone", b"stays"), strict=True):
        bounced = Settled(NoticeState.BOUNCED, "5.1.1", bounced=index)
        assert await store.notices.settle(one.notice.id, one.fence, bounced)
    mine = erasing(stored[0], address_index=b"gone")
    assert await store.erasures.erase([mine]) == [True]
    assert not await store.notices.bounced("tenant-a", b"gone")
    assert await store.notices.bounced("tenant-a", b"stays")
