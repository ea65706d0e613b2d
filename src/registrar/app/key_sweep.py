"""Keys that a rotation has replaced, and that no backup needs any longer.

Every dispatcher may do it at once: what one has destroyed, the other finds gone.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from registrar.domain.errors import StoreUnavailable
from registrar.ports.key_rows import KeyRows

_log = structlog.get_logger("registrar.keys")


@dataclass(frozen=True, slots=True)
class KeySweep:
    """The use case. `every`: seconds between two sweeps."""

    key_rows: KeyRows
    retired_for: timedelta
    every: float = 3600.0

    async def run(self) -> None:
        """For ever; a store of keys that is away is asked again the next time."""
        while True:
            try:
                await self.purge()
            except StoreUnavailable:
                _log.warning("retired_keys_not_purged", of="StoreUnavailable")
            await asyncio.sleep(self.every)

    async def purge(self) -> int:
        """How many are no more."""
        gone = await self.key_rows.purge(self.retired_for)
        if gone:
            _log.info("retired_keys_purged", keys=gone)
        return gone
