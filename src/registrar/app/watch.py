"""Watch and wait: every durable event of each selected registration, once and in order.

Attach before reading state: an engine that read first shipped streams that hung on finished work.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from registrar.app.commands import (
    Caller,
    Closing,
    Heartbeat,
    Selection,
    View,
    WatchMessage,
    WatchStart,
)
from registrar.app.event_log import EventLog
from registrar.app.queries import Queries
from registrar.app.tokens import Bound, Resume, Tokens
from registrar.domain.errors import Draining, NotFound, WatchLimit
from registrar.domain.registration import Event, State
from registrar.ports.clock import Clock
from registrar.ports.store import Position

SHORTEST_BEAT, DEFAULT_BEAT, LONGEST_BEAT = 5.0, 15.0, 60.0
BEAT_SPREAD = 0.1
MAX_DURATION, DURATION_SPREAD = 15 * 60.0, 0.2
RECONNECT_DELAY = timedelta(seconds=1)
PER_KEY = 1_000
REMEMBERED = 10_000
"""Registrations of which a filter's stream remembers whether they match."""


@dataclass(frozen=True, slots=True)
class WatchLimits:
    """Times in seconds."""

    max_duration: float = MAX_DURATION
    per_key: int = PER_KEY
    shortest_beat: float = SHORTEST_BEAT


@dataclass(slots=True)
class _Progress:
    """How far one stream has come."""

    place: Position
    told: dict[str, int] = field(default_factory=dict)
    """Sequence of the newest event or snapshot told, by registration."""
    finished: dict[str, bool] = field(default_factory=dict)
    """Of watched ids: whether they were terminal when last told."""

    def is_news(self, event: Event) -> bool:
        return event.sequence > self.told.get(event.registration_id, 0)

    def note(self, registration_id: str, sequence: int, *, terminal: bool) -> None:
        self.told[registration_id] = sequence
        if registration_id in self.finished:
            self.finished[registration_id] = terminal

    @property
    def complete(self) -> bool:
        return bool(self.finished) and all(self.finished.values())


class Watches:
    """The use cases watch and wait."""

    def __init__(
        self,
        queries: Queries,
        log: EventLog,
        tokens: Tokens,
        clock: Clock,
        limits: WatchLimits | None = None,
    ) -> None:
        self._queries = queries
        self._log = log
        self._tokens = tokens
        self._clock = clock
        self._limits = limits or WatchLimits()
        self._open: Counter[str] = Counter()
        self._draining = asyncio.Event()

    def drain(self) -> None:
        """Close every open watch with DRAINING; waits answer at once."""
        self._draining.set()

    async def watch(self, caller: Caller, start: WatchStart) -> AsyncIterator[WatchMessage]:
        """Ends after a Closing; raises NotFound, WatchLimit and the token errors."""
        if self._draining.is_set():
            raise Draining
        if self._open[caller.key_id] >= self._limits.per_key:
            raise WatchLimit
        self._open[caller.key_id] += 1
        try:
            stream = _Stream(self._queries, self._log, self._tokens, self._clock, caller, start)
            async for message in self._lived(stream):
                yield message
        finally:
            self._open[caller.key_id] -= 1

    async def _lived(self, stream: _Stream) -> AsyncIterator[WatchMessage]:
        clock = asyncio.get_running_loop().time
        spread = 1 + random.uniform(-DURATION_SPREAD, DURATION_SPREAD)  # noqa: S311 - no secret
        ends = clock() + self._limits.max_duration * spread
        beat = stream.beat(self._limits.shortest_beat)
        async with self._log.attached(stream.names) as bell:
            async for message in stream.beginning():
                yield message
            while True:
                bell.clear()
                async for message in stream.news():
                    yield message
                if stream.complete:
                    yield stream.said(Closing("complete"))
                    return
                if self._draining.is_set():
                    yield stream.said(Closing("draining", RECONNECT_DELAY))
                    return
                if clock() >= ends:
                    yield stream.said(Closing("max_duration", RECONNECT_DELAY))
                    return
                if not await self._rung(bell, min(beat, max(0.0, ends - clock()))):
                    yield stream.said(Heartbeat(self._clock.now()))

    async def _rung(self, bell: asyncio.Event, seconds: float) -> bool:
        """False where the time ran out without anything to tell."""
        spread = 1 + random.uniform(-BEAT_SPREAD, BEAT_SPREAD)  # noqa: S311 - no secret
        waiting = [
            asyncio.ensure_future(bell.wait()),
            asyncio.ensure_future(self._draining.wait()),
        ]
        try:
            done, _ = await asyncio.wait(
                waiting, timeout=seconds * spread, return_when=asyncio.FIRST_COMPLETED
            )
            return bool(done)
        finally:
            for one in waiting:
                one.cancel()

    async def wait(
        self, caller: Caller, registration_id: str, *, after_revision: int, max_wait: timedelta
    ) -> View:
        """When the revision is greater, after `max_wait`, or at the drain."""
        clock = asyncio.get_running_loop().time
        ends = clock() + max_wait.total_seconds()
        async with self._log.attached([registration_id]) as bell:
            while True:
                bell.clear()
                view = await self._queries.get(caller, registration_id)
                over = self._draining.is_set() or clock() >= ends
                if view.registration.revision > after_revision or over:
                    return view
                await self._rung(bell, max(0.0, ends - clock()))


class _Stream:
    """One watch of one caller."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a stream stands on
        self,
        queries: Queries,
        log: EventLog,
        tokens: Tokens,
        clock: Clock,
        caller: Caller,
        start: WatchStart,
    ) -> None:
        self._queries = queries
        self._log = log
        self._tokens = tokens
        self._clock = clock
        self._caller = caller
        self._start = start
        self._ids: tuple[str, ...] = () if isinstance(start.target, Selection) else start.target
        target = start.target if isinstance(start.target, Selection) else tuple(sorted(self._ids))
        self._bound = Bound(caller.tenant_id, target)
        self._matches: dict[str, bool] = {}
        self._progress = _Progress(log.position, finished=dict.fromkeys(self._ids, False))
        self._resumed = self._resume()

    def _resume(self) -> Resume | None:
        if not self._start.resume_token:
            return None
        token = self._start.resume_token
        resume = self._tokens.read_resume(token, self._bound, self._clock.now())
        self._progress.place = resume.position
        return resume

    @property
    def names(self) -> Sequence[str]:
        """What wakes it."""
        return self._ids or (self._caller.tenant_id,)

    @property
    def complete(self) -> bool:
        """Nothing more will happen to any of its ids."""
        return self._progress.complete

    def beat(self, shortest: float) -> float:
        """Seconds between heartbeats."""
        wanted = self._start.heartbeat
        seconds = DEFAULT_BEAT if wanted is None else wanted.total_seconds()
        return min(max(seconds, shortest), LONGEST_BEAT)

    def said(self, body: View | Event | Heartbeat | Closing) -> WatchMessage:
        """With a token that continues after it."""
        place = Resume(self._progress.place)
        return WatchMessage(self._tokens.resume(place, self._bound, self._clock.now()), body)

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
            yield self.said(Heartbeat(self._clock.now()))

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
        now = view.registration
        self._told(now.id, now.revision, now.state)
        return self.said(view)

    def _told(self, registration_id: str, sequence: int, state: State) -> None:
        self._progress.note(registration_id, sequence, terminal=state.terminal)

    async def news(self) -> AsyncIterator[WatchMessage]:
        """Every event up to where the log has been read."""
        end = self._log.position
        place = self._progress.place
        async for one in self._log.after(place, self._ids):
            event = one.event
            if not (self._progress.is_news(event) and await self._selected(event)):
                continue
            self._progress.place = one.position
            self._told(event.registration_id, event.sequence, event.state)
            yield self.said(event)
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
            if len(self._matches) >= REMEMBERED:
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
