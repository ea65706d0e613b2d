"""What each fault does, and how it is mended: one context a kind."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import asyncpg
from tests.faults.servers import Postgres, Redis
from tests.faults.storm.control import Control
from tests.faults.storm.fleet import Fleet, Member, signal_all
from tests.faults.storm.makers import RULES
from tests.faults.storm.plan import KINDS, MAKER, Fault
from tests.integration.notify.mailserver import MailServer

from registrar.ports.queue import Hint
from registrar.signals.redis import RedisHints, connect

HOLD = [{"fault": "commit_then_hang", "step": "submit", "seconds": 1.5}]
"""The manufacturer has acted and does not say so: whoever asked is in the middle of a send."""

SILENCE = {"fault": "hang", "step": "verify"}

FLAP_SECONDS = 0.5
REPLAYED = 300
"""Jobs of which hints are sent again."""

_SOME_JOBS = "SELECT registration_id, fence FROM jobs ORDER BY random() LIMIT $1"


@dataclass(frozen=True, slots=True)
class World:
    """Everything that can break."""

    fleet: Fleet
    redis: Redis
    postgres: Postgres
    control: Control
    mail: MailServer
    artifacts: Path
    chance: random.Random
    parts: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    """Mending may take longer than planned: of one part only one thing is broken at a time."""

    def one(self, kind: str) -> Member:
        """Any of a kind."""
        return self.chance.choice(self.fleet.of(kind))


AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What asyncpg says of a server that is stopped under it, or between two of its steps."""

Breaking = Callable[[World, Fault], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def broken(world: World, fault: Fault) -> AsyncIterator[None]:
    """Broken for the time of the block, and mended at its end."""
    breaking = _maker if KINDS[fault.kind].part == MAKER else BREAKING[fault.kind]
    async with world.parts[fault.part], breaking(world, fault):
        yield


@asynccontextmanager
async def _maker(world: World, fault: Fault) -> AsyncIterator[None]:
    rules = RULES[fault.kind]
    if fault.kind != "flapping":
        async with world.control.ruled(rules, fault.target):
            yield
        return

    async def flap() -> None:
        while True:
            async with world.control.ruled(rules, fault.target):
                await asyncio.sleep(FLAP_SECONDS)
            await asyncio.sleep(FLAP_SECONDS)

    flapping = asyncio.create_task(flap())
    try:
        yield
    finally:
        flapping.cancel()
        await asyncio.gather(flapping, return_exceptions=True)


@asynccontextmanager
async def _killed(world: World, _fault: Fault, *, kind: str) -> AsyncIterator[None]:
    """Any process of it: of a worker the leash, Dramatiq's master, or who does the work."""
    pids = world.one(kind).pids
    signal_all([world.chance.choice(pids)] if pids else [], signal.SIGKILL)
    yield


@asynccontextmanager
async def _frozen(world: World, _fault: Fault, *, kind: str) -> AsyncIterator[None]:
    """It is as a machine that swaps or is moved: not dead, and back later."""
    pids = world.one(kind).pids
    signal_all(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        signal_all(pids, signal.SIGCONT)


@asynccontextmanager
async def _killed_in_send(world: World, _fault: Fault) -> AsyncIterator[None]:
    """The manufacturers hold their answers, and those who wait for them are killed."""
    async with world.control.ruled(HOLD):
        yield
        for member in world.fleet.of("work"):
            if world.chance.random() < 0.7:
                signal_all(member.pids, signal.SIGKILL)


@asynccontextmanager
async def _frozen_in_send(world: World, fault: Fault) -> AsyncIterator[None]:
    """The same, and whoever waited is back after its lease has run out.

    Whoever has the job by then is at it still, for the look-up is not answered: who came back late
    must not end it.
    """
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(world.control.ruled([*HOLD, SILENCE]))
        stack.push_async_callback(asyncio.sleep, 1)
        await asyncio.sleep(1)
        await stack.enter_async_context(_frozen(world, fault, kind="work"))
        yield


@asynccontextmanager
async def _rolling(world: World, _fault: Fault) -> AsyncIterator[None]:
    """One after the other is asked to leave, as long as it lasts."""

    async def roll() -> None:
        for member in world.chance.sample(world.fleet.members, len(world.fleet.members)):
            await world.fleet.restart(member)

    rolling = asyncio.create_task(roll())
    try:
        yield
    finally:
        rolling.cancel()
        await asyncio.gather(rolling, return_exceptions=True)


@asynccontextmanager
async def _thread(
    world: World, _fault: Fault, *, breaks: Callable[[World], None], mends: Callable[[World], None]
) -> AsyncIterator[None]:
    """What blocks while it is done."""
    await asyncio.to_thread(breaks, world)
    try:
        yield
    finally:
        await asyncio.to_thread(mends, world)


def _nothing(_world: World) -> None:
    """It is whole again by itself."""


@asynccontextmanager
async def _backends_killed(world: World, _fault: Fault) -> AsyncIterator[None]:
    await world.postgres.kill_backends()
    yield


@asynccontextmanager
async def _locked(world: World, _fault: Fault) -> AsyncIterator[None]:
    async with world.postgres.locked():
        yield


@asynccontextmanager
async def _mail_down(world: World, _fault: Fault) -> AsyncIterator[None]:
    with suppress(TimeoutError):
        # Whoever is still connected keeps it from closing, and is of no account here.
        async with asyncio.timeout(1):
            await world.mail.leave()
    try:
        yield
    finally:
        await world.mail.start()


@asynccontextmanager
async def _hints_replayed(world: World, _fault: Fault) -> AsyncIterator[None]:
    """Of many jobs old, present and coming hints, each several times, in any order."""
    # Both servers may be broken themselves just now.
    with suppress(OSError, *AWAY):
        async with world.postgres.connected() as database:
            rows = await database.fetch(_SOME_JOBS, REPLAYED)
        hints = [Hint(row[0], row[1] + shift) for row in rows for shift in (-2, -1, 0, 0, 0, 1)]
        world.chance.shuffle(hints)
        async with connect(f"unix://{world.redis.path}") as client:
            await RedisHints(client).send(hints)
    yield


def _displaced(folder: Path) -> None:
    """As a volume that is full or gone: nothing can be written there."""
    folder.mkdir(exist_ok=True)
    folder.rename(folder.with_suffix(".away"))
    folder.write_text("in the way")


def _replaced(folder: Path) -> None:
    folder.unlink()
    folder.with_suffix(".away").rename(folder)


def _redis_emptied(world: World) -> None:
    world.redis.stop()
    world.redis.start()


BREAKING: Mapping[str, Breaking] = {
    "worker_killed": partial(_killed, kind="work"),
    "worker_killed_in_send": _killed_in_send,
    "worker_frozen_in_send": _frozen_in_send,
    "dispatcher_killed": partial(_killed, kind="dispatch"),
    "dispatcher_frozen": partial(_frozen, kind="dispatch"),
    "serve_killed": partial(_killed, kind="serve"),
    "serve_frozen": partial(_frozen, kind="serve"),
    "rolling_restart": _rolling,
    "redis_flushed": partial(_thread, breaks=lambda w: w.redis.flush(), mends=_nothing),
    "redis_emptied": partial(_thread, breaks=_redis_emptied, mends=_nothing),
    "redis_stopped": partial(
        _thread, breaks=lambda w: w.redis.stop(), mends=lambda w: w.redis.start()
    ),
    "redis_frozen": partial(
        _thread, breaks=lambda w: w.redis.freeze(), mends=lambda w: w.redis.thaw()
    ),
    "postgres_stopped": partial(
        _thread, breaks=lambda w: w.postgres.stop(), mends=lambda w: w.postgres.start()
    ),
    "postgres_backends_killed": _backends_killed,
    "postgres_locked": _locked,
    "hints_replayed": _hints_replayed,
    "artifacts_without_a_place": partial(
        _thread,
        breaks=lambda w: _displaced(w.artifacts),
        mends=lambda w: _replaced(w.artifacts),
    ),
    "mail_down": _mail_down,
}
