"""The dispatcher: the only clock. Releases due jobs as hints, and sweeps what was left behind."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from registrar.app.event_log import EVENTS
from registrar.app.registrations import JOBS
from registrar.app.sweep import BATCH, Sweep
from registrar.domain.errors import StoreUnavailable
from registrar.ports.connector import Catalogue
from registrar.ports.queue import Doorbell, Hint, Hints
from registrar.ports.store import Store

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


class Dispatch:
    """One queue. Any number of dispatchers may run side by side."""

    def __init__(  # noqa: PLR0913 - what it stands on
        self,
        *,
        store: Store,
        hints: Hints,
        doorbell: Doorbell,
        catalogue: Catalogue,
        sweep: Sweep,
        queue: str = "api",
        pace: Pace | None = None,
    ) -> None:
        self._store = store
        self._hints = hints
        self._doorbell = doorbell
        self._catalogue = catalogue
        self._sweep = sweep
        self._queue = queue
        self._pace = pace or Pace()
        self._rung = asyncio.Event()
        # Nobody knows what became of the hints of whoever dispatched before.
        self._rehint_now = True

    async def run(self) -> None:
        """For ever; an outage of the database or of Redis is waited out."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._sweep_on())
            group.create_task(self._release_on())

    async def _listen(self) -> None:
        async for _ in self._doorbell.listen(JOBS, self._pace.poll):
            self._rung.set()

    async def _release_on(self) -> None:
        while True:
            self._rung.clear()
            try:
                released = await self.release()
            except (ConnectionError, StoreUnavailable) as error:
                await self._wait_out(error)
                continue
            if released < self._pace.batch:
                await self._idle()

    async def _idle(self) -> None:
        """Until the bell rings, a job becomes due, or the poll."""
        seconds = self._pace.poll
        with suppress(StoreUnavailable):
            due = await self._store.next_due(self._queue)
            if due is not None and due > timedelta(0):
                seconds = min(seconds, due.total_seconds())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()

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
            in_flight={one.id: one.max_in_flight for one in makers},
            rehint_after=rehint,
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

    async def _sweep_on(self) -> None:
        while True:
            with suppress(StoreUnavailable):
                moved = await self._sweep.leases() + await self._sweep.deadlines()
                moved += await self._sweep.pauses(self._queue)
                if moved:
                    _log.info("swept", moved=moved)
                    await self._doorbell.ring(EVENTS, JOBS)
                if moved >= BATCH:
                    continue
            await asyncio.sleep(self._pace.sweep)
