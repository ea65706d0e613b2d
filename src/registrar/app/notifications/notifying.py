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
from registrar.ports.clock import Clock
from registrar.ports.notices import Notices
from registrar.ports.queue import Doorbell

POLL_SECONDS = 1.0
"""How late an event is at most when its ring was lost."""
GATHER_SECONDS = 0.2
"""Between two looks at the log: what is rung for meanwhile is read at once."""
KEPT = timedelta(days=30)
"""How long it can be seen, and replayed, what was told."""
BATCH = 1000

_log = structlog.get_logger("registrar.notices")


@dataclass(frozen=True, slots=True)
class Notifying:
    """`every`: seconds between two looks for what is long over.

    It may not end: a defect is logged, and what it met is tried again.
    """

    tail: Tail
    deliveries: Sequence[Deliveries]
    notices: Notices
    doorbell: Doorbell
    clock: Clock
    every: float = 3600.0
    poll: float = POLL_SECONDS
    gather: float = GATHER_SECONDS
    batch: int = BATCH

    async def run(self) -> None:
        """For ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read_on())
            group.create_task(self._forget_on())
            for one in self.deliveries:
                group.create_task(one.run())

    async def _read_on(self) -> None:
        failing = ""
        async for _ in self.doorbell.listen(EVENTS, self.poll):
            before, failing = failing, await self._read()
            if failing and failing != before:
                _log.warning("outage_started", of=failing, at="tail")
            elif before and not failing:
                _log.info("outage_ended", of=before, at="tail")
            for one in self.deliveries:
                one.rung.set()
            await asyncio.sleep(self.gather)

    async def _read(self) -> str:
        """To the end of the log; or what stands in the way. Nothing is passed over."""
        try:
            while await self.tail.once():
                pass
        except Exception as error:  # noqa: BLE001 - where it ends, nobody is told anything
            return type(error).__name__
        return ""

    async def _forget_on(self) -> None:
        while True:
            try:
                more = await self.forget() == self.batch
            except Exception as error:  # noqa: BLE001 - what is forgotten later does no harm
                _log.warning("not_forgotten", of=type(error).__name__)
                more = False
            if not more:
                await asyncio.sleep(self.every)

    async def forget(self) -> int:
        """One batch of what was settled or bounced long ago; how many."""
        return await self.notices.forget(self.clock.now() - KEPT, self.batch)
