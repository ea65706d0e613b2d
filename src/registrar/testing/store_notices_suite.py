"""What every store must do with notices. Used like `store_suite`."""
# ruff: noqa: S101, PLR2004 - a shipped suite is tests: it asserts, and expects literals

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from registrar.domain.notification import Channel, Kind
from registrar.ports.notices import (
    DISABLED,
    NewNotice,
    NoticeCursor,
    NoticeFilter,
    NoticeState,
    Settled,
)
from registrar.ports.store import Position, Store

LEASE = timedelta(seconds=30)
NO_LEASE = timedelta(0)
HOUR = timedelta(hours=1)
START = Position(0, 5)
ALL = NoticeFilter()
SENT = Settled(NoticeState.SENT)


def notice(**changes: Any) -> NewNotice:  # noqa: ANN401 - of its fields
    """A mail about the first event of reg_1 of tenant-a."""
    made = NewNotice("tenant-a", "reg_1", 1, Channel.EMAIL, Kind.RECEIVED, HOUR)
    return replace(made, **changes)


async def recorded(store: Store, *made: NewNotice) -> None:
    """From the next place of the log."""
    now = await store.notices.position()
    then = Position(0, (now or START).offset + 1)
    assert await store.notices.record(now, then, made)


async def claimed(store: Store, channel: Channel = Channel.EMAIL) -> list[str]:
    """Ids."""
    return [one.notice.id for one in await store.notices.claim(channel, 10, LEASE)]


async def test_the_log_is_read_on_from_one_place_by_one_reader(store: Store) -> None:
    """Whoever lost keeps nothing; a notice that is there already stays."""
    notices = store.notices
    assert await notices.position() is None
    firsts = await asyncio.gather(*(notices.record(None, START, [notice()]) for _ in range(4)))
    assert sorted(firsts) == [False, False, False, True]
    assert await notices.position() == START
    other = notice(sequence=2)
    assert not await notices.record(Position(1, 5), Position(1, 9), [other])
    assert [one.id for one in await notices.listed("tenant-a", ALL, 10)] == [notice().id]
    assert await notices.record(START, Position(1, 9), [notice(), other])
    assert await notices.position() == Position(1, 9)
    assert len(await notices.listed("tenant-a", ALL, 10)) == 2


async def test_a_notice_is_claimed_by_one_and_settled_once(store: Store) -> None:
    """By the holder of the newest fence; it is not due again before its lease is over."""
    await recorded(store, *(notice(registration_id=f"reg_{n}") for n in range(20)))
    many = await asyncio.gather(*(store.notices.claim(Channel.EMAIL, 5, LEASE) for _ in range(6)))
    ids = [one.notice.id for found in many for one in found]
    assert len(ids) == len(set(ids)) == 20
    one = many[0][0]
    assert (one.notice.tries, one.spent, one.notice.state) == (1, False, NoticeState.WAITING)
    assert not await store.notices.settle(one.notice.id, one.fence - 1, SENT)
    assert await store.notices.settle(one.notice.id, one.fence, SENT)
    assert not await store.notices.settle(one.notice.id, one.fence, SENT)
    assert not await store.notices.settle("ntf_none", 1, SENT)
    (kept,) = await store.notices.listed("tenant-a", NoticeFilter(states=(NoticeState.SENT,)), 10)
    assert kept.id == one.notice.id
    assert kept.settled_at is not None


async def test_a_lost_claim_is_taken_over(store: Store) -> None:
    """After its lease; the one who lost it has no say any more."""
    await recorded(store, notice())
    (lost,) = await store.notices.claim(Channel.EMAIL, 10, NO_LEASE)
    (taken,) = await store.notices.claim(Channel.EMAIL, 10, LEASE)
    assert (taken.notice.id, taken.notice.tries) == (lost.notice.id, 2)
    assert not await store.notices.settle(lost.notice.id, lost.fence, SENT)
    assert await store.notices.settle(taken.notice.id, taken.fence, SENT)


async def test_what_failed_is_due_again_when_it_was_said(store: Store) -> None:
    """With why; once its time is over, it is told to be the last try."""
    await recorded(store, notice(lives=NO_LEASE))
    (one,) = await store.notices.claim(Channel.EMAIL, 10, LEASE)
    assert one.spent
    again = Settled(NoticeState.WAITING, "421", timedelta(hours=2))
    assert await store.notices.settle(one.notice.id, one.fence, again)
    assert await claimed(store) == []
    (kept,) = await store.notices.listed("tenant-a", ALL, 10)
    assert (kept.code, kept.state, kept.settled_at) == ("421", NoticeState.WAITING, None)
    assert timedelta(0) < kept.due_at - one.notice.created_at - timedelta(hours=2) < HOUR


async def test_a_notice_waits_for_its_hour(store: Store) -> None:
    """A reminder is made long before it is due."""
    later = datetime.now(UTC) + HOUR
    early = datetime.now(UTC) - HOUR
    await recorded(store, notice(sequence=0, kind=Kind.REMINDER, days=7, due=later))
    assert await claimed(store) == []
    past = notice(sequence=0, kind=Kind.REMINDER, days=2, due=early)
    await recorded(store, past)
    assert await claimed(store) == [past.id]


async def test_nothing_is_claimed_of_a_busy_tenant(store: Store) -> None:
    """Its notices wait, those of others do not wait for them."""
    theirs = notice(tenant_id="tenant-b", registration_id="reg_2")
    await recorded(store, notice(), theirs)
    (one,) = await store.notices.claim(Channel.EMAIL, 10, LEASE, ["tenant-a", "tenant-c"])
    assert one.notice.id == theirs.id
    assert await claimed(store) == [notice().id]


async def test_mail_of_one_registration_keeps_its_order(store: Store) -> None:
    """What is told of later events waits, webhooks and reminders do not."""
    first, second = notice(), notice(sequence=4, kind=Kind.REGISTERED)
    reminder = notice(sequence=0, kind=Kind.REMINDER, days=2)
    hooks = [replace(one, channel=Channel.WEBHOOK) for one in (first, second)]
    await recorded(store, first, second, reminder, *hooks)
    (one, other) = await store.notices.claim(Channel.EMAIL, 10, LEASE)
    assert {one.notice.id, other.notice.id} == {first.id, reminder.id}
    assert sorted(await claimed(store, Channel.WEBHOOK)) == sorted(one.id for one in hooks)
    assert await claimed(store) == []
    mine = one if one.notice.id == first.id else other
    await store.notices.settle(first.id, mine.fence, SENT)
    assert await claimed(store) == [second.id]


async def test_an_address_that_bounced_is_known(store: Store) -> None:
    """To its tenant, for a while: a mailbox may be made again."""
    await recorded(store, notice())
    (one,) = await store.notices.claim(Channel.EMAIL, 10, LEASE)
    bounced = Settled(NoticeState.BOUNCED, "5.1.1", bounced=b"index")
    assert await store.notices.settle(one.notice.id, one.fence, bounced)
    assert await store.notices.bounced("tenant-a", b"index")
    assert not await store.notices.bounced("tenant-b", b"index")
    assert not await store.notices.bounced("tenant-a", b"other")
    await store.notices.forget(datetime.now(UTC) - HOUR, 10)
    assert await store.notices.bounced("tenant-a", b"index")
    await store.notices.forget(datetime.now(UTC) + HOUR, 10)
    assert not await store.notices.bounced("tenant-a", b"index")


@pytest.mark.parametrize("address", [b"index", None], ids=["nobody", "full"])
async def test_a_letter_that_came_back_bounced(store: Store, address: bytes | None) -> None:
    """Once, and only one that was sent."""
    made = notice()
    await recorded(store, made)
    assert not await store.notices.came_back(made.id, "5.1.1", address)
    (one,) = await store.notices.claim(Channel.EMAIL, 10, LEASE)
    await store.notices.settle(made.id, one.fence, SENT)
    assert await store.notices.came_back(made.id, "5.1.1", address)
    assert not await store.notices.came_back(made.id, "5.1.1", address)
    assert not await store.notices.came_back("ntf_unknown", "5.1.1", address)
    found = await store.notices.of(made.id)
    assert found is not None
    assert (found.state, found.code) == (NoticeState.BOUNCED, "5.1.1")
    assert await store.notices.bounced("tenant-a", b"index") == (address is not None)
    assert await store.notices.of("ntf_unknown") is None


async def test_notices_are_listed_newest_first_page_by_page(store: Store) -> None:
    """Of one tenant, by channel, state and registration."""
    made = [notice(sequence=number) for number in range(1, 6)]
    for one in made:
        await recorded(store, one)
    theirs = notice(tenant_id="tenant-b", registration_id="reg_2", channel=Channel.WEBHOOK)
    await recorded(store, theirs)
    notices = store.notices
    found = await notices.listed("tenant-a", ALL, 3)
    last = NoticeCursor(found[-1].created_at, found[-1].id)
    found += await notices.listed("tenant-a", ALL, 3, last)
    assert [one.id for one in found] == [one.id for one in reversed(made)]
    for where in (
        NoticeFilter(channel=Channel.EMAIL),
        NoticeFilter(states=(NoticeState.SENT,)),
        NoticeFilter(registration_id="reg_1"),
    ):
        assert await notices.listed("tenant-b", where, 10) == []
    (kept,) = await notices.listed("tenant-b", NoticeFilter(Channel.WEBHOOK), 10)
    assert (kept.id, kept.kind, kept.tries) == (theirs.id, Kind.RECEIVED, 0)
    assert kept.expires_at - kept.due_at == HOUR


async def test_what_failed_is_told_again(store: Store) -> None:
    """And what was sent, where that is asked for; of this tenant and channel, since then."""
    since = datetime.now(UTC) - HOUR
    hooks = [notice(sequence=n, channel=Channel.WEBHOOK) for n in range(1, 6)]
    await recorded(store, *hooks)
    endings = (
        Settled(NoticeState.SPENT, "500"),
        Settled(NoticeState.REFUSED, "400"),
        Settled(NoticeState.SKIPPED, DISABLED),
        Settled(NoticeState.SKIPPED, "erased"),
        SENT,
    )
    found = {one.notice.id: one for one in await store.notices.claim(Channel.WEBHOOK, 10, LEASE)}
    for one, ending in zip(hooks, endings, strict=True):
        await store.notices.settle(one.id, found[one.id].fence, ending)
    replay = store.notices.replay
    late = datetime.now(UTC) + HOUR
    assert await replay("tenant-a", Channel.WEBHOOK, late, sent=True, lives=HOUR) == 0
    assert await replay("tenant-b", Channel.WEBHOOK, since, sent=True, lives=HOUR) == 0
    assert await replay("tenant-a", Channel.EMAIL, since, sent=True, lives=HOUR) == 0
    assert await replay("tenant-a", Channel.WEBHOOK, since, sent=False, lives=HOUR) == 3
    assert sorted(await claimed(store, Channel.WEBHOOK)) == sorted(one.id for one in hooks[:3])
    assert await replay("tenant-a", Channel.WEBHOOK, since, sent=True, lives=HOUR) == 1
    (again,) = await store.notices.claim(Channel.WEBHOOK, 10, LEASE)
    assert (again.notice.id, again.notice.tries, again.notice.settled_at) == (hooks[4].id, 1, None)


async def test_settled_notices_are_forgotten(store: Store) -> None:
    """Not those that wait."""
    await recorded(store, notice(), notice(registration_id="reg_2"))
    one, _ = await store.notices.claim(Channel.EMAIL, 10, LEASE)
    await store.notices.settle(one.notice.id, one.fence, SENT)
    assert await store.notices.forget(datetime.now(UTC) - HOUR, 10) == 0
    assert await store.notices.forget(datetime.now(UTC) + HOUR, 10) == 1
    assert len(await store.notices.listed("tenant-a", ALL, 10)) == 1
