"""What every blob store must do: `from registrar.testing.blobs_suite import *` in a test module.

The module needs a fixture `blobs` that gives an empty store of the kind under test.
"""
# ruff: noqa: S101 - a shipped suite is tests: it asserts, and expects literals

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from registrar.domain.errors import NotFound
from registrar.ports.artifacts import Blobs

LARGE = 3 * 1024 * 1024 + 17


async def pieces(*given: bytes) -> AsyncIterator[bytes]:
    """One by one."""
    for one in given:
        yield one


async def content(blobs: Blobs, name: str) -> bytes:
    """All of it."""
    return b"".join([chunk async for chunk in blobs.get(name)])


async def test_a_blob_comes_back_as_it_was(blobs: Blobs) -> None:
    """Whatever the pieces; an empty one too."""
    large = os.urandom(LARGE)
    cut = [large[start : start + 70_001] for start in range(0, LARGE, 70_001)]
    await blobs.put("art_large", pieces(*cut))
    await blobs.put("art_empty", pieces())
    assert await content(blobs, "art_large") == large
    assert await content(blobs, "art_empty") == b""


async def test_a_blob_is_read_in_pieces(blobs: Blobs) -> None:
    """None of them is the whole."""
    await blobs.put("art_1", pieces(bytes(LARGE)))
    sizes = [len(chunk) async for chunk in blobs.get("art_1")]
    assert sum(sizes) == LARGE
    assert max(sizes) <= LARGE // 2


async def test_what_is_put_again_is_replaced(blobs: Blobs) -> None:
    """No byte of the longer one before is left."""
    await blobs.put("art_1", pieces(b"a longer one", b" of before"))
    await blobs.put("art_1", pieces(b"new"))
    assert await content(blobs, "art_1") == b"new"


async def test_there_is_no_blob_of_another_name(blobs: Blobs) -> None:
    """NotFound, before and after it was there."""
    await blobs.put("art_1", pieces(b"one"))
    with pytest.raises(NotFound):
        await content(blobs, "art_2")
    await blobs.delete("art_1")
    with pytest.raises(NotFound):
        await content(blobs, "art_1")


async def test_deleting_twice_is_deleting(blobs: Blobs) -> None:
    """And touches no other."""
    await blobs.put("art_1", pieces(b"one"))
    await blobs.put("art_2", pieces(b"two"))
    await blobs.delete("art_1")
    await blobs.delete("art_1")
    await blobs.delete("art_never")
    assert await content(blobs, "art_2") == b"two"


async def test_an_error_of_the_giver_is_passed_on(blobs: Blobs) -> None:
    """What came before it can be removed."""

    async def breaking() -> AsyncIterator[bytes]:
        yield b"half"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await blobs.put("art_1", breaking())
    await blobs.delete("art_1")
    with pytest.raises(NotFound):
        await content(blobs, "art_1")


async def test_many_are_kept_and_read_at_once(blobs: Blobs) -> None:
    """None gets the bytes of another; one that is read by many is read whole by each."""
    wanted = {f"art_{n:02}": os.urandom(200_000) for n in range(20)}
    await asyncio.gather(*(blobs.put(name, pieces(data)) for name, data in wanted.items()))
    names = [*wanted, *["art_00"] * 5]
    found = await asyncio.gather(*(content(blobs, name) for name in names))
    assert found == [wanted[name] for name in names]


async def test_the_place_answers(blobs: Blobs) -> None:
    """And is as it was."""
    await blobs.put("art_1", pieces(b"one"))
    await blobs.ping()
    assert await content(blobs, "art_1") == b"one"
