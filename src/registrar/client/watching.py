"""A watch that resumes by itself: what every user of a stream would have to write."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import grpc

from registrar.client.errors import from_call
from registrar.client.messages import (
    WatchClosingReason,
    WatchRegistrationsRequest,
    WatchRegistrationsResponse,
)

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
                        await self.policy.sleep(self._after(message))
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
        call = self.open(self.request)
        messages = aiter(call)
        while True:
            async with asyncio.timeout(self.policy.silence):
                try:
                    message = await anext(messages)
                except StopAsyncIteration:
                    return
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

    def _after(self, message: WatchRegistrationsResponse) -> float:
        delay = message.closing.reconnect_delay.ToTimedelta().total_seconds()
        return self.policy.draw(0, max(delay, self.policy.first))

    async def _back_off(self) -> None:
        bound = min(self.policy.most, self.policy.first * 2 ** min(self._failures, 20))
        self._failures += 1
        await self.policy.sleep(self.policy.draw(0, bound))


def _is_complete(message: WatchRegistrationsResponse) -> bool:
    complete = WatchClosingReason.WATCH_CLOSING_REASON_COMPLETE
    return message.WhichOneof("message") == "closing" and message.closing.reason == complete
