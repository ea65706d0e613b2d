"""Workers learn of overrides: at the start, and then every so many seconds."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

import structlog

from registrar.domain.errors import StoreUnavailable
from registrar.ports.error_overrides import Applied, ErrorOverrides

_log = structlog.get_logger("registrar.overrides")


@dataclass(slots=True)
class Heeding:
    """The last known stay in force while the database is away; each ends by itself."""

    store: ErrorOverrides
    applied: Applied
    seconds: float = 2.0
    _known: tuple[str, ...] = field(default=(), init=False)

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(self.seconds)
            await self.once()

    async def once(self) -> bool:
        """False where the database does not answer."""
        # Before the question: an override never counts for longer than it should.
        asked = time.monotonic()
        try:
            found = await self.store.in_force()
        except StoreUnavailable:
            return False
        unread = self.applied.put(found, asked)
        ids = tuple(one.override.id for one in found)
        if ids != self._known:
            self._known = ids
            _log.info("overrides_in_force", overrides=list(ids), not_understood=list(unread))
        return True
