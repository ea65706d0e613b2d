"""What every store must do with overrides of error rules. Used like `store_suite`."""
# ruff: noqa: S101 - a shipped suite is tests: it asserts, and expects literals

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from registrar.domain.outcome import Tier
from registrar.domain.override import Change, ErrorOverride
from registrar.ports import plain
from registrar.ports.store import Store

RULE = {
    "when": {"status": [418], "path": "code", "in": ["teapot", 7, False, None]},
    "code": "rate_limited",
    "effect": "unknown",
    "retry_after": 30.5,
}


def override(override_id: str = "ovr_1", **changes: Any) -> ErrorOverride:  # noqa: ANN401 - of its fields
    """For an hour, of acme's API."""
    now = datetime.now(UTC)
    made = ErrorOverride(
        id=override_id,
        manufacturer_id="acme",
        tier=Tier.API,
        rule=RULE,
        order=0,
        acknowledged=False,
        reason="they throttle, ohne 429 — łoś",
        by="key:a",
        expires_at=now + timedelta(hours=1),
        created_at=now,
    )
    return replace(made, **changes)


async def test_an_override_is_kept_as_it_is(store: Store) -> None:
    """Its rule to the type of each value; when it was made is the store's to say."""
    made = override(created_at=datetime(2020, 1, 1, tzinfo=UTC))
    kept = await store.overrides.add(made)
    assert replace(kept, created_at=made.created_at) == made
    assert abs(kept.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert await store.overrides.all() == [kept]
    (found,) = await store.overrides.in_force()
    assert found.override == kept
    assert timedelta(minutes=59) < found.left <= timedelta(hours=1)


async def test_an_id_is_taken_once(store: Store) -> None:
    """However many ask at once; whoever comes second is told what is there."""
    wanted = [override(reason=f"reason {number}") for number in range(6)]
    answers = await asyncio.gather(*map(store.overrides.add, wanted))
    assert len({one.reason for one in answers}) == 1
    assert len(await store.overrides.changes("ovr_1")) == 1


async def test_expired_overrides_are_shown_and_not_in_force(store: Store) -> None:
    """By the store's clock, from that moment on."""
    soon = datetime.now(UTC) + timedelta(seconds=1)
    await store.overrides.add(override(expires_at=soon))
    (found,) = await store.overrides.in_force()
    assert found.left <= timedelta(seconds=1)
    await asyncio.sleep(1.05)
    assert await store.overrides.in_force() == []
    assert [one.id for one in await store.overrides.all()] == ["ovr_1"]


async def test_overrides_count_by_order_and_then_by_age(store: Store) -> None:
    """The list is by manufacturer first."""
    for name, order, maker in (("c", 0, "acme"), ("b", -5, "samsung"), ("a", 0, "acme")):
        await store.overrides.add(override(name, order=order, manufacturer_id=maker))
        await asyncio.sleep(0.005)
    assert [one.override.id for one in await store.overrides.in_force()] == ["b", "c", "a"]
    assert [one.id for one in await store.overrides.all()] == ["c", "a", "b"]


async def test_a_removed_override_is_gone_and_told_of(store: Store) -> None:
    """Who, when, why, and what it was; another one's audit is not concerned."""
    kept = await store.overrides.add(override())
    await store.overrides.add(override("ovr_2"))
    assert await store.overrides.remove("ovr_1", "key:b", "mended") == kept
    assert await store.overrides.remove("ovr_1", "key:b", "mended") is None
    assert [one.id for one in await store.overrides.all()] == ["ovr_2"]
    created, deleted = await store.overrides.changes("ovr_1")
    known = plain.to_plain(kept)
    assert (created.change, created.by, created.reason) == (Change.CREATED, "key:a", kept.reason)
    assert (created.before, created.after) == (None, known)
    assert (deleted.change, deleted.by, deleted.reason) == (Change.DELETED, "key:b", "mended")
    assert (deleted.before, deleted.after) == (known, None)
    assert kept.created_at <= created.at <= deleted.at
    assert await store.overrides.changes("nobody") == []
