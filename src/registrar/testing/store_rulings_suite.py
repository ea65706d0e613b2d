"""What every store must do with rulings over circuits, and with what a circuit has put off.

Used like `store_suite`.
"""
# ruff: noqa: S101 - a shipped suite is tests: it asserts, and expects literals

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from registrar.domain import lifecycle
from registrar.domain.connector import ConnectorState, Ruling
from registrar.domain.outcome import Tier
from registrar.domain.registration import Registration, WaitReason
from registrar.ports.connector_states import ConnectorKey, Probed
from registrar.ports.store import Store
from registrar.testing.records import Wanted
from registrar.testing.store_connectors_suite import ACME, HOUR, SAMSUNG, SHORT, soon
from registrar.testing.store_suite import LEASE, added, moment, released


async def ruled(
    store: Store,
    mode: str = "forced_open",
    reason: str = "they migrate",
    by: str = "key:a",
    until: datetime | None = None,
) -> Ruling:
    """Over Acme's API."""
    found = (await store.connectors.rule(ACME, mode, reason, by, until)).ruling
    assert found is not None
    return found


async def put_off(
    store: Store,
    reason: WaitReason = WaitReason.CIRCUIT_OPEN,
    wanted: Wanted | None = None,
) -> Registration:
    """By an hour."""
    made = await added(store, wanted)
    fence = (await store.work([made.id]))[made.id].fence
    later = lifecycle.defer(made, reason, HOUR, moment(), fence)
    assert await store.write([later], LEASE) == [True]
    return made


async def test_a_ruling_is_kept_with_its_reason_and_end(store: Store) -> None:
    """Until it is taken back; another connector is not concerned, and a pause is another thing."""
    until = soon()
    made = await ruled(store, until=until)
    assert (made.mode, made.reason, made.by, made.until) == (
        "forced_open",
        "they migrate",
        "key:a",
        until,
    )
    assert abs(made.since - datetime.now(UTC)) < timedelta(minutes=1)
    assert made.left is not None
    assert timedelta(minutes=59) < made.left <= HOUR
    await store.connectors.resume(SAMSUNG)
    await store.connectors.resume(ACME)
    found = await store.connectors.all()
    assert (found[ACME].ruling, found[ACME].pause, found[SAMSUNG].ruling) == (made, None, None)
    assert await store.connectors.unrule(ACME) == ConnectorState("acme", Tier.API)
    assert (await store.connectors.all())[ACME].ruling is None


async def test_nothing_said_is_taken_back_without_harm(store: Store) -> None:
    """And a pause stays."""
    pause = (await store.connectors.pause(ACME, "maintenance", "key:a", None)).pause
    after = await store.connectors.unrule(ACME)
    assert (after.ruling, after.pause) == (None, pause)


async def test_the_same_ruling_again_changes_nothing(store: Store) -> None:
    """Another reason is taken over with its author; another mode begins anew."""
    first = await ruled(store)
    assert first.left is None
    assert await ruled(store, by="key:b") == first
    other = await ruled(store, reason="they still do", by="key:b")
    assert other == replace(first, reason="they still do", by="key:b")
    ending = await ruled(store, reason="they still do", until=(end := soon()))
    assert ending == replace(first, reason="they still do", until=end)
    await asyncio.sleep(0.01)
    shadow = await ruled(store, "shadow", "they still do", until=end)
    assert (shadow.mode, shadow.since > first.since) == ("shadow", True)


async def test_a_ruling_ends_by_itself(store: Store) -> None:
    """By the store's clock; the same one then begins anew."""
    first = await ruled(store, until=soon(SHORT))
    await asyncio.sleep(SHORT.total_seconds())
    assert (await store.connectors.all())[ACME].ruling is None
    second = await ruled(store, by="key:b")
    assert (second.by, second.since > first.since) == ("key:b", True)


async def test_a_state_tells_when_its_probe_is_due(store: Store) -> None:
    """Once somebody has planned one."""
    assert (await store.connectors.resume(ACME)).probe_due is None
    state = await store.connectors.record(ACME, Probed("ok", timedelta(milliseconds=1), HOUR))
    assert state is not None
    assert state.probe_due is not None
    assert abs(state.probe_due - soon()) < timedelta(minutes=1)
    assert (await store.connectors.all())[ACME] == state


@pytest.mark.parametrize("reason", [WaitReason.CIRCUIT_OPEN, WaitReason.RATE_LIMITED])
async def test_what_a_gate_has_put_off_is_hastened(store: Store, reason: WaitReason) -> None:
    """Due at once, and no more than was asked for at a time."""
    made = {(await put_off(store, reason)).id for _ in range(3)}
    assert await released(store) == []
    assert [await store.connectors.hasten(ACME, 2) for _ in range(3)] == [2, 1, 0]
    assert {key for key, _ in await released(store)} == made


@pytest.mark.parametrize(
    "reason", [WaitReason.RETRY_BACKOFF, WaitReason.CAPACITY, WaitReason.CONNECTOR_PAUSED]
)
async def test_what_waits_for_something_else_keeps_its_time(
    store: Store, reason: WaitReason
) -> None:
    """A back-off is the manufacturer's due; so is what its caller wants later."""
    await put_off(store, reason)
    await added(store, Wanted(not_before=soon()))
    assert await store.connectors.hasten(ACME, 9) == 0
    assert await released(store) == []


async def test_only_the_connector_that_is_well_is_hastened(store: Store) -> None:
    """Not another manufacturer, and not another tier."""
    await put_off(store, wanted=Wanted(manufacturer_id="samsung"))
    assert await store.connectors.hasten(ACME, 9) == 0
    assert await store.connectors.hasten(ConnectorKey("samsung", Tier.WEB), 9) == 0
    assert await store.connectors.hasten(SAMSUNG, 9) == 1


async def test_what_is_under_way_is_not_hastened(store: Store) -> None:
    """A hint is on its way, or a worker has it: nothing changes under their hands."""
    made = await put_off(store)
    assert await store.connectors.hasten(ACME, 9) == 1
    ((key, fence),) = await released(store)
    assert await store.connectors.hasten(ACME, 9) == 0
    start = lifecycle.start_attempt(
        (await store.work([key]))[key].stored.registration, moment(), fence, "1"
    )
    assert await store.write([start], LEASE) == [True]
    assert (key, await store.connectors.hasten(ACME, 9)) == (made.id, 0)
