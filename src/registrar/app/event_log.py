"""The tail of the event log in this process: one reader, one ring, any number of watchers.

It is read only while somebody watches; else its end is looked up now and then, so that a new
watcher begins near it. A watcher is a cursor and a wake-up, never a queue: one that is slow costs
nothing but its own way through the ring, and behind the ring it reads the log itself.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from itertools import chain
from operator import attrgetter

from registrar.app.bell import Bell
from registrar.domain.errors import StoreUnavailable
from registrar.ports.queue import Doorbell
from registrar.ports.store import LoggedEvent, Position, Store

PAGE = 500
RING = 20_000
POLL_SECONDS = 1.0
"""How late an event is at most when its ring was lost."""

EVENTS = "events"
"""The doorbell rung after every commit that appended events."""


class EventLog:
    """Follows the log while `run` runs."""

    def __init__(
        self, store: Store, doorbell: Doorbell, *, ring: int = RING, poll: float = POLL_SECONDS
    ) -> None:
        self._store = store
        self._doorbell = doorbell
        self._poll = poll
        self._most = ring
        self._ring: deque[LoggedEvent] = deque()
        self._of: dict[str, deque[LoggedEvent]] = defaultdict(deque)
        self._sleeping: dict[str, set[Bell]] = defaultdict(set)
        self._floor = Position()
        self._reading = asyncio.Lock()
        self._came = asyncio.Event()
        self.position = Position()
        """Everything up to here has been read, or was over before anybody watched."""

    @property
    def watched(self) -> bool:
        """Somebody is attached."""
        return bool(self._sleeping)

    async def start(self) -> None:
        """From now on; raises StoreUnavailable."""
        self._floor = self.position = await self._store.log_head()

    async def run(self) -> None:
        """For ever. A database that is away is tried again."""
        while True:
            if self.watched:
                await self._follow()
            else:
                await self._doze()

    async def _follow(self) -> None:
        """Read on at every ring, until nobody watches."""
        async with aclosing(self._doorbell.listen(EVENTS, self._poll)) as rings:
            async for _ in rings:
                if not self.watched:
                    return
                with suppress(StoreUnavailable):
                    await self.read_on()

    async def _doze(self) -> None:
        """Until somebody comes; then what lies before is left out. Rings are not listened to."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._poll):
                await self._came.wait()
        with suppress(StoreUnavailable):
            async with self._reading:
                self._skip_to(await self._store.log_head())

    def _skip_to(self, head: Position) -> None:
        # Somebody who came meanwhile must not wait for what would be left out here.
        if not self.watched:
            self._ring.clear()
            self._of.clear()
            self._floor = self.position = head

    async def read_on(self) -> None:
        """Everything there is by now."""
        async with self._reading:
            await self._read_on()

    async def _read_on(self) -> None:
        while True:
            page = await self._store.log(self.position, PAGE)
            self._append(page)
            if len(page) < PAGE:
                return
            # A long backlog must not keep the watchers waiting.
            await asyncio.sleep(0)

    def _append(self, page: Sequence[LoggedEvent]) -> None:
        for one in page:
            self._ring.append(one)
            self._of[one.event.registration_id].append(one)
            self.position = one.position
        while len(self._ring) > self._most:
            self._drop(self._ring.popleft())
        woken = {one.event.registration_id for one in page} | {one.event.tenant_id for one in page}
        for name in woken:
            for bell in self._sleeping.get(name, ()):
                bell.ring()

    def _drop(self, oldest: LoggedEvent) -> None:
        self._floor = oldest.position
        left = self._of[oldest.event.registration_id]
        left.popleft()
        if not left:
            del self._of[oldest.event.registration_id]

    async def last_positions(self, registration_ids: Sequence[str]) -> dict[str, Position]:
        """Of the newest event of each."""
        return await self._store.last_positions(registration_ids) if registration_ids else {}

    @asynccontextmanager
    async def attached(self, names: Iterable[str]) -> AsyncIterator[Bell]:
        """Rings whenever something of one of these registrations, or of this tenant, was read."""
        bell = Bell()
        watched = list(names)
        idle = not self.watched
        for name in watched:
            self._sleeping[name].add(bell)
        self._came.set()
        try:
            if idle:
                with suppress(StoreUnavailable):
                    await self.read_on()
            yield bell
        finally:
            for name in watched:
                self._sleeping[name].discard(bell)
                if not self._sleeping[name]:
                    del self._sleeping[name]
            if not self.watched:
                self._came.clear()

    def wake(self) -> None:
        """Ring every bell."""
        for bells in self._sleeping.values():
            for bell in bells:
                bell.ring()

    async def after(
        self, place: Position, registration_ids: Sequence[str] = ()
    ) -> AsyncIterator[LoggedEvent]:
        """What was read after `place`, of these registrations or of all, up to `position` now."""
        end = self.position
        while place < end:
            page = await self._page(place, registration_ids)
            for one in page:
                if one.position > end:
                    return
                place = one.position
                yield one
            if len(page) < PAGE:
                return

    async def _page(
        self, place: Position, registration_ids: Sequence[str]
    ) -> Sequence[LoggedEvent]:
        """No more than a page: a slow client keeps it alive while the ring moves on."""
        if place < self._floor:
            return await self._store.log(place, PAGE, registration_ids)
        if not registration_ids:
            return _after(self._ring, place)
        found = [_after(self._of.get(key, ()), place) for key in dict.fromkeys(registration_ids)]
        if len(found) == 1:
            return found[0]
        return sorted(chain.from_iterable(found), key=_position)[:PAGE]


_position = attrgetter("position")


def _after(events: Sequence[LoggedEvent], place: Position) -> list[LoggedEvent]:
    start = bisect_right(events, place, key=_position)
    return [events[index] for index in range(start, min(start + PAGE, len(events)))]
