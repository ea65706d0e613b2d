"""Time that passes only when it is told to: no test waits, and no two runs differ."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple

Answer = TypeVar("Answer")
Args = TypeVarTuple("Args")

START = datetime(2026, 11, 24, 12, tzinfo=UTC)


class VirtualClock:
    """`ports.clock.Clock`, of the database and of every process alike."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        """The present instant."""
        return START + timedelta(seconds=self.seconds)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Timers go off when the clock has been moved past them, and `settle` is called."""

    def __init__(self, clock: VirtualClock) -> None:
        self._virtual = clock
        self._moved = False
        super().__init__()

    def time(self) -> float:
        """Of the clock, in seconds."""
        return self._virtual.seconds

    def call_soon(
        self,
        callback: Callable[[*Args], object],
        *args: *Args,
        context: Context | None = None,
    ) -> asyncio.Handle:
        """Noted: it is not settled yet."""
        self._moved = True
        return super().call_soon(callback, *args, context=context)

    def settle(self) -> None:
        """Until everybody waits: for another's word, or for the clock."""
        self._moved = True
        while self._moved:
            self._moved = False
            self.stop()
            self.run_forever()


def at_once(doing: Coroutine[Any, Any, Answer]) -> Answer:
    """The answer of what never waits, such as the memory store."""
    try:
        doing.send(None)
    except StopIteration as ended:
        answer: Answer = ended.value
        return answer
    doing.close()
    raise AssertionError("it waited")
