"""One process that counts: `roller.py DATABASE_URL PAGE`, until all is counted, or it is killed."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

from registrar.app.statistics.rollup import Rollup
from registrar.signals.memory import MemoryDoorbell
from registrar.store.sql import SqlStore


class Early:
    """A clock by which nothing is too old."""

    def now(self) -> datetime:
        """Before all."""
        return datetime(2026, 11, 1, tzinfo=UTC)


async def main(url: str, page: int) -> None:
    """To the end of the log."""
    store = SqlStore(url)
    roller = Rollup(store, MemoryDoorbell(), Early(), page=page)
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    while await roller.once():
        pass
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
