"""One run: the load, the storm, the calm after it, and the verdict."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from tests.faults.storm import figures, oracle, records
from tests.faults.storm.answers import Seen
from tests.faults.storm.breaking import World, broken
from tests.faults.storm.figures import Run, Span
from tests.faults.storm.load import Load
from tests.faults.storm.people import LOOK_SECONDS
from tests.faults.storm.plan import Fault, plan
from tests.faults.storm.staging import Stage, Wanted, staged

WATCH_SECONDS = 30.0
AFTER_SECONDS = 3.0
DRAIN_SECONDS = 120.0
CATCH_UP_SECONDS = 60.0


async def run(wanted: Wanted) -> Run:
    """From nothing to the verdict; nothing of it is left but a log where something was broken."""
    folder = Path(tempfile.mkdtemp(prefix="storm-"))
    began = time.monotonic()
    async with staged(wanted, folder) as stage:
        made = await _storm(wanted, stage)
    made.seconds = time.monotonic() - began
    if not made.broken:
        shutil.rmtree(folder)
    return made


async def _storm(wanted: Wanted, stage: Stage) -> Run:
    load, world = stage.load, stage.world
    watching = asyncio.Event()
    watch = asyncio.create_task(load.watch(watching))
    async with asyncio.timeout(WATCH_SECONDS):
        await watching.wait()
    loading = asyncio.create_task(load.run(wanted.registrations))
    people = asyncio.create_task(load.people())
    faults = plan(wanted.seed, wanted.seconds)
    spans = await asyncio.gather(*(_suffered(world, one) for one in faults))
    # That all recovers is seen by what is submitted afterwards.
    await asyncio.sleep(AFTER_SECONDS)
    await _ended(load, loading)
    # What waits for people is theirs by now: they look once more.
    await _drained(world, load.seen)
    await asyncio.sleep(2 * LOOK_SECONDS)
    await _stopped(people, load.seen, "people")
    await _drained(world, load.seen)
    await _stopped(watch, load.seen, "the watch")
    return await _judged(world, load.seen, spans)


async def _ended(load: Load, loading: asyncio.Task[None]) -> None:
    """Callers come back until they are answered, and nothing is broken any longer."""
    load.over = True
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            await loading
    except TimeoutError:
        load.seen.wrong.append("not every caller was answered, long after the last fault")


async def _stopped(task: asyncio.Task[None], seen: Seen, what: str) -> None:
    """It goes on for ever: that it has ended by itself is a finding."""
    if task.done():
        seen.wrong.append(f"{what} ended: {task.exception()!r}")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _suffered(world: World, fault: Fault) -> Span:
    await asyncio.sleep(fault.at)
    async with broken(world, fault):
        began = time.time()
        await asyncio.sleep(fault.lasts)
    return Span(fault.kind, began, time.time(), fault.target)


async def _drained(world: World, seen: Seen) -> None:
    """Until all is settled and the watcher knows; what is not by then is judged as it is."""
    async with world.postgres.connected() as database:

        async def settled() -> bool:
            return await records.unsettled(database) == 0

        async def told() -> bool:
            return sum(map(len, seen.told.values())) >= await records.logged(database)

        await _until(settled, DRAIN_SECONDS)
        await _until(told, CATCH_UP_SECONDS)


async def _until(condition: Callable[[], Awaitable[bool]], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not await condition() and time.monotonic() < ends:  # noqa: ASYNC110 - other processes' state
        await asyncio.sleep(0.3)


async def _judged(world: World, seen: Seen, spans: Sequence[Span]) -> Run:
    async with world.postgres.connected() as database:
        rows = await records.rows(database)
    effects = Counter(one["key"] for one in await world.control.effects())
    facts = oracle.Facts(seen.acknowledged, rows, effects, seen.told, seen.wrong)
    maker_of = {row.id: row.maker for row in rows}
    succeeded = defaultdict[str, list[float]](list)
    for key, at in seen.succeeded.items():
        succeeded[maker_of[key]].append(at)
    return Run(
        accepted=len(seen.acknowledged),
        rows=rows,
        broken=oracle.violations(facts),
        surplus=sum(number - 1 for number in effects.values()),
        spans=spans,
        recoveries=figures.recoveries(spans, succeeded),
        sends=figures.sends_in_storms(spans, await world.control.arrivals()),
        refused=seen.refused,
    )
