"""Files sealed piece by piece: nothing of them moves, is cut off or left out unseen."""

import struct
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.app import segments
from registrar.app.segments import SEGMENT
from registrar.testing.vault import MemoryVault

VAULT = MemoryVault()
SIZES = (0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT, 3 * SEGMENT + 5)


async def cut(data: bytes, size: int) -> AsyncIterator[bytes]:
    """In pieces of that size."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def sealed(data: bytes, artifact_id: str = "art_1", size: int = 10_000) -> list[bytes]:
    """Its segments."""
    key = await VAULT.fresh()
    return [one async for one in segments.sealed(key, artifact_id, cut(data, size))]


async def opened(kept: bytes, artifact_id: str = "art_1", size: int = 10_000) -> bytes:
    """All of it."""
    chunks = [one async for one in segments.opened(VAULT, artifact_id, cut(kept, size))]
    assert all(len(one) <= SEGMENT for one in chunks)
    return b"".join(chunks)


def content(size: int) -> bytes:
    """No two segments alike."""
    return b"".join(number.to_bytes(4, "big") for number in range(size // 4 + 1))[:size]


@given(st.sampled_from(SIZES), st.integers(1, 2 * SEGMENT), st.integers(1, 2 * SEGMENT))
async def test_what_was_sealed_is_opened(size: int, given_in: int, read_in: int) -> None:
    """In whatever pieces it comes and is read, at the edges of the segments too."""
    kept = b"".join(await sealed(content(size), size=max(given_in, size // 40 + 1)))
    assert await opened(kept, size=max(read_in, len(kept) // 40 + 1)) == content(size)


async def test_nothing_of_it_is_kept_in_the_clear() -> None:
    """And the same content never looks the same."""
    data = b"Yevgenia Okonkwo" * 10_000
    first, second = b"".join(await sealed(data)), b"".join(await sealed(data))
    assert b"Okonkwo" not in first
    assert first != second


async def test_it_opens_under_its_own_name_only() -> None:
    """Bytes moved to another artifact are none of it."""
    kept = b"".join(await sealed(content(5)))
    with pytest.raises(ValueError, match="belongs elsewhere"):
        await opened(kept, "art_2")


@pytest.mark.parametrize(
    "order", [(0, 1), (0,), (1, 2), (0, 2), (1, 0, 2), (0, 0, 1, 2), (0, 1, 2, 2), ()]
)
async def test_segments_are_neither_moved_nor_left_out(order: tuple[int, ...]) -> None:
    """Cut off at the end of a segment, too."""
    parts = await sealed(content(2 * SEGMENT + 1))
    with pytest.raises(ValueError, match="sealed"):
        await opened(b"".join(parts[place] for place in order))


@pytest.mark.parametrize("missing", [1, 3, 70_000])
async def test_a_file_cut_off_within_a_segment_is_no_file(missing: int) -> None:
    """Wherever that is."""
    kept = b"".join(await sealed(content(2 * SEGMENT)))
    with pytest.raises(ValueError, match="sealed"):
        await opened(kept[:-missing])


async def test_a_length_that_cannot_be_is_not_waited_for() -> None:
    """Memory stays bounded, whatever has become of the file."""
    with pytest.raises(ValueError, match="impossible length"):
        await opened(struct.pack(">I", 2**31) + bytes(100))
