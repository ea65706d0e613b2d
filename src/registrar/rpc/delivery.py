"""A watch on its way to its client, who may stop reading.

gRPC then leaves the write unfinished, and nothing can be said until the client reads on. Whoever
lets a write wait too long is let go meanwhile: its place, its watch and its bell are given back. If
it does read on, it finds what was written, and TOO_SLOW with a token to resume from.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import timedelta

import grpc

from registrar.app.commands import Closing, WatchMessage
from registrar.rpc.call import Context, current
from registrar.rpc.convert import EventMessages, write_watched

RECONNECT_DELAY = timedelta(seconds=1)


async def written(
    context: Context, message: object, patience: float, let_go: Callable[[], None]
) -> None:
    """One message; `let_go` is called when it has waited for `patience` seconds. It waits on."""
    timer = asyncio.get_running_loop().call_later(patience, let_go)
    try:
        await context.write(message)
    except grpc.aio.InternalError:
        # gRPC cancels the call of a client that is gone, but may fail its write first.
        await asyncio.sleep(patience)
        raise
    finally:
        timer.cancel()


class Delivery:
    """`patience`: seconds that one write may take."""

    def __init__(
        self,
        messages: AsyncGenerator[WatchMessage, None],
        context: Context,
        events: EventMessages,
        patience: float,
    ) -> None:
        self._messages = messages
        self._context = context
        self._call = current()
        self._events = events
        self._patience = patience
        self._parting: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Write every message, each when the one before has gone."""
        async with aclosing(self._messages):
            async for message in self._messages:
                await self._write(message)
                if self._parting is not None:
                    await self._parting
                    closing = Closing("too_slow", RECONNECT_DELAY)
                    await self._write(WatchMessage(message.resume_token, closing))
                    return
                del message  # an idle watch must not keep it alive

    async def _write(self, message: WatchMessage) -> None:
        made = write_watched(message, self._events)
        await written(self._context, made, self._patience, self._let_go)

    def _let_go(self) -> None:
        self._call.leave()
        self._parting = asyncio.ensure_future(self._messages.aclose())
