"""Keys that a rotation has replaced end when no backup needs them any longer."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from structlog.testing import capture_logs

from registrar.app.key_sweep import KeySweep
from registrar.domain.errors import StoreUnavailable
from registrar.ports.key_provider import Wrapped
from registrar.ports.key_rows import DataKey, Master, Purpose
from registrar.store.memory_key_rows import MemoryKeyRows

RETIRED, USED = (DataKey(one * 24, 2, bytes(60)) for one in "ab")
DAYS = timedelta(days=35)


class Clock:
    """Goes when it is told."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """The instant."""
        return self.at


class Flaky(MemoryKeyRows):
    """Away for the first `away` purges."""

    away = 0
    asked = 0

    async def purge(self, retired_for: timedelta) -> int:
        """Or StoreUnavailable."""
        self.asked += 1
        if self.asked <= self.away:
            raise StoreUnavailable
        return await super().purge(retired_for)


async def filled(clock: Clock) -> Flaky:
    """One key that was replaced now, and one that is in use."""
    rows = Flaky(clock)
    await rows.begin("store-1", [Master(2, Purpose.DATA, Wrapped("kek-1", b"data"))])
    await rows.add([RETIRED, USED])
    await rows.retire([RETIRED.id])
    return rows


async def left(rows: MemoryKeyRows) -> set[str]:
    """The ids of those that are there."""
    return set(await rows.find([RETIRED.id, USED.id]))


async def test_a_retired_key_is_kept_as_long_as_backups_are() -> None:
    """Then it goes, which is logged with the number; what is in use stays."""
    clock = Clock()
    rows = await filled(clock)
    sweep = KeySweep(rows, DAYS)
    clock.at += DAYS - timedelta(seconds=1)
    with capture_logs() as said:
        assert await sweep.purge() == 0
    assert (said, await left(rows)) == ([], {RETIRED.id, USED.id})
    clock.at += timedelta(seconds=1)
    with capture_logs() as said:
        assert await sweep.purge() == 1
    assert said == [{"event": "retired_keys_purged", "keys": 1, "log_level": "info"}]
    assert await left(rows) == {USED.id}


async def test_a_store_of_keys_that_is_away_is_asked_again() -> None:
    """By the same task, at the next sweep."""
    rows = await filled(Clock())
    rows.away = 2
    with capture_logs() as said:
        task = asyncio.ensure_future(KeySweep(rows, timedelta(0), every=0.001).run())
        async with asyncio.timeout(5):
            while await left(rows) != {USED.id}:  # noqa: ASYNC110 - another task is looked at
                await asyncio.sleep(0.001)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert [one["event"] for one in said] == [
        *("retired_keys_not_purged", "retired_keys_not_purged"),
        "retired_keys_purged",
    ]


async def test_it_is_looked_hourly() -> None:
    """The first time when it starts."""
    rows = Flaky(Clock())
    task = asyncio.ensure_future(KeySweep(rows, DAYS).run())
    await asyncio.sleep(0.05)
    task.cancel()
    assert (rows.asked, KeySweep(rows, DAYS).every) == (1, 3600)
