"""One queue's due jobs, released as hints; an outage of the database or of Redis is waited out."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from registrar.app.gate_watch import GateWatch
from registrar.domain.errors import StoreUnavailable
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.outcome import Tier
from registrar.ports.connector import Catalogue
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.queue import BROWSER, Hint, Hints
from registrar.ports.store import Store

LONGEST_IDLE = 5.0
"""Seconds between two releases, however little there is to do."""

_log = structlog.get_logger("registrar.dispatch")


@dataclass(frozen=True, slots=True)
class Pace:
    """Times in seconds."""

    poll: float = 0.5
    """How late a due job is at most when its ring was lost."""
    sweep: float = 1.0
    outage: float = 0.5
    """How often Redis, or the database, is tried while it is away."""
    batch: int = 256
    rehint_after: timedelta = timedelta(seconds=15)


class Release:
    """Of one queue. `rung` is set by whoever hears that there is work."""

    def __init__(  # noqa: PLR0913 - what it stands on
        self,
        queue: str,
        *,
        store: Store,
        hints: Hints,
        catalogue: Catalogue,
        pace: Pace,
        gates: GateWatch | None = None,
    ) -> None:
        self.rung = asyncio.Event()
        self._queue = queue
        self._store = store
        self._hints = hints
        self._catalogue = catalogue
        self._pace = pace
        self._gates = gates
        # Nobody knows what became of the hints of whoever dispatched before.
        self._rehint_now = True

    def _bound(self, maker: Manufacturer) -> int:
        forms = self._queue == BROWSER
        usual = maker.max_forms if forms else maker.max_in_flight
        if self._gates is None:
            return usual
        return self._gates.bound(ConnectorKey(maker.id, Tier.WEB if forms else Tier.API), usual)

    async def run(self) -> None:
        """For ever."""
        while True:
            self.rung.clear()
            try:
                released = await self.release()
            except (ConnectionError, StoreUnavailable) as error:
                await self._wait_out(error)
                continue
            if released < self._pace.batch:
                await self._idle()

    async def _idle(self) -> None:
        """Until the bell rings, a job is due, or it is time to look for hints that were lost.

        To ask what is due next costs a hundredth of a release: most of the time there is nothing.
        """
        ends = time.monotonic() + min(LONGEST_IDLE, self._pace.rehint_after.total_seconds() / 3)
        due = await self._next()
        while True:
            await self._nap(due)
            due = await self._next()
            now = due is not None and due <= timedelta(0)
            if now or self.rung.is_set() or time.monotonic() >= ends:
                return

    async def _nap(self, due: timedelta | None) -> None:
        """Until the bell rings, or the poll. What is due already was left for want of room."""
        seconds = self._pace.poll
        if due is not None and due > timedelta(0):
            seconds = min(seconds, due.total_seconds())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.rung.wait()

    async def _next(self) -> timedelta | None:
        """How long until the next job is due; the release itself meets an outage."""
        try:
            return await self._store.next_due(self._queue)
        except StoreUnavailable:
            return timedelta(0)

    async def release(self) -> int:
        """One batch; says how many. Raises ConnectionError and StoreUnavailable."""
        # A release that cannot be sent would only delay its jobs.
        rehint = timedelta(0) if self._rehint_now else self._pace.rehint_after
        if self._rehint_now:
            await self._hints.ping()
        makers = self._catalogue.manufacturers().values()
        due = await self._store.release(
            self._queue,
            limit=self._pace.batch,
            in_flight={one.id: self._bound(one) for one in makers},
            rehint_after=rehint,
            shut=list(self._gates.shut()) if self._gates else (),
        )
        self._rehint_now = False
        if due:
            hints = [Hint(one.registration_id, one.fence, one.queue) for one in due]
            await self._hints.send(hints)
        return len(due)

    async def _wait_out(self, error: Exception) -> None:
        what = type(error).__name__
        _log.warning("outage_started", of=what, queue=self._queue)
        if isinstance(error, ConnectionError):
            self._rehint_now = True
        while not await self._is_back():  # noqa: ASYNC110 - another process's state
            await asyncio.sleep(self._pace.outage)
        _log.warning("outage_ended", of=what, queue=self._queue)

    async def _is_back(self) -> bool:
        try:
            await self._store.ping()
            await self._hints.ping()
        except (ConnectionError, StoreUnavailable):
            return False
        return True
