"""Dispatchers that are killed by the system while they work off an operation."""

import asyncio
import sys
import textwrap
import uuid

from registrar.app.bulk import BulkOperations
from registrar.app.commands import Caller
from registrar.domain.bulk import BulkFilter, BulkKind, BulkState, BulkWish
from registrar.domain.registration import EventKind, State
from registrar.ports.clock import SystemClock
from registrar.store import migrate
from registrar.store.sql import SqlStore
from registrar.testing.desk import AUDIT_KEYS
from registrar.testing.store_dead_letters_suite import failed

A = Caller("tenant-a", "a")
COUNT = 40
WORKER = textwrap.dedent("""
    import asyncio, sys
    from datetime import timedelta
    from registrar.app import bulk_work
    from registrar.ports.clock import SystemClock
    from registrar.store.sql import SqlStore

    async def main():
        bulk_work.LEASE = timedelta(seconds=0.3)
        print("ready", flush=True)
        await bulk_work.BulkWork(SqlStore(sys.argv[1]), SystemClock(), every=0.01).run()

    asyncio.run(main())
""")


async def killed(address: str, after: float) -> None:
    """It has worked for so long, and is gone without a word."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WORKER, address), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    await asyncio.sleep(after)
    process.kill()
    await process.wait()


async def test_nothing_is_lost_or_repeated(address: str) -> None:
    """However often, and wherever; two at a time."""
    await migrate.upgrade(address)
    store = SqlStore(address)
    made = [await failed(store) for _ in range(COUNT)]
    operations = BulkOperations(store, AUDIT_KEYS, SystemClock())
    wish = BulkWish(BulkKind.RETRY, BulkFilter(states=(State.FAILED,)), "They are back.", 50)
    begun = await operations.create(A, str(uuid.uuid4()), wish)
    seen = []
    while (now := await operations.get(A, begun.id)).state is BulkState.RUNNING:
        seen.append(now.done)
        await asyncio.gather(killed(address, 0.3), killed(address, 0.55))
    assert len(set(seen)) > 1  # one alone had not done it all
    assert (now.done, now.remaining, now.matched) == (COUNT, 0, COUNT)
    for one in made:
        events = await store.events("tenant-a", one.id, after=one.revision, limit=9)
        assert [event.kind for event in events] == [EventKind.RETRY_REQUESTED]
    await store.close()
