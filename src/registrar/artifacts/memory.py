"""The memory twin: blobs in a dictionary."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

from registrar.domain.errors import ArtifactsUnavailable, NotFound

CHUNK = 64 * 1024


class MemoryBlobs:
    """`away` makes every call fail, `room` is how many bytes still fit."""

    def __init__(self, room: int = 2**40) -> None:
        self.kept: dict[str, bytes] = {}
        self.away = False
        self.room = room

    def _there(self) -> None:
        if self.away:
            raise ArtifactsUnavailable

    async def put(self, name: str, chunks: AsyncIterator[bytes]) -> None:
        """What came before an error stays."""
        self._there()
        self.kept[name] = b""
        async for chunk in chunks:
            self._there()
            if len(chunk) > self.room:
                raise ArtifactsUnavailable
            self.room -= len(chunk)
            self.kept[name] += chunk

    async def get(self, name: str) -> AsyncGenerator[bytes, None]:
        """In chunks."""
        self._there()
        if name not in self.kept:
            raise NotFound
        found = self.kept[name]
        for start in range(0, len(found), CHUNK):
            self._there()
            yield found[start : start + CHUNK]

    async def delete(self, name: str) -> None:
        """Also where there is none."""
        self._there()
        self.room += len(self.kept.pop(name, b""))

    async def ping(self) -> None:
        """Memory answers unless it is `away` or full."""
        self._there()
        if self.room <= 0:
            raise ArtifactsUnavailable

    async def close(self) -> None:
        """Nothing is held."""
