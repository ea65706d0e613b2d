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
from typing import Generic, TypeVar

import grpc
from google.protobuf.message import Message

from registrar.app.commands import Closing, WatchMessage
from registrar.rpc.call import Context, current

Said = TypeVar("Said")

TOO_SLOW = Closing("too_slow", timedelta(seconds=1))


def too_slow(last: WatchMessage) -> WatchMessage:
    """The last message of a watch that can be resumed after what came before."""
    return WatchMessage(last.resume_token, TOO_SLOW)


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


class Delivery(Generic[Said]):
    """`patience`: seconds that one write may take; `parting`: what is said after the last one."""

    def __init__(
        self,
        messages: AsyncGenerator[Said, None],
        context: Context,
        write: Callable[[Said], Message],
        parting: Callable[[Said], Said],
        patience: float,
    ) -> None:
        self._messages = messages
        self._context = context
        self._call = current()
        self._made = write
        self._last = parting
        self._patience = patience
        self._parting: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Write every message, each when the one before has gone."""
        async with aclosing(self._messages):
            async for message in self._messages:
                await self._write(message)
                if self._parting is not None:
                    await self._parting
                    await self._write(self._last(message))
                    return
                del message  # an idle watch must not keep it alive

    async def _write(self, message: Said) -> None:
        await written(self._context, self._made(message), self._patience, self._let_go)

    def _let_go(self) -> None:
        self._call.leave()
        self._parting = asyncio.ensure_future(self._messages.aclose())
