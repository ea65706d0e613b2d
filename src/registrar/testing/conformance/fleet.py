"""One registration through the true lifecycle: dispatcher, worker and sweeper over memory."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from msgspec.structs import replace

from registrar.app import sealing
from registrar.app.advance import Advance, batched, looked_up
from registrar.app.batching import Batcher
from registrar.app.sweep import Sweep
from registrar.domain.outcome import Tier
from registrar.domain.registration import Attempt, Event, NextJob, Registration, Transition
from registrar.domain.submission import Submission
from registrar.ports.clock import SystemClock
from registrar.ports.connector import Connector
from registrar.ports.tracing import NoTracer, Tracer
from registrar.store.memory import MemoryStore
from registrar.testing.manufacturer import OneManufacturer
from registrar.testing.records import Wanted, new_registration
from registrar.testing.vault import MemoryVault

VAULT = MemoryVault()
ROUNDS = 300


@dataclass
class Killed:
    """Writes, until it is killed before or after the write of this number; then it is gone."""

    flush: Batcher[Transition, bool]
    at: int = 0
    after: bool = False
    writes: int = 0

    async def add(self, item: Transition) -> bool:
        """As a `Writer`; raises CancelledError where the process dies."""
        self.writes += 1
        if self.writes == self.at and not self.after:
            raise asyncio.CancelledError
        written = await self.flush.add(item)
        if self.writes == self.at:
            raise asyncio.CancelledError
        return written


@dataclass
class Fleet:
    """`lease` zero: whoever is killed has lost it at once. Pauses are left out: retries are due."""

    connector: Connector
    lease: timedelta = timedelta(seconds=30)
    tracer: Tracer = field(default_factory=NoTracer)
    store: MemoryStore = field(default_factory=MemoryStore)
    dies_at: int = 0
    dies_after: bool = False

    def __post_init__(self) -> None:
        """The workers that there are one after the other share the store alone."""
        self._writer = Killed(_hasty(self.store, self.lease), self.dies_at, self.dies_after)
        self._sweep = Sweep(self.store, OneManufacturer(self.connector), SystemClock())

    async def accept(self, manufacturer: str, brand: str, submission: Submission) -> Registration:
        """Durable, with a sealed payload; on the API tier alone."""
        item = new_registration(Wanted(manufacturer_id=manufacturer))
        transition = item.transition
        made = replace(transition.registration, brand=brand, allowed_tiers=(Tier.API,))
        sealed = await sealing.seal(VAULT, made.id, sealing.payload(submission))
        item = replace(item, transition=replace(transition, registration=made), sealed=sealed)
        return (await self.store.insert([item]))[0].registration

    async def settle(self, one: Registration) -> Registration:
        """Until nothing more happens by itself."""
        for _ in range(ROUNDS):
            busy = await self._round(one.manufacturer_id)
            now = await self.now(one)
            waits = await self.store.next_due("api") is not None
            if not busy and not waits:
                return now
            await asyncio.sleep(0.01)
        return await self.now(one)

    async def settle_all(self, many: Sequence[Registration]) -> list[Registration]:
        """Those that are due at the same moment are worked on at the same moment."""
        return [await self.settle(one) for one in many]

    async def _round(self, manufacturer: str) -> bool:
        jobs = await self.store.release(
            "api", limit=10, in_flight={manufacturer: 10}, rehint_after=timedelta(0)
        )
        await asyncio.gather(*(self.work(job.registration_id, job.fence) for job in jobs))
        return bool(jobs) or bool(await self._sweep.leases())

    async def work(self, key: str, fence: int) -> None:
        """One step, as a worker does it that may die."""
        worker = Advance(
            leases=self.store,
            reader=Batcher(looked_up(self.store), wait=0),
            writer=self._writer,
            catalogue=OneManufacturer(self.connector),
            vault=VAULT,
            clock=SystemClock(),
            tracer=self.tracer,
        )
        # In a task of its own: a kill ends the worker, not the one who looks on.
        with suppress(asyncio.CancelledError):
            await asyncio.create_task(worker.run(key, fence))

    async def now(self, one: Registration) -> Registration:
        """As the store has it."""
        return (await self.store.get(one.tenant_id, [one.id]))[one.id].registration

    async def events(self, one: Registration) -> Sequence[Event]:
        """All of it."""
        return await self.store.events(one.tenant_id, one.id, after=0, limit=1000)

    async def attempts(self, one: Registration) -> Sequence[Attempt]:
        """All of them."""
        return await self.store.attempts(one.tenant_id, one.id)


def _hasty(store: MemoryStore, lease: timedelta) -> Batcher[Transition, bool]:
    flush = batched(store, lease)

    async def written(items: Sequence[Transition]) -> list[bool]:
        return await flush([replace(one, job=one.job and NextJob(one.job.step)) for one in items])

    return Batcher(written)
