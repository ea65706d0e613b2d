"""What every store must do with how forms look, and with tiers that the system has stopped."""
# ruff: noqa: S101, PLR2004 - a shipped suite is tests: it asserts, and expects literals

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from registrar.app.sweep import Sweep
from registrar.domain.connector import BY_SYSTEM
from registrar.domain.drift import FormPage, Trait
from registrar.domain.outcome import Tier
from registrar.domain.registration import State, WaitReason
from registrar.ports.clock import SystemClock
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.forms import FormRecord, Look
from registrar.ports.queue import BROWSER
from registrar.ports.store import Store
from registrar.testing.manufacturer import OneManufacturer
from registrar.testing.records import Wanted
from registrar.testing.store_connectors_suite import SHORT, soon
from registrar.testing.store_suite import LEASE, added

FORM = ConnectorKey("acme", Tier.WEB)
OWNER = FormPage("owner", (Trait("textbox", "Name", required=True),))
REVIEW = FormPage("review", (Trait("checkbox", "Terms", options=("a",), marks=("Terms",)),))
CHANGED = FormPage("owner", (Trait("textbox", "Full name"),), "frame")
WEB_ONLY = Wanted(tiers=(Tier.WEB,))
WEB_FIRST = Wanted(tiers=(Tier.WEB, Tier.MANUAL))


async def test_nothing_is_known_of_a_form_at_first(store: Store) -> None:
    """And there is nothing to accept, or to be over."""
    assert await store.forms.of("acme", "1") == FormRecord()
    await store.forms.saw("acme", "1", Look([], baseline=True))
    await store.forms.worked("acme")
    assert await store.forms.accept("acme", "1") == 0


async def test_a_step_keeps_its_first_baseline(store: Store) -> None:
    """What is seen later stands beside it, with its picture."""
    await store.forms.saw("acme", "1", Look([OWNER, REVIEW], baseline=True, artifact_id="art_1"))
    await store.forms.saw("acme", "1", Look([CHANGED], baseline=True, artifact_id="art_2"))
    pages = (await store.forms.of("acme", "1")).pages
    assert (pages["owner"].baseline, pages["owner"].seen) == (OWNER, CHANGED)
    assert (pages["review"].baseline, pages["review"].seen) == (REVIEW, REVIEW)
    assert [pages[one].artifact_id for one in ("owner", "review")] == ["art_2", "art_1"]
    assert pages["owner"].baseline_at is not None
    assert abs(pages["owner"].seen_at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_another_version_and_another_manufacturer_know_nothing_of_it(store: Store) -> None:
    """Each has its own."""
    await store.forms.saw("acme", "1", Look([OWNER], baseline=True))
    assert await store.forms.of("acme", "2") == FormRecord()
    assert await store.forms.of("samsung", "1") == FormRecord()


async def test_what_nobody_has_passed_is_no_baseline(store: Store) -> None:
    """It becomes one by the first who does, or by an operator."""
    await store.forms.saw("acme", "1", Look([OWNER, REVIEW]))
    pages = (await store.forms.of("acme", "1")).pages
    assert (pages["owner"].baseline, pages["owner"].baseline_at) == (None, None)
    await store.forms.saw("acme", "1", Look([OWNER], baseline=True))
    assert (await store.forms.of("acme", "1")).pages["owner"].baseline == OWNER
    await store.forms.saw("acme", "1", Look([CHANGED]))
    assert await store.forms.accept("acme", "1") == 2
    pages = (await store.forms.of("acme", "1")).pages
    assert [one.baseline for one in pages.values()] == [one.seen for one in pages.values()]
    assert pages["owner"].baseline == CHANGED


async def test_a_page_that_looks_the_same_keeps_its_time(store: Store) -> None:
    """Since when it looks so is what matters."""
    await store.forms.saw("acme", "1", Look([OWNER]))
    first = (await store.forms.of("acme", "1")).pages["owner"].seen_at
    await asyncio.sleep(0.01)
    await store.forms.saw("acme", "1", Look([OWNER], baseline=True))
    assert (await store.forms.of("acme", "1")).pages["owner"].seen_at == first
    await store.forms.saw("acme", "1", Look([CHANGED]))
    assert (await store.forms.of("acme", "1")).pages["owner"].seen_at > first


async def test_failures_in_a_row_are_counted(store: Store) -> None:
    """Each registration once, however often somebody tries it; one that works ends them."""
    failed = store.forms.failed
    assert [await failed("acme", "1", one) for one in ("a", "b", "b", "c")] == [1, 2, 2, 3]
    assert await failed("samsung", "1", "a") == 1
    assert (await store.forms.of("acme", "1")).failures == 3
    assert (await store.forms.of("acme", "2")).failures == 0
    assert await failed("acme", "2", "c") == 1
    await store.forms.worked("acme")
    assert await failed("acme", "2", "c") == 1


async def test_failures_at_the_same_moment_are_all_counted(store: Store) -> None:
    """Whoever comes to the limit knows it."""
    counts = await asyncio.gather(*(store.forms.failed("acme", "1", f"r{n}") for n in range(8)))
    assert sorted(counts) == list(range(1, 9))


async def test_a_stop_is_a_pause_by_the_system(store: Store) -> None:
    """The first one stands, and a resumption ends it."""
    made = await store.connectors.stop(FORM, "'Serial number' gone", "3", "product")
    assert made is not None
    assert made.pause is not None
    assert (made.pause.by, made.pause.stopped, made.pause.step) == (BY_SYSTEM, "3", "product")
    assert (made.pause.reason, made.pause.until) == ("'Serial number' gone", None)
    assert await store.connectors.stop(FORM, "another", "3", "owner") is None
    assert (await store.connectors.all())[FORM] == made
    assert (await store.connectors.resume(FORM)).pause is None
    again = await store.connectors.stop(FORM, "another", "4", "owner")
    assert again is not None
    assert again.pause is not None
    assert (again.pause.stopped, again.pause.step) == ("4", "owner")


async def test_an_operator_has_the_last_word(store: Store) -> None:
    """A pause takes the place of a stop, and no stop takes that of a pause."""
    await store.connectors.stop(FORM, "broken", "3", "product")
    paused = (await store.connectors.pause(FORM, "broken", "key:a", None)).pause
    assert paused is not None
    assert (paused.by, paused.stopped, paused.step) == ("key:a", "", "")
    assert await store.connectors.stop(FORM, "broken", "3", "product") is None
    assert (await store.connectors.all())[FORM].pause == paused


async def test_a_stop_may_follow_a_pause_that_is_over(store: Store) -> None:
    """By the store's clock."""
    await store.connectors.pause(FORM, "maintenance", "key:a", soon(SHORT))
    await asyncio.sleep(SHORT.total_seconds())
    made = await store.connectors.stop(FORM, "broken", "3", "product")
    assert made is not None
    assert made.pause is not None
    assert (made.pause.by, made.pause.until) == (BY_SYSTEM, None)


async def swept(store: Store) -> int:
    """What the dispatcher's sweeper does."""
    return await Sweep(store, OneManufacturer(None), SystemClock()).pauses(BROWSER)


async def test_what_a_stop_meets_takes_the_next_route(store: Store) -> None:
    """With an event, and no attempt is spent; a hint that nobody has claimed is called back."""
    due, other = await added(store, WEB_FIRST), await added(store, WEB_FIRST)
    (hinted,) = await store.release(BROWSER, limit=1, in_flight={"acme": 9}, rehint_after=LEASE)
    await store.connectors.stop(FORM, "broken", "3", "product")
    assert (await swept(store), await swept(store)) == (2, 0)
    for one in (due, other):
        after = (await store.get("tenant-a", [one.id]))[one.id].registration
        assert (after.tier, after.state, after.attempt_count) == (Tier.MANUAL, State.PENDING, 0)
        events = await store.events("tenant-a", one.id, after=1, limit=9)
        assert [(event.kind.value, event.detail) for event in events] == [
            ("state_changed", {"reason": "connector_stopped"}),
            (
                "tier_changed",
                {"left": "web_automation", "taken": "manual_assist", "reason": "connector_stopped"},
            ),
        ]
    assert (await store.work([hinted.registration_id]))[hinted.registration_id].fence > hinted.fence
    released = await store.release("api", limit=9, in_flight={"acme": 9}, rehint_after=LEASE)
    assert {one.registration_id for one in released} == {due.id, other.id}


async def test_what_has_no_other_route_waits_for_the_end_of_a_stop(store: Store) -> None:
    """As in a pause; another manufacturer is not concerned."""
    mine = await added(store, WEB_ONLY)
    other = await added(store, Wanted(tiers=(Tier.WEB, Tier.MANUAL), manufacturer_id="samsung"))
    await store.connectors.stop(FORM, "broken", "3", "product")
    assert await swept(store) == 1
    after = (await store.get("tenant-a", [mine.id]))[mine.id].registration
    assert (after.state, after.wait_reason) == (State.WAITING, WaitReason.CONNECTOR_PAUSED)
    found = await store.release(
        BROWSER, limit=9, in_flight={"acme": 9, "samsung": 9}, rehint_after=LEASE
    )
    assert [one.registration_id for one in found] == [other.id]
    await store.connectors.resume(FORM)
    assert await swept(store) == 1
    found = await store.release(BROWSER, limit=9, in_flight={"acme": 9}, rehint_after=LEASE)
    assert [one.registration_id for one in found] == [mine.id]
