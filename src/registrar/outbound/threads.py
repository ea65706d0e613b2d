"""Blocking calls beside the event loop, few at once and each for a limited time.

Not an executor: its threads are joined at the end of the process, and a call to a file system that
has hung never ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class Threads:
    """`most` at once; `timeout` in seconds, the wait for a free one included."""

    def __init__(self, most: int, timeout: float) -> None:
        self._free = asyncio.Semaphore(most)
        self._timeout = timeout

    async def run(self, call: Callable[[], Answer]) -> Answer:
        """What it returns or raises; TimeoutError. One that hangs keeps its thread meanwhile."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._timeout):
            await self._free.acquire()
            done: asyncio.Future[Answer] = loop.create_future()
            Thread(target=self._work, args=(call, done, loop), daemon=True).start()
            return await done

    def _work(
        self, call: Callable[[], Any], done: asyncio.Future[Any], loop: asyncio.AbstractEventLoop
    ) -> None:
        answer, error = None, None
        try:
            answer = call()
        except Exception as raised:  # noqa: BLE001 - it is raised where it is waited for
            error = raised
        with suppress(RuntimeError):  # the loop has ended, and nobody waits
            loop.call_soon_threadsafe(self._end, done, answer, error)

    def _end(self, done: asyncio.Future[Any], answer: object, error: Exception | None) -> None:
        self._free.release()
        if done.done():
            return
        if error is None:
            done.set_result(answer)
        else:
            done.set_exception(error)
