"""Several processes on one database, as in production and in `registrar dev`."""

import asyncio
import sys
from collections import Counter

from registrar.ports.store import Filter
from registrar.store import migrate
from registrar.store.sql import open_store

PROGRAM = """
import asyncio, sys
from registrar.store.sql import open_store
from registrar.testing.records import Wanted, new_registration

async def main():
    store = open_store(sys.argv[1])
    items = [new_registration(Wanted(request_id="same", serial=b"s")) for _ in range(10)]
    sys.stdin.readline()
    answers = await asyncio.gather(*(store.insert([item]) for item in items))
    for (done,) in answers:
        print(done.status, done.registration.id)
    await store.close()

asyncio.run(main())
"""


async def test_the_same_body_from_five_processes_is_one_row(address: str) -> None:
    """Fifty submits at once: one CREATED, 49 REPLAYED, one id."""
    await migrate.upgrade(address)
    pipe = asyncio.subprocess.PIPE
    children = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, address, stdin=pipe, stdout=pipe
        )
        for _ in range(5)
    ]
    printed = await asyncio.gather(*(child.communicate(b"go\n") for child in children))
    words = [line.split() for text, _ in printed for line in text.decode().splitlines()]
    assert Counter(status for status, _ in words) == {"created": 1, "replayed": 49}
    assert len({made for _, made in words}) == 1
    store = open_store(address)
    assert len(await store.page("tenant-a", Filter(), descending=True, limit=10)) == 1
    await store.close()
