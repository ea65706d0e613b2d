"""Whether more work is taken in: how late is what was accepted before, bulk refused first.

The age is that of work which could go and has not. What waits for an outage to end, for a pause, or
for a time that its caller named, is not late, so a manufacturer that is away shuts no door.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from registrar.domain.errors import Backlogged, StoreUnavailable
from registrar.domain.registration import LATENESS, Priority
from registrar.ports.connector import Catalogue
from registrar.ports.store import Store

LOOK_SECONDS = 5.0
COME_BACK = timedelta(minutes=1)

_log = structlog.get_logger("registrar.backlog")

Key = tuple[str, Priority]
"""A manufacturer's class."""


@dataclass(slots=True)
class Backlog:
    """As last seen; a database that does not answer accepts nothing anyway."""

    store: Store
    catalogue: Catalogue
    limits: Mapping[Priority, timedelta] = field(default_factory=lambda: LATENESS)
    seconds: float = LOOK_SECONDS
    _shut: frozenset[Key] = frozenset()

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.once()
            await asyncio.sleep(self.seconds)

    async def once(self) -> None:
        """Look how late the work is."""
        makers = list(self.catalogue.manufacturers())
        try:
            found = await self.store.lateness(makers)
        except StoreUnavailable:
            return
        late = {(one.manufacturer_id, Priority(one.priority)): one.late for one in found}
        shut = frozenset(
            (maker, one) for maker in makers for one in Priority if self._late(late, maker, one)
        )
        self._tell("backlog_too_old", shut - self._shut)
        self._tell("backlog_worked_off", self._shut - shut)
        self._shut = shut

    def _late(self, late: Mapping[Key, timedelta], maker: str, priority: Priority) -> bool:
        """Where the urgent is late, the less urgent behind it is not taken in either."""
        ahead = [late.get((maker, one), timedelta(0)) for one in Priority if one <= priority]
        return max(ahead) > self.limits[priority]

    def refusal(self, manufacturer_id: str, priority: Priority) -> Backlogged | None:
        """Of a new registration that would only add to what is late already."""
        if (manufacturer_id, priority) not in self._shut:
            return None
        return Backlogged(f"{manufacturer_id}/{priority.name.lower()}", COME_BACK)

    @staticmethod
    def _tell(event: str, keys: frozenset[Key]) -> None:
        for maker, priority in sorted(keys):
            _log.warning(event, manufacturer_id=maker, priority=priority.name.lower())
