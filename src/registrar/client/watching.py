"""A watch that resumes by itself: what every user of a stream would have to write."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import grpc

from registrar.client.errors import from_call
from registrar.client.messages import (
    WatchClosingReason,
    WatchRegistrationsRequest,
    WatchRegistrationsResponse,
)

Message = TypeVar("Message")

RESUMED_ON = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED})
"""CANCELLED as far as it comes from outside: our own ends the iteration, not the call."""


@dataclass(frozen=True, slots=True)
class WatchPolicy:
    """Seconds. Full jitter: any moment between now and the bound, which doubles."""

    first: float = 0.1
    most: float = 20.0
    silence: float = 40.0
    """Without any message for this long, the connection is given up."""
    draw: Callable[[float, float], float] = random.uniform
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def heard(self, call: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Every message of one call; TimeoutError after too long a silence."""
        while True:
            async with asyncio.timeout(self.silence):
                try:
                    message = await anext(call)
                except StopAsyncIteration:
                    return
            yield message

    async def asked_to_wait(self, delay: timedelta) -> None:
        """Before resuming, by a server that has closed the watch."""
        await self.sleep(self.draw(0, max(delay.total_seconds(), self.first)))

    async def back_off(self, failures: int) -> None:
        """Before another call, after so many that have failed."""
        await self.sleep(self.draw(0, min(self.most, self.first * 2 ** min(failures, 20))))


Open = Callable[[WatchRegistrationsRequest], AsyncIterator[WatchRegistrationsResponse]]
"""Opens the call."""


@dataclass(slots=True)
class ResumingWatch:
    """Every message of a watch, over as many calls as it takes."""

    request: WatchRegistrationsRequest
    open: Open
    policy: WatchPolicy = field(default_factory=WatchPolicy)
    _told: dict[str, int] = field(default_factory=dict)
    _failures: int = 0

    async def __aiter__(self) -> AsyncIterator[WatchRegistrationsResponse]:
        """Ends after COMPLETE. Raises CallError for what resuming cannot mend."""
        while True:
            try:
                async for message in self._once():
                    self._failures = 0
                    if self._is_news(message):
                        yield message
                    if _is_complete(message):
                        return
                    if message.WhichOneof("message") == "closing":
                        delay = message.closing.reconnect_delay.ToTimedelta()
                        await self.policy.asked_to_wait(delay)
                        break
                else:
                    # The stream ended without a word: no reason to hurry back.
                    await self._back_off()
            except grpc.RpcError as error:
                if error.code() not in RESUMED_ON:
                    raise from_call(error) from error
                await self._back_off()
            except TimeoutError:
                await self._back_off()

    async def _once(self) -> AsyncIterator[WatchRegistrationsResponse]:
        async for message in self.policy.heard(aiter(self.open(self.request))):
            if message.resume_token:
                self.request.resume_token = message.resume_token
            yield message

    def _is_news(self, message: WatchRegistrationsResponse) -> bool:
        """Duplicates are possible just after a resume; an event is told once."""
        kind = message.WhichOneof("message")
        if kind == "event":
            known = self._told.get(message.event.registration_id, 0)
            self._told[message.event.registration_id] = max(known, message.event.sequence)
            return message.event.sequence > known
        if kind == "snapshot":
            self._told[message.snapshot.id] = message.snapshot.revision
        return kind is not None

    async def _back_off(self) -> None:
        self._failures += 1
        await self.policy.back_off(self._failures - 1)


def _is_complete(message: WatchRegistrationsResponse) -> bool:
    complete = WatchClosingReason.WATCH_CLOSING_REASON_COMPLETE
    return message.WhichOneof("message") == "closing" and message.closing.reason == complete
