"""Ringing after a write: without waiting for it, and not more often than anybody can listen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from registrar.ports.queue import Doorbell

Item = TypeVar("Item")
Answer = TypeVar("Answer")

PAUSE = 0.002
"""Seconds between two rings; the first one after a pause is at once."""


class Ringing:
    """Rings the bells of one process, those that come together as one."""

    def __init__(self, doorbell: Doorbell) -> None:
        self._doorbell = doorbell
        self._wanted: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def ring(self, *bells: str) -> None:
        """Soon; a lost ring does no harm."""
        self._wanted.update(bells)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._ring_on())

    async def _ring_on(self) -> None:
        while self._wanted:
            bells, self._wanted = self._wanted, set()
            await self._doorbell.ring(*sorted(bells))
            await asyncio.sleep(PAUSE)
        self._task = None

    def after(
        self, flush: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]], *bells: str
    ) -> Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]]:
        """The flush, and then the bells."""

        async def rung(items: Sequence[Item]) -> Sequence[Answer]:
            answers = await flush(items)
            self.ring(*bells)
            return answers

        return rung

    async def close(self) -> None:
        """Let the last ring out."""
        if self._task is not None:
            await self._task
