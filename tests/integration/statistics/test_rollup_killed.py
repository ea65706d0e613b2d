"""Two processes that count are killed again and again, and the counts are those of a recount."""

import asyncio
import random
import signal
import sys
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
from tests import recount

from registrar.domain.registration import Transition
from registrar.store.sql import SqlStore
from registrar.testing.histories import lives

ROLLER = Path(__file__).parent / "roller.py"
LIVES = 200
PAGE = 4
"""Events a transaction: a couple of hundred, so that most kills meet one."""
SINCE = datetime(2026, 11, 1, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=10)


async def filled(store: SqlStore, rng: random.Random) -> None:
    """With a past, in the order of time."""
    them = list(islice(lives(rng, SINCE, UNTIL), LIVES))
    await store.insert([one.first for one in them])
    steps: dict[int, list[Transition]] = {}
    for one in them:
        for place, step in enumerate(one.then):
            steps.setdefault(place, []).append(step)
    for _, together in sorted(steps.items()):
        assert all(await store.write(together, timedelta(seconds=30)))


async def killed(url: str, rng: random.Random) -> bool:
    """One life of a process that counts; whether it was killed before its end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROLLER), url, str(PAGE)), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"begun\n"
    try:
        async with asyncio.timeout(rng.uniform(0.05, 0.6)):
            assert await process.wait() == 0
    except TimeoutError:
        process.kill()
        return await process.wait() == -signal.SIGKILL
    return False


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
async def test_no_kill_counts_an_event_twice_or_not_at_all(
    request: pytest.FixtureRequest, database: str
) -> None:
    """Whatever it was in the middle of."""
    url: str = request.getfixturevalue(f"{database}_migrated")
    store = SqlStore(url)
    rng = random.Random(11)  # noqa: S311 - a test
    await filled(store, rng)
    kills = 0

    async def one() -> int:
        found = 0
        while await killed(url, rng):
            found += 1
        return found

    kills = sum(await asyncio.gather(one(), one()))
    assert kills >= 3
    assert await recount.check(store) > 3 * LIVES
    await store.close()
