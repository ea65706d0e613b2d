"""One process that counts: `roller.py DATABASE_URL PAGE`, until all is counted, or it is killed."""

from __future__ import annotations

import asyncio
import sys

from registrar.app.statistics.rollup import Rollup
from registrar.ports.clock import SystemClock
from registrar.signals.memory import MemoryDoorbell
from registrar.store.sql import SqlStore


async def main(url: str, page: int) -> None:
    """To the end of the log."""
    store = SqlStore(url)
    roller = Rollup(store, MemoryDoorbell(), SystemClock(), page=page)
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    while await roller.once():
        pass
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
