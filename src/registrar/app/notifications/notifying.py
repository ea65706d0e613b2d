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
from registrar.app.following import Following
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
        following = Following(self.tail.once, _log, "tail")
        async for _ in self.doorbell.listen(EVENTS, self.poll):
            await following.read_on()
            for one in self.deliveries:
                one.rung.set()
            await asyncio.sleep(self.gather)

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
