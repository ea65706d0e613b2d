"""Small files of the types that are taken as proofs of purchase."""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0\xff"))
    + _chunk(b"IEND", b"")
)
"""One white pixel."""

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + b"receipt" + b"\xff\xd9"
"""Its head and its end, with a comment where the picture would be."""

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n%receipt of Yevgenia\n%%EOF\n"
"""Its head and its end."""


async def pieces(data: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    """As they come over the wire."""
    for start in range(0, len(data), size):
        await asyncio.sleep(0)
        yield data[start : start + size]
