"""Watch and wait: every durable event of each selected registration, once and in order.

Attach before reading state: an engine that read first shipped streams that hung on finished work.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from msgspec.structs import replace

from registrar.app.commands import (
    Caller,
    Closing,
    Heartbeat,
    Selection,
    View,
    WatchMessage,
    WatchStart,
)
from registrar.app.queries import Queries
from registrar.app.tokens import Bound, Resume
from registrar.domain.errors import Draining, NotFound, WatchLimit
from registrar.domain.registration import Event, Registration, State
from registrar.ports.store import Position

SHORTEST_BEAT, DEFAULT_BEAT, LONGEST_BEAT = 5.0, 15.0, 60.0
BEAT_SPREAD = 0.1
MAX_DURATION, DURATION_SPREAD = 15 * 60.0, 0.2
RECONNECT_DELAY = timedelta(seconds=1)
PER_KEY = 1_000
REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class WatchLimits:
    """Times in seconds. How long a write may take is the server's to limit: it writes."""

    max_duration: float = MAX_DURATION
    per_key: int = PER_KEY
    shortest_beat: float = SHORTEST_BEAT
    remembered: int = REMEMBERED
    """Registrations of which a filter's stream remembers whether they match."""


@dataclass(slots=True)
class _Progress:
    """How far one stream has come."""

    place: Position
    shown: dict[str, int] = field(default_factory=dict)
    """Revision of each snapshot that no newer event has followed yet."""
    finished: dict[str, bool] = field(default_factory=dict)
    """Of watched ids: whether they were terminal when last told."""

    def is_news(self, event: Event) -> bool:
        return event.sequence > self.shown.get(event.registration_id, 0)

    def note_view(self, now: Registration) -> None:
        self.shown[now.id] = now.revision
        self._note(now.id, now.state)

    def note_event(self, event: Event, place: Position) -> None:
        self.place = place
        # The log never goes back: what is newer than the snapshot needs no guard any more.
        self.shown.pop(event.registration_id, None)
        self._note(event.registration_id, event.state)

    def _note(self, registration_id: str, state: State) -> None:
        if registration_id in self.finished:
            self.finished[registration_id] = state.terminal

    @property
    def complete(self) -> bool:
        return bool(self.finished) and all(self.finished.values())


def _now() -> float:
    return asyncio.get_running_loop().time()


def _spread(seconds: float, share: float) -> float:
    return seconds * (1 + random.uniform(-share, share))  # noqa: S311 - no secret


class Watches:
    """The use cases watch and wait."""

    def __init__(self, queries: Queries, limits: WatchLimits | None = None) -> None:
        self._queries = queries
        self._log = queries.log
        self._limits = limits or WatchLimits()
        self._open: Counter[str] = Counter()
        self._draining = False

    def drain(self) -> None:
        """Close every open watch with DRAINING; waits answer at once."""
        self._draining = True
        self._log.wake()

    async def watch(self, caller: Caller, start: WatchStart) -> AsyncGenerator[WatchMessage, None]:
        """Ends after a Closing; raises NotFound, WatchLimit and the token errors."""
        stream = self._opened(caller, start)
        try:
            async with self._log.attached(stream.names) as bell:
                bell.ring()  # what came before it is news too
                turn = stream.beginning()
                while True:
                    async for message in turn:
                        yield message
                        del message  # an idle watch must not keep it alive
                    if closing := self._closing(stream):
                        yield stream.said(closing)
                        return
                    turn = stream.news() if await bell.rung(stream.patience()) else stream.beats()
        finally:
            self._open[caller.key_id] -= 1

    def _opened(self, caller: Caller, start: WatchStart) -> _Stream:
        if self._draining:
            raise Draining
        if self._open[caller.key_id] >= self._limits.per_key:
            raise WatchLimit
        stream = _Stream(self._queries, self._limits, caller, start)
        self._open[caller.key_id] += 1
        return stream

    def _closing(self, stream: _Stream) -> Closing | None:
        if stream.complete:
            return Closing("complete")
        if self._draining:
            return Closing("draining", RECONNECT_DELAY)
        if stream.left() <= 0:
            return Closing("max_duration", RECONNECT_DELAY)
        return None

    async def wait(
        self, caller: Caller, registration_id: str, *, after_revision: int, max_wait: timedelta
    ) -> View:
        """When the revision is greater, after `max_wait`, or at the drain."""
        ends = _now() + max_wait.total_seconds()
        async with self._log.attached([registration_id]) as bell:
            while True:
                view = await self._queries.get(caller, registration_id)
                over = self._draining or _now() >= ends
                if view.registration.revision > after_revision or over:
                    return view
                await bell.rung(max(0.0, ends - _now()))


class _Stream:
    """One watch of one caller: a cursor, with little beside it, for there are thousands."""

    def __init__(
        self, queries: Queries, limits: WatchLimits, caller: Caller, start: WatchStart
    ) -> None:
        self._queries = queries
        self._log = queries.log
        self._caller = caller
        self._start = start
        self._ids: tuple[str, ...] = () if isinstance(start.target, Selection) else start.target
        target = start.target if isinstance(start.target, Selection) else tuple(sorted(self._ids))
        self._bound = Bound(caller.tenant_id, target)
        self._matches: dict[str, bool] = {}
        self._remembered = limits.remembered
        self._progress = _Progress(queries.log.position, finished=dict.fromkeys(self._ids, False))
        self._resumed = self._resume()
        self._ends = _now() + _spread(limits.max_duration, DURATION_SPREAD)
        wanted = DEFAULT_BEAT if start.heartbeat is None else start.heartbeat.total_seconds()
        self._beat = min(max(wanted, limits.shortest_beat), LONGEST_BEAT)

    def _resume(self) -> Resume | None:
        if not self._start.resume_token:
            return None
        token, now = self._start.resume_token, self._queries.clock.now()
        resume = self._queries.tokens.read_resume(token, self._bound, now)
        self._progress.place = resume.position
        return resume

    def left(self) -> float:
        """Seconds to live."""
        return self._ends - _now()

    def patience(self) -> float:
        """Seconds until the next sign of life."""
        return min(_spread(self._beat, BEAT_SPREAD), max(0.0, self.left()))

    @property
    def names(self) -> Sequence[str]:
        """What wakes it."""
        return self._ids or (self._caller.tenant_id,)

    @property
    def complete(self) -> bool:
        """Nothing more will happen to any of its ids."""
        return self._progress.complete

    def said(self, body: View | Event | Heartbeat | Closing) -> WatchMessage:
        """With a token that continues after it."""
        place = Resume(self._progress.place)
        now = self._queries.clock.now()
        return WatchMessage(self._queries.tokens.resume(place, self._bound, now), body)

    async def beats(self) -> AsyncIterator[WatchMessage]:
        """One sign of life."""
        yield self.said(Heartbeat(self._queries.clock.now()))

    async def beginning(self) -> AsyncIterator[WatchMessage]:
        """The state, where it is asked for or will not change any more; else a sign of life."""
        spoken = False
        wants_all = self._resumed.snapshot if self._resumed else self._start.initial_state
        if isinstance(self._start.target, Selection):
            if wants_all:
                async for view in self._queries.every(self._caller, self._start.target):
                    yield self._shown(view)
                    spoken = True
        else:
            for view in await self._views(everything=wants_all):
                yield self._shown(view)
                spoken = True
        if not spoken:
            yield self.said(Heartbeat(self._queries.clock.now()))

    async def _views(self, *, everything: bool) -> list[View]:
        """All of them, or those that ended before the place from which this stream goes on."""
        found = await self._queries.several(self._caller, self._ids)
        if len(found) < len(self._ids):
            raise NotFound
        views = [found[key] for key in self._ids]
        if everything:
            return views
        ended = [view for view in views if view.registration.state.terminal]
        last = await self._log.last_positions([view.registration.id for view in ended])
        place = self._progress.place
        return [view for view in ended if last[view.registration.id] <= place]

    def _shown(self, view: View) -> WatchMessage:
        self._progress.note_view(view.registration)
        return self.said(view)

    async def news(self) -> AsyncIterator[WatchMessage]:
        """Every event up to where the log has been read."""
        end = self._log.position
        async for one in self._log.after(self._progress.place, self._ids):
            if self._progress.is_news(one.event) and await self._selected(one.event):
                self._progress.note_event(one.event, one.position)
                yield self.said(one.event)
        self._progress.place = max(self._progress.place, end)

    async def _selected(self, event: Event) -> bool:
        if event.tenant_id != self._caller.tenant_id:
            return False
        target = self._start.target
        if not isinstance(target, Selection):
            return True
        if target.states and event.state not in target.states:
            return False
        return replace(target, states=()) == Selection() or await self._matched(target, event)

    async def _matched(self, target: Selection, event: Event) -> bool:
        known = self._matches.get(event.registration_id)
        if known is None:
            found = await self._queries.several(self._caller, [event.registration_id])
            view = found.get(event.registration_id)
            known = view is not None and _matches(target, view)
            if len(self._matches) >= self._remembered:
                self._matches.clear()
            self._matches[event.registration_id] = known
        return known


def _matches(wanted: Selection, view: View) -> bool:
    """By what never changes of a registration; its state is judged event by event."""
    now, submission = view.registration, view.submission
    after, before = wanted.created_after, wanted.created_before
    return (
        (not wanted.manufacturer_ids or now.manufacturer_id in wanted.manufacturer_ids)
        and (not wanted.user_ref or submission.customer.user_ref == wanted.user_ref)
        and wanted.external_reference in {"", submission.external_reference}
        and (after is None or now.created_at >= after)
        and (before is None or now.created_at < before)
    )
