"""A watcher's wake-up: all that the event log knows of a watcher."""

from __future__ import annotations

import asyncio


class Bell:
    """For one waiter. A future and a timer while it waits, and no task: there are thousands."""

    __slots__ = ("_rung", "_waiting")

    def __init__(self) -> None:
        self._rung = False
        self._waiting: asyncio.Future[None] | None = None

    def ring(self) -> None:
        """Wakes the waiter, or spares it its next wait."""
        self._rung = True
        if self._waiting is not None:
            _wake(self._waiting)

    async def rung(self, seconds: float) -> bool:
        """Since the last call, or within `seconds`."""
        if not self._rung:
            await self._wait(seconds)
        rung, self._rung = self._rung, False
        return rung

    async def _wait(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        timer = loop.call_later(seconds, _wake, self._waiting)
        try:
            await self._waiting
        finally:
            timer.cancel()
            self._waiting = None


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
