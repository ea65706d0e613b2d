"""Attempts that are under way at the same moment, gathered into one request.

Each keeps its own deadline: who gives up leaves its seat, and the others go on. The request belongs
to none of them; it is given up when nobody waits for it any more.
"""

from __future__ import annotations

import asyncio
import copy
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass, field

from registrar.connectors.kit.http import NoAnswer, NotSent, Reply, Request
from registrar.connectors.kit.manifest.batch import Batch
from registrar.connectors.kit.sharing import Sharable, alone, itemized, together, told

Send = Callable[[Request], Awaitable[Reply]]
Apart = Callable[[Sharable, Reply], bool]
"""Whether an answer without items refuses several for one of them: then each goes alone."""

Frame = tuple[Batch, str]


class _Alone:
    """The answer to several says that each has to be sent by itself."""


_ALONE = _Alone()
Said = Reply | Exception | _Alone


@dataclass(frozen=True, slots=True, eq=False)
class _Seat:
    """One attempt's place in a request."""

    request: Sharable
    said: asyncio.Future[Said]


@dataclass(slots=True, eq=False)
class _Gathering:
    """One request, open for others until it is full or its time has come."""

    batch: Batch
    seats: list[_Seat] = field(default_factory=list)
    full: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    sent: bool = False

    def has_place(self, request: Sharable) -> bool:
        """Two of the same product never go together: neither would know its item."""
        return not self.full.is_set() and not any(one.request.meets(request) for one in self.seats)

    def take(self, request: Sharable) -> _Seat:
        """The last one closes it."""
        seat = _Seat(request, asyncio.get_running_loop().create_future())
        self.seats.append(seat)
        if len(self.seats) == self.batch.most:
            self.full.set()
        return seat

    def waiting(self) -> list[_Seat]:
        """Those whose attempt has not given up."""
        return [one for one in self.seats if not one.said.done()]

    def leave(self) -> None:
        """Nobody left: what is under way would be for nobody, and nobody may join it."""
        if self.task is not None and not self.waiting():
            self.full.set()
            self.task.cancel()


@dataclass(frozen=True, slots=True)
class Batches:
    """Of one section of one version of a manifest, on one loop."""

    _open: defaultdict[Frame, list[_Gathering]] = field(default_factory=lambda: defaultdict(list))

    async def answered(self, request: Sharable, send: Send, apart: Apart) -> Reply:
        """What `send` says of this one. Raises what it raises, and NoAnswer for silence of it."""
        gathering = self._gathering(request, send, apart)
        seat = gathering.take(request)
        try:
            said = await seat.said
        except asyncio.CancelledError:
            gathering.leave()
            raise
        if isinstance(said, _Alone):
            return alone(request, await send(request))
        if isinstance(said, Exception):
            # Of its own: one error raised in many tasks would gather all their tracebacks.
            raise copy.copy(said)
        return said

    def _gathering(self, request: Sharable, send: Send, apart: Apart) -> _Gathering:
        frame = (request.batch, request.frame)
        for one in self._open[frame]:
            if one.has_place(request):
                return one
        made = _Gathering(request.batch)
        self._open[frame].append(made)
        work = self._carry(frame, made, send, apart)
        # In nobody's context: what the first of them logs and traces is not the others'.
        made.task = asyncio.get_running_loop().create_task(work, context=Context())
        made.task.add_done_callback(lambda _: self._end(frame, made))
        return made

    async def _carry(self, frame: Frame, made: _Gathering, send: Send, apart: Apart) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(made.batch.within):
                await made.full.wait()
        self._close(frame, made)
        seats = made.waiting()
        if seats:
            made.sent = True
            await _sent(seats, send, apart)

    def _end(self, frame: Frame, made: _Gathering) -> None:
        """Also where it was stopped before it began: nobody waits for ever."""
        self._close(frame, made)
        stopped: Exception = NoAnswer("stopped") if made.sent else NotSent("stopped")
        _answer(made.waiting(), lambda _: stopped)

    def _close(self, frame: Frame, made: _Gathering) -> None:
        """From now on nobody joins."""
        made.full.set()
        left = [one for one in self._open.pop(frame, ()) if one is not made]
        if left:
            self._open[frame] = left


async def _sent(seats: list[_Seat], send: Send, apart: Apart) -> None:
    first = seats[0].request
    try:
        reply = await send(together([one.request for one in seats]))
    except Exception as error:  # noqa: BLE001 - each attempt gets it, and says what it means
        failed: Said = error
        _answer(seats, lambda _: failed)
        return
    if len(seats) > 1 and not itemized(first, reply) and apart(first, reply):
        _answer(seats, lambda _: _ALONE)
        return
    read = told if len(seats) > 1 else alone
    _answer(seats, lambda request: _said(read, request, reply))


def _said(read: Callable[[Sharable, Reply], Reply], request: Sharable, reply: Reply) -> Said:
    try:
        return read(request, reply)
    except Exception as error:  # noqa: BLE001 - one item that cannot be read spoils no other
        return error


def _answer(seats: list[_Seat], said: Callable[[Sharable], Said]) -> None:
    for one in seats:
        if not one.said.done():
            one.said.set_result(said(one.request))
