"""Files as they rest in the blob store: segments, each sealed in its place.

A segment is its length in four bytes and its ciphertext. What it is bound to names the artifact,
the segment's number and whether it is the last: none can be moved, left out or cut off unseen.
"""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator

from registrar.domain.errors import Erased
from registrar.ports.vault import Cipher, Vault

SEGMENT = 64 * 1024
"""Bytes in the clear."""

_LENGTH = struct.Struct(">I")
_LONGEST = SEGMENT + 1024
"""A longer one is none of ours."""


def _context(artifact_id: str, number: int, *, last: bool) -> str:
    return f"artifacts:{artifact_id}:{number}:{'last' if last else 'more'}"


async def sealed(
    cipher: Cipher, artifact_id: str, chunks: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    """The segments of what `chunks` gives, in whatever pieces."""
    number, held = 0, bytearray()
    async for chunk in chunks:
        held += chunk
        # One that is full stays until something follows: it may be the last.
        while len(held) > SEGMENT:
            context = _context(artifact_id, number, last=False)
            yield _framed(cipher.seal(bytes(held[:SEGMENT]), context))
            del held[:SEGMENT]
            number += 1
    yield _framed(cipher.seal(bytes(held), _context(artifact_id, number, last=True)))


def _framed(segment: bytes) -> bytes:
    return _LENGTH.pack(len(segment)) + segment


async def opened(
    vault: Vault, artifact_id: str, chunks: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    """In the clear, at most SEGMENT bytes at once; ValueError where it was tampered with.

    Raises Erased where its key was destroyed.
    """
    number, waiting, cipher = 0, b"", None
    async for segment in _unframed(chunks):
        if cipher is None:
            cipher = await _cipher(vault, segment)
        else:
            yield cipher.open(waiting, _context(artifact_id, number - 1, last=False))
        number, waiting = number + 1, segment
    if cipher is None:
        raise ValueError("sealed file is empty")
    yield cipher.open(waiting, _context(artifact_id, number - 1, last=True))


async def _cipher(vault: Vault, segment: bytes) -> Cipher:
    """Of all segments: what another key has sealed does not open."""
    (cipher,) = await vault.of([segment])
    if cipher is None:
        raise Erased
    return cipher


async def _unframed(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        while (end := _end(held)) <= len(held):
            yield bytes(held[_LENGTH.size : end])
            del held[:end]
    if held:
        raise ValueError("sealed file ends within a segment")


def _end(held: bytearray) -> int:
    """Of the first segment."""
    if len(held) < _LENGTH.size:
        return _LENGTH.size + 1
    (length,) = _LENGTH.unpack_from(held)
    if length > _LONGEST:
        raise ValueError("sealed file has a segment of impossible length")
    return _LENGTH.size + int(length)
