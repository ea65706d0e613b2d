"""Group commit: callers that come together share one write."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Batcher(Generic[Item, Answer]):
    """Flushes at `full` items, or once nobody has come for `wait` seconds, or after `longest`.

    While a batch is being written the next one gathers, up to `most` items: the busier it is, the
    less each item costs. Where a full one has gathered by then it is written beside the first, up
    to `at_once` of them: nobody need wait for a disk with nothing to do. Who comes after a batch of
    one waits for nobody: there is hardly anybody to wait for.

    `flush` answers in the order of its items. Its error reaches every caller of that batch and no
    other. A caller that went away is written all the same: it may have been told nothing, never
    something wrong.
    """

    def __init__(  # noqa: PLR0913 - the measures of a batch
        self,
        flush: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]],
        *,
        most: int = 64,
        full: int = 16,
        at_once: int = 2,
        wait: float = 0.002,
        longest: float = 0.03,
    ) -> None:
        self._flush = flush
        self._most = most
        self._full = full
        self._at_once = at_once
        self._wait = wait
        self._longest = longest
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._seen = 0
        """How many waited when it was last looked at."""
        self._until = 0.0
        self._alone = True
        """The last batch was of one item."""
        self._timer: asyncio.TimerHandle | None = None
        self._writing: set[asyncio.Task[None]] = set()

    async def add(self, item: Item) -> Answer:
        """The item's own answer, after its batch is durable."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        if not self._waiting:
            self._until = loop.time() + self._longest
        self._waiting.append((item, future))
        self._next(loop)
        return await future

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        """A full batch at once, if there is a place for it; a smaller one when none is written."""
        if len(self._waiting) >= self._full and len(self._writing) < self._at_once:
            self._start()
        elif self._waiting and not self._writing and self._timer is None:
            self._look_later(loop)

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        self._seen = len(self._waiting)
        self._timer = loop.call_later(0 if self._alone else self._wait, self._look)

    def _look(self) -> None:
        """Wait on while others keep coming: together they cost little more than one."""
        self._timer = None
        loop = asyncio.get_running_loop()
        if len(self._waiting) > self._seen and loop.time() < self._until:
            self._look_later(loop)
        else:
            self._start()

    def _start(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            self._alone = len(batch) == 1
            task = asyncio.get_running_loop().create_task(self._write(batch))
            self._writing.add(task)
            task.add_done_callback(self._written)

    async def _write(self, batch: list[tuple[Item, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._flush([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001 - handed on to every caller of the batch
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
        else:
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)

    def _written(self, task: asyncio.Task[None]) -> None:
        self._writing.discard(task)
        self._next(asyncio.get_running_loop())

    async def close(self) -> None:
        """Write what still waits."""
        self._start()
        while self._writing:
            await asyncio.wait(self._writing)
            self._start()
