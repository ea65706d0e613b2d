"""The dispatcher: the only clock. Releases due jobs as hints, and sweeps what was left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import structlog

from registrar.app.event_log import EVENTS
from registrar.app.gate_watch import GateWatch
from registrar.app.registrations import JOBS
from registrar.app.releasing import LONGEST_IDLE, Pace, Release
from registrar.app.sweep import BATCH, Sweep
from registrar.domain.errors import StoreUnavailable
from registrar.ports import queue
from registrar.ports.connector import Catalogue
from registrar.ports.queue import Doorbell, Hints
from registrar.ports.store import Store

__all__ = ["Dispatch", "Pace"]

_log = structlog.get_logger("registrar.dispatch")


class Dispatch:
    """All queues of registrations. Any number of dispatchers may run side by side."""

    def __init__(  # noqa: PLR0913 - what it stands on
        self,
        *,
        store: Store,
        hints: Hints,
        doorbell: Doorbell,
        catalogue: Catalogue,
        sweep: Sweep,
        queues: Sequence[str] = queue.JOBS,
        pace: Pace | None = None,
        gates: GateWatch | None = None,
    ) -> None:
        self._doorbell = doorbell
        self._sweep = sweep
        self._queues = queues
        self._pace = pace or Pace()
        self._gates = gates
        self._releases = [
            Release(
                one, store=store, hints=hints, catalogue=catalogue, pace=self._pace, gates=gates
            )
            for one in queues
        ]

    async def run(self) -> None:
        """For ever; an outage of the database or of Redis is waited out."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._sweep_on())
            if self._gates is not None:
                group.create_task(self._gates.run())
            for one in self._releases:
                group.create_task(one.run())

    async def _listen(self) -> None:
        # Each of them looks for what is due by itself: only a ring is news.
        async for _ in self._doorbell.listen(JOBS, LONGEST_IDLE):
            for one in self._releases:
                one.rung.set()

    async def _sweep_on(self) -> None:
        while True:
            with suppress(StoreUnavailable):
                moved = await self._sweep.leases() + await self._sweep.deadlines()
                moved += sum([await self._sweep.pauses(one) for one in self._queues])
                shut = self._gates.shut() if self._gates else {}
                moved += sum([await self._sweep.shut(one, shut) for one in self._queues])
                if moved:
                    _log.info("swept", moved=moved)
                    await self._doorbell.ring(EVENTS, JOBS)
                if moved >= BATCH:
                    continue
            await asyncio.sleep(self._pace.sweep)
