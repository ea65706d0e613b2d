"""What every store must do with API keys. Used like `store_suite`."""
# ruff: noqa: S101, PLR2004 - a shipped suite is tests: it asserts, and expects literals

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from registrar.ports.api_keys import EVERY_SCOPE, ApiKeyRow, KeyState, Scope
from registrar.ports.store import Store

MOMENT = timedelta(seconds=0.05)


def key(key_id: str = "k", **given: object) -> ApiKeyRow:
    """Of tenant a, that may read."""
    row = ApiKeyRow(key_id, "tenant-a", b"digest", frozenset({Scope.READ}), "for a test")
    return replace(row, **given)


async def test_a_key_is_kept_as_it_is(store: Store) -> None:
    """And is as old as the database says."""
    before = datetime.now(UTC) - timedelta(seconds=5)
    ends = datetime(2100, 1, 1, tzinfo=UTC)
    made = await store.api_keys.add(key(scopes=EVERY_SCOPE, expires_at=ends))
    assert made == key(scopes=EVERY_SCOPE, expires_at=ends, created_at=made.created_at)
    assert made.created_at is not None
    assert before < made.created_at
    assert await store.api_keys.find("k") == made
    assert await store.api_keys.find("other") is None


async def test_the_same_id_again_takes_its_place(store: Store) -> None:
    """Whatever had become of it."""
    await store.api_keys.add(key())
    await store.api_keys.used(["k"])
    await store.api_keys.revoke("tenant-a", "k")
    made = await store.api_keys.add(key(digest=b"two"))
    assert await store.api_keys.find("k") == made
    assert (made.digest, made.state, made.used_at) == (b"two", KeyState.ACTIVE, None)


async def test_the_newest_is_listed_first_and_of_the_tenant_alone(store: Store) -> None:
    """Whatever state it is in."""
    for name in ("one", "two", "three"):
        await store.api_keys.add(key(name))
        await asyncio.sleep(0.002)
    await store.api_keys.add(key("other", tenant_id="tenant-b"))
    await store.api_keys.revoke("tenant-a", "two")
    listed = await store.api_keys.listed("tenant-a")
    assert [one.key_id for one in listed] == ["three", "two", "one"]
    assert await store.api_keys.active("tenant-a") == 2
    assert await store.api_keys.listed("tenant-c") == []


async def test_a_key_expires_by_the_clock_of_the_store(store: Store) -> None:
    """And counts no more."""
    await store.api_keys.add(key())
    soon = await store.api_keys.expire("tenant-a", "k", MOMENT)
    assert soon is not None
    assert soon.state is KeyState.ACTIVE
    await asyncio.sleep(2 * MOMENT.total_seconds())
    found = await store.api_keys.find("k")
    assert found == replace(soon, state=KeyState.EXPIRED)
    assert await store.api_keys.active("tenant-a") == 0
    assert await store.api_keys.expire("tenant-a", "k", MOMENT) is None


async def test_an_end_is_brought_forward_and_never_put_off(store: Store) -> None:
    """A rotation gives no key a longer life."""
    await store.api_keys.add(key())
    first = await store.api_keys.expire("tenant-a", "k", timedelta(hours=1))
    again = await store.api_keys.expire("tenant-a", "k", timedelta(hours=2))
    assert again == first
    sooner = await store.api_keys.expire("tenant-a", "k", timedelta(minutes=1))
    assert first is not None
    assert sooner is not None
    assert first.expires_at is not None
    assert sooner.expires_at is not None
    assert sooner.expires_at < first.expires_at


async def test_a_key_is_revoked_once(store: Store) -> None:
    """The first time counts."""
    await store.api_keys.add(key())
    first = await store.api_keys.revoke("tenant-a", "k")
    assert first is not None
    assert first.state is KeyState.REVOKED
    assert await store.api_keys.revoke("tenant-a", "k") == first
    assert await store.api_keys.expire("tenant-a", "k", MOMENT) is None


async def test_nobody_ends_the_key_of_another_tenant(store: Store) -> None:
    """Not even knowing its id."""
    made = await store.api_keys.add(key())
    assert await store.api_keys.revoke("tenant-b", "k") is None
    assert await store.api_keys.expire("tenant-b", "k", MOMENT) is None
    assert await store.api_keys.find("k") == made


async def test_when_keys_were_used_is_kept(store: Store) -> None:
    """Of those that are there; of many at once."""
    for name in ("one", "two", "three"):
        await store.api_keys.add(key(name))
    await store.api_keys.used(["one", "two", "gone"])
    used = {one.key_id: one.used_at for one in await store.api_keys.listed("tenant-a")}
    assert used["three"] is None
    assert all(used[name] is not None for name in ("one", "two"))
