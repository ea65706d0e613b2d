"""What every store of keys must do. `rows`: an empty one."""

# ruff: noqa: S101 - a shipped suite is tests: it asserts, and expects literals

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta

from registrar.ports.key_provider import Wrapped
from registrar.ports.key_rows import DataKey, KeyRows, Master, Purpose, Replacement

IDENTITY = Master(1, Purpose.IDENTITY, Wrapped("kek-1", b"identity"))
DATA = Master(2, Purpose.DATA, Wrapped("kek-1", b"data"))


MASTERS = [IDENTITY, *(Master(one, Purpose.DATA, DATA.wrapped) for one in (2, 3, 4))]


def key(master: int = 2) -> DataKey:
    """A fresh one."""
    return DataKey(secrets.token_hex(12), master, secrets.token_bytes(60))


async def test_it_begins_once(rows: KeyRows) -> None:
    """Whoever comes second gets what the first has made."""
    assert await rows.store_id() is None
    assert await rows.begin("store-1", [IDENTITY, DATA]) == "store-1"
    assert await rows.begin("store-2", [Master(1, Purpose.DATA, DATA.wrapped)]) == "store-1"
    assert await rows.store_id() == "store-1"
    assert await rows.masters() == [IDENTITY, DATA]


async def test_masters_are_added_by_version_and_wrapped_anew(rows: KeyRows) -> None:
    """By who knows how they were wrapped."""
    await rows.begin("store-1", [IDENTITY, DATA])
    third = Master(3, Purpose.DATA, Wrapped("kek-1", b"third"))
    assert await rows.add_master(third)
    assert not await rows.add_master(Master(3, Purpose.DATA, Wrapped("kek-1", b"late")))
    anew = Master(3, Purpose.DATA, Wrapped("kek-2", b"anew"))
    assert not await rows.rewrap(anew, Wrapped("kek-1", b"late"))
    assert not await rows.rewrap(anew, Wrapped("kek-2", b"third"))
    assert await rows.rewrap(anew, third.wrapped)
    assert not await rows.rewrap(anew, third.wrapped)
    assert await rows.masters() == [IDENTITY, DATA, anew]


async def test_only_a_master_that_wraps_nothing_is_dropped(rows: KeyRows) -> None:
    """Never the newest, never the identity, and one with retired keys neither."""
    await rows.begin("store-1", [IDENTITY, DATA])
    for version in (3, 4, 5):
        await rows.add_master(Master(version, Purpose.DATA, Wrapped("kek-1", b"more")))
    live, retired, destroyed = key(2), key(3), key(4)
    assert await rows.add([live, retired, destroyed])
    await rows.retire([retired.id])
    await rows.destroy([destroyed.id])
    assert await rows.drop_masters([1, 2, 3, 4, 5, 6]) == [4]
    assert [one.version for one in await rows.masters()] == [1, 2, 3, 5]


async def test_no_key_is_added_under_a_master_that_was_dropped(rows: KeyRows) -> None:
    """Nobody could ever read what it seals. Nothing is added or noted then."""
    await rows.begin("store-1", MASTERS)
    old, new, late = key(3), key(3), key(2)
    assert await rows.add([old])
    assert await rows.drop_masters([2]) == [2]
    assert not await rows.add([new, late])
    assert not await rows.replace([Replacement("", new), Replacement(old.id, late)])
    assert await rows.find([old.id, new.id, late.id]) == {old.id: old}
    assert await rows.replace([Replacement(old.id, new)])


async def test_who_drops_a_master_waits_for_who_adds_keys_of_it(rows: KeyRows) -> None:
    """At once: either the key is there and so is its master, or neither is."""
    await rows.begin("store-1", MASTERS)
    for _ in range(20):
        made = key(2)
        added, dropped = await asyncio.gather(rows.add([made]), rows.drop_masters([2]))
        assert added != (dropped == [2])
        await rows.discard([made.id])
        await rows.add_master(Master(2, Purpose.DATA, DATA.wrapped))


async def test_keys_are_found_by_their_id(rows: KeyRows) -> None:
    """Many at once; unknown ones are left out."""
    await rows.begin("store-1", MASTERS)
    many = [key() for _ in range(1200)]
    await rows.add(many)
    found = await rows.find([*(one.id for one in many), "0" * 24])
    assert found == {one.id: one for one in many}
    assert await rows.find([]) == {}


async def test_a_destroyed_key_is_known_and_holds_nothing(rows: KeyRows) -> None:
    """Others stay; what is unknown or destroyed already does no harm."""
    await rows.begin("store-1", MASTERS)
    gone, stays = key(), key()
    await rows.add([gone, stays])
    for _ in range(2):
        await rows.destroy([gone.id, "0" * 24])
    assert (await rows.find([gone.id]))[gone.id] == DataKey(gone.id, 2, None)
    assert (await rows.find([stays.id]))[stays.id] == stays
    assert await rows.find(["0" * 24]) == {}


async def test_with_a_key_all_go_whose_place_it_took(rows: KeyRows) -> None:
    """Backwards only: what took its place is another record's business, or has a key that lives."""
    await rows.begin("store-1", MASTERS)
    first, second, third, other = key(), key(3), key(4), key()
    await rows.add([first, other])
    await rows.replace([Replacement(first.id, second), Replacement("", key(3))])
    await rows.retire([first.id])
    await rows.replace([Replacement(second.id, third)])
    await rows.destroy([second.id])
    found = await rows.find([one.id for one in (first, second, third, other)])
    assert [found[one.id].wrapped for one in (first, second, third, other)] == [
        None,
        None,
        third.wrapped,
        other.wrapped,
    ]


async def test_a_key_made_for_nothing_leaves_nothing(rows: KeyRows) -> None:
    """Not even that it was there."""
    await rows.begin("store-1", MASTERS)
    made, stays = key(), key()
    await rows.add([made, stays])
    await rows.discard([made.id, "0" * 24])
    assert list(await rows.find([made.id, stays.id])) == [stays.id]


async def test_what_was_retired_long_ago_goes(rows: KeyRows) -> None:
    """By the time it was retired first; what is in use stays."""
    await rows.begin("store-1", MASTERS)
    old, new = key(), key()
    await rows.add([old, new])
    await rows.retire([old.id])
    await asyncio.sleep(0.3)
    await rows.retire([old.id])
    assert await rows.purge(timedelta(hours=1)) == 0
    assert await rows.purge(timedelta(milliseconds=250)) == 1
    assert list(await rows.find([old.id, new.id])) == [new.id]


async def test_keys_are_counted_by_what_they_are(rows: KeyRows) -> None:
    """A destroyed one is not live, and a retired one neither."""
    await rows.begin("store-1", MASTERS)
    assert (await rows.counts()).live == {}
    keys = [key(2), key(2), key(3), key(3), key(3)]
    await rows.add(keys)
    await rows.retire([keys[0].id])
    await rows.destroy([keys[2].id])
    counts = await rows.counts()
    assert dict(counts.live) == {2: 1, 3: 2}
    assert (counts.retired, counts.destroyed) == (1, 1)
    await rows.ping()
