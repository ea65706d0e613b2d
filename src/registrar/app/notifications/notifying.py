"""The part of a process that tells: reads the log, empties the outbox, forgets what is long over.

It stands beside the dispatcher, whose clock and leases it needs, and not in the workers: a mail
server that is slow holds no registration. Any number may run side by side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from registrar.app.event_log import EVENTS
from registrar.app.notifications.deliver import Deliveries
from registrar.app.notifications.tail import Tail
from registrar.domain.errors import StoreUnavailable
from registrar.ports.clock import Clock
from registrar.ports.notices import Notices
from registrar.ports.queue import Doorbell

POLL_SECONDS = 1.0
"""How late an event is at most when its ring was lost."""
KEPT = timedelta(days=30)
"""How long it can be seen, and replayed, what was told."""
BATCH = 1000

_log = structlog.get_logger("registrar.notices")


@dataclass(frozen=True, slots=True)
class Notifying:
    """`every`: seconds between two looks for what is long over."""

    tail: Tail
    deliveries: Sequence[Deliveries]
    notices: Notices
    doorbell: Doorbell
    clock: Clock
    every: float = 3600.0
    poll: float = POLL_SECONDS
    batch: int = BATCH

    async def run(self) -> None:
        """For ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read_on())
            group.create_task(self._forget_on())
            for one in self.deliveries:
                group.create_task(one.run())

    async def _read_on(self) -> None:
        well = True
        async for _ in self.doorbell.listen(EVENTS, self.poll):
            was_well, well = well, await self._read()
            if was_well and not well:
                _log.warning("outage_started", of="StoreUnavailable", at="tail")
            for one in self.deliveries:
                one.rung.set()

    async def _read(self) -> bool:
        """To the end of the log; False while the database is away."""
        try:
            while await self.tail.once():
                pass
        except StoreUnavailable:
            return False
        return True

    async def _forget_on(self) -> None:
        while True:
            try:
                more = await self.forget() == self.batch
            except StoreUnavailable:
                more = False
            if not more:
                await asyncio.sleep(self.every)

    async def forget(self) -> int:
        """One batch of what was settled long ago; how many."""
        return await self.notices.forget(self.clock.now() - KEPT, self.batch)
