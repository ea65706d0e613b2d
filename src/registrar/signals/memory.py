"""The twins in memory: one process, nothing to install."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress

from registrar.ports.queue import Hint


class MemoryHints:
    """Keeps hints in a list; `away` plays an outage."""

    def __init__(self) -> None:
        self.sent: list[Hint] = []
        self.away = False

    async def send(self, hints: Sequence[Hint]) -> None:
        """Append, or ConnectionError."""
        await self.ping()
        self.sent += hints

    async def ping(self) -> None:
        """ConnectionError while `away`."""
        if self.away:
            raise ConnectionError("away")


class MemoryDoorbell:
    """Rings within this process."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)

    async def ring(self, *bells: str) -> None:
        """Never raises."""
        for bell in bells:
            for listener in self._listeners[bell]:
                listener.set()

    async def listen(self, bell: str, poll_seconds: float) -> AsyncGenerator[None, None]:
        """At every ring and at least every `poll_seconds`."""
        rung = asyncio.Event()
        self._listeners[bell].add(rung)
        try:
            yield
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(poll_seconds):
                        await rung.wait()
                rung.clear()
                yield
        finally:
            self._listeners[bell].discard(rung)
