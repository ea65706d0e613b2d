"""Watches of connectors: all of them, and then each that has changed.

All watchers of a process share one look a second, and none is made while nobody watches. What each
has been told is compared with it: so a watcher that was away for a while misses nothing but what
has come and gone.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

from registrar.app.commands import Caller, Closing, Heartbeat
from registrar.app.connectors import ConnectorView
from registrar.app.watch import (
    BEAT_SPREAD,
    DEFAULT_BEAT,
    DURATION_SPREAD,
    LONGEST_BEAT,
    RECONNECT_DELAY,
    WatchLimits,
)
from registrar.domain.errors import Draining, StoreUnavailable, WatchLimit
from registrar.ports.clock import Clock

LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All connectors; it takes the place of all that was told before."""

    views: tuple[ConnectorView, ...]


ConnectorNews = Snapshot | ConnectorView | Heartbeat | Closing
"""One message of a watch."""

Views = tuple[ConnectorView, ...]
Key = tuple[str, object]


def _now() -> float:
    return asyncio.get_running_loop().time()


def _spread(seconds: float, share: float) -> float:
    return seconds * (1 + random.uniform(-share, share))  # noqa: S311 - no secret


def _key(view: ConnectorView) -> Key:
    return view.manufacturer_id, view.tier


def _news(view: ConnectorView) -> object:
    """What makes it another one; not what is merely counted."""
    circuit = view.circuit.news if view.circuit else None
    return replace(view, circuit=None, next_probe_at=None), circuit


@dataclass(slots=True)
class _Looks:
    """One look at a time for all who want one, and no more than one in `seconds`."""

    look: Callable[[], Awaitable[Sequence[ConnectorView]]]
    seconds: float
    drained: asyncio.Event = field(default_factory=asyncio.Event)
    _seen: Views | None = None
    """By the last look, if the database has answered it."""
    _at: float = 0.0
    _next: asyncio.Future[Views | None] | None = None

    async def recent(self) -> Views:
        """Of this moment, as far as one look in `seconds` allows. Raises StoreUnavailable."""
        if self._seen is not None and _now() - self._at < self.seconds:
            return self._seen
        found = await self.next()
        if found is None:
            raise StoreUnavailable
        return found

    async def next(self) -> Views | None:
        """Of the next look; None where the database does not answer, or nobody looks any more."""
        if self._next is None:
            self._next = asyncio.ensure_future(self._later())
        # Whoever goes away does not take the others' look along.
        return await asyncio.shield(self._next)

    async def _later(self) -> Views | None:
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, self._at + self.seconds - _now())):
                    await self.drained.wait()
            if self.drained.is_set():
                return None
            self._seen = None
            with suppress(StoreUnavailable):
                self._seen = tuple(await self.look())
            return self._seen
        finally:
            self._at, self._next = _now(), None


class ConnectorWatches:
    """The use case. `seconds`: between two looks."""

    def __init__(
        self,
        look: Callable[[], Awaitable[Sequence[ConnectorView]]],
        clock: Clock,
        limits: WatchLimits | None = None,
        seconds: float = LOOK_SECONDS,
    ) -> None:
        self._looks = _Looks(look, seconds)
        self._clock = clock
        self._limits = limits or WatchLimits()
        self._open: Counter[str] = Counter()

    def drain(self) -> None:
        """Close every open watch with DRAINING."""
        self._looks.drained.set()

    async def watch(
        self, caller: Caller, heartbeat: timedelta | None = None
    ) -> AsyncGenerator[ConnectorNews, None]:
        """Ends after a Closing. Raises Draining, WatchLimit, and StoreUnavailable at first."""
        self._enter(caller)
        try:
            stream = _Stream(self._limits, self._clock, heartbeat)
            yield stream.snapshot(await self._looks.recent())
            while (closing := self._closing(stream)) is None:
                for message in stream.news(await self._looks.next()):
                    yield message
            yield closing
        finally:
            self._open[caller.key_id] -= 1

    def _enter(self, caller: Caller) -> None:
        if self._looks.drained.is_set():
            raise Draining
        if self._open[caller.key_id] >= self._limits.per_key:
            raise WatchLimit
        self._open[caller.key_id] += 1

    def _closing(self, stream: _Stream) -> Closing | None:
        if self._looks.drained.is_set():
            return Closing("draining", RECONNECT_DELAY)
        if stream.over():
            return Closing("max_duration", RECONNECT_DELAY)
        return None


class _Stream:
    """What one watcher has been told, and when it is to hear something again."""

    def __init__(self, limits: WatchLimits, clock: Clock, heartbeat: timedelta | None) -> None:
        self._clock = clock
        wanted = DEFAULT_BEAT if heartbeat is None else heartbeat.total_seconds()
        self._beat = min(max(wanted, limits.shortest_beat), LONGEST_BEAT)
        self._ends = _now() + _spread(limits.max_duration, DURATION_SPREAD)
        self._told: dict[Key, object] = {}
        self._quiet_until = 0.0

    def over(self) -> bool:
        """Whether it has lived long enough."""
        return _now() >= self._ends

    def snapshot(self, views: Views) -> Snapshot:
        """All of them."""
        self._told = {_key(one): _news(one) for one in views}
        self._spoke()
        return Snapshot(views)

    def news(self, views: Views | None) -> Iterator[ConnectorNews]:
        """Those that are not as they were told; a heartbeat where there was none for long."""
        seen = views or ()
        if views is not None and {_key(one) for one in views} != self._told.keys():
            yield self.snapshot(views)
            return
        for one in seen:
            if (news := _news(one)) != self._told[_key(one)]:
                self._told[_key(one)] = news
                self._spoke()
                yield one
        if _now() >= self._quiet_until:
            self._spoke()
            yield Heartbeat(self._clock.now())

    def _spoke(self) -> None:
        self._quiet_until = _now() + _spread(self._beat, BEAT_SPREAD)
