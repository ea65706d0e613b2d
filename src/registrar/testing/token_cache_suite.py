"""What every cache of the fleet's tokens must do.

A module of tests imports everything of this one and has a fixture `tokens`: an empty `TokenCache`.
"""
# ruff: noqa: S101 - a shipped suite is tests: it asserts, and expects literals

from __future__ import annotations

import asyncio

from registrar.ports.tokens import Found, TokenCache

KEY, OTHER = "acme:00", "acme:01"
LONG = 60.0
SHORT = 1.0  # seconds, and still longer than a busy machine takes to ask


async def put(tokens: TokenCache, value: bytes, life: float = LONG) -> None:
    """In the place of whatever is there."""
    seen = (await tokens.get(KEY)).seen
    fence = await tokens.take(KEY, seen, LONG)
    assert await tokens.put(KEY, fence, value, life)


async def test_nothing_is_kept_at_first(tokens: TokenCache) -> None:
    """Of any key."""
    assert await tokens.get(KEY) == Found()


async def test_a_token_is_kept_under_its_key_alone(tokens: TokenCache) -> None:
    """Any bytes, until its own end."""
    await put(tokens, b"\x00\xff\r\n")
    found = (await tokens.get(KEY)).token
    assert found is not None
    assert found.value == b"\x00\xff\r\n"
    assert LONG - 5 < found.left <= LONG
    assert await tokens.get(OTHER) == Found()


async def test_a_token_ends_with_its_life(tokens: TokenCache) -> None:
    """Nobody has to delete it."""
    await put(tokens, b"short", 0.05)
    await asyncio.sleep(0.1)
    assert await tokens.get(KEY) == Found()


async def test_one_of_many_takes_the_lease(tokens: TokenCache) -> None:
    """And another key's is another one."""
    fences = await asyncio.gather(*(tokens.take(KEY, b"", LONG) for _ in range(50)))
    assert len([one for one in fences if one]) == 1
    assert await tokens.take(OTHER, b"", LONG) not in {"", *fences}


async def test_whoever_has_not_seen_the_newest_token_may_not_renew_it(tokens: TokenCache) -> None:
    """Another one has just done so."""
    await put(tokens, b"new")
    assert await tokens.take(KEY, b"", LONG) == ""
    assert await tokens.take(KEY, b"old", LONG) == ""
    assert await tokens.take(KEY, b"new", LONG) != ""


async def test_a_lease_that_was_used_is_free_again(tokens: TokenCache) -> None:
    """And the fence of before does nothing more."""
    fence = await tokens.take(KEY, b"", LONG)
    assert await tokens.put(KEY, fence, b"one", LONG)
    assert await tokens.take(KEY, b"one", LONG) not in {"", fence}
    assert not await tokens.put(KEY, fence, b"two", LONG)
    assert (await tokens.get(KEY)).seen == b"one"


async def test_whoever_lost_the_lease_changes_nothing(tokens: TokenCache) -> None:
    """It slept too long: neither its token nor its trouble counts, and it extends nothing."""
    late = await tokens.take(KEY, b"", 0.05)
    await asyncio.sleep(0.1)
    fence = await tokens.take(KEY, b"", LONG)
    assert fence not in {"", late}
    assert not await tokens.put(KEY, late, b"late", LONG)
    assert not await tokens.fail(KEY, late, b"late", LONG)
    assert not await tokens.extend(KEY, late, LONG)
    assert await tokens.get(KEY) == Found()
    assert await tokens.put(KEY, fence, b"new", LONG)


async def test_a_lease_lives_as_long_as_it_is_extended(tokens: TokenCache) -> None:
    """From the moment of the extension."""
    fence = await tokens.take(KEY, b"", SHORT)
    assert await tokens.extend(KEY, fence, LONG)
    await asyncio.sleep(SHORT)
    assert await tokens.take(KEY, b"", LONG) == ""
    assert await tokens.extend(KEY, fence, 0.05)
    await asyncio.sleep(0.1)
    assert await tokens.take(KEY, b"", LONG) != ""


async def test_a_trouble_stands_beside_the_token_and_before_the_lease(tokens: TokenCache) -> None:
    """Until it ends; the token lives on."""
    await put(tokens, b"old")
    fence = await tokens.take(KEY, b"old", LONG)
    assert await tokens.fail(KEY, fence, b"trouble", SHORT)
    found = await tokens.get(KEY)
    assert found.trouble is not None
    assert (found.seen, found.trouble.value) == (b"old", b"trouble")
    assert await tokens.take(KEY, b"old", LONG) == ""
    await asyncio.sleep(SHORT)
    assert (await tokens.get(KEY)).trouble is None
    assert await tokens.take(KEY, b"old", LONG) != ""


async def test_only_what_is_still_the_same_is_forgotten(tokens: TokenCache) -> None:
    """Fifty who had the old token do not delete the new one."""
    await put(tokens, b"old")
    await put(tokens, b"new")
    done = await asyncio.gather(*(tokens.forget(KEY, b"old") for _ in range(50)))
    assert (any(done), (await tokens.get(KEY)).seen) == (False, b"new")
    done = await asyncio.gather(*(tokens.forget(KEY, b"new") for _ in range(50)))
    assert (done.count(True), await tokens.get(KEY)) == (1, Found())


async def test_a_trouble_is_forgotten_by_its_value(tokens: TokenCache) -> None:
    """So that one that cannot be read holds nobody up."""
    fence = await tokens.take(KEY, b"", LONG)
    await tokens.fail(KEY, fence, b"trouble", LONG)
    assert await tokens.forget(KEY, b"trouble")
    assert await tokens.get(KEY) == Found()
