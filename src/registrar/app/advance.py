"""One step of one registration: what a worker does with a hint. Safe to run twice."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter
from typing import Protocol

from msgspec.structs import replace

from registrar.app import sealing
from registrar.app.advanced import Advanced, Ended, ids, write_line
from registrar.app.calling import NO_ROUTE, look, no_route, route, send, shut
from registrar.app.course import Course, Files, NoFiles, Reader, Writer
from registrar.app.forms import NoVisits, Visits
from registrar.app.gating import Deferral, Gates, NoGates, Pass
from registrar.app.holding import Hold
from registrar.domain import lifecycle
from registrar.domain.errors import Erased, StoreUnavailable
from registrar.domain.lifecycle import Moment
from registrar.domain.outcome import Outcome, Verification
from registrar.domain.registration import Registration, Step, Transition
from registrar.ports.clock import Clock
from registrar.ports.connector import Catalogue, Connector, Job
from registrar.ports.store import Store, Work
from registrar.ports.tracing import NoTracer, Tracer, trace_id
from registrar.ports.vault import Vault

__all__ = ["WRITE_TRIES", "Advance", "Advanced", "batched", "looked_up"]

WRITE_TRIES = 5


class Leases(Protocol):
    """Keeps what is held; a `Store` in production."""

    async def renew(self, leases: Sequence[tuple[str, int]], lease: timedelta) -> list[bool]:
        """See `ports.store.Store.renew`."""
        ...


End = Callable[[Registration], Transition]
"""The answer's transition, from whatever the state is by then."""


@dataclass(frozen=True, slots=True)
class Advance:
    """The use case. `lease` must exceed every connector's send deadline."""

    leases: Leases
    reader: Reader
    writer: Writer
    catalogue: Catalogue
    vault: Vault
    clock: Clock
    lease: timedelta = timedelta(seconds=60)
    tracer: Tracer = field(default_factory=NoTracer)
    files: Files = field(default_factory=NoFiles)
    visits: Visits = field(default_factory=NoVisits)
    gates: Gates = field(default_factory=NoGates)
    pauses: Sequence[float] = (0.1, 0.5, 2.0)
    """Seconds between the tries to write an outcome while the database is away."""

    async def run(self, registration_id: str, fence: int) -> Advanced:
        """Claim, act or look, and write the outcome.

        Raises StoreUnavailable, and ConnectionError where the gate does not answer: then nothing
        was sent.
        """
        work = await self.reader.add(registration_id)
        if work is None or work.leased or work.fence != fence:
            return Advanced.STALE
        before = work.stored.registration
        with self.tracer.continued(work.step.value, before.traceparent, ids(before)) as trace:
            started = perf_counter()
            ended = await self._step(work, trace_id(trace))
            if ended.how is not Advanced.STALE:
                write_line(work, ended, trace_id(trace), perf_counter() - started)
            return ended.how

    async def _step(self, work: Work, trace: str) -> Ended:
        before = work.stored.registration
        try:
            # Before anything is claimed: a store of keys that is away costs no attempt.
            job = await self._job(work)
        except Erased:
            return await self._forgotten(work)
        # What was sent is looked up by the version that sent it.
        version = before.connector_version if work.step is Step.VERIFY else ""
        connector = route(self.catalogue, before, version)
        given = await self.gates.ask(work, connector)
        if isinstance(given, Deferral):
            return await self._defer(work, given)
        claim = self._claim(work, connector, trace)
        hold = Hold(self._end_of_lease())
        if not await self.writer.add(claim):
            await self.gates.told(given, None, 0)
            return Ended(Advanced.STALE, claim)
        renewal = asyncio.create_task(self._renew(claim.registration.id, work.fence, hold))
        try:
            return await self._held(work, job, claim, connector, given, hold)
        finally:
            renewal.cancel()

    async def _forgotten(self, work: Work) -> Ended:
        """In a copy of the database from before it was erased: nothing is left to send."""
        moved = lifecycle.erase(work.stored.registration, self._moment())
        done = await self.writer.add(replace(moved, fence=work.fence))
        return Ended(Advanced.DONE if done else Advanced.STALE, moved)

    async def _defer(self, work: Work, why: Deferral) -> Ended:
        before, fence = work.stored.registration, work.fence
        if work.step is Step.VERIFY:
            moved = lifecycle.defer_check(before, why.wait, fence)
        else:
            moved = lifecycle.defer(before, why.reason, why.wait, self._moment(), fence)
        done = await self.writer.add(moved)
        return Ended(Advanced.DEFERRED if done else Advanced.STALE, moved)

    async def _held(  # noqa: PLR0913, PLR0917 - what is held
        self,
        work: Work,
        job: Job,
        claim: Transition,
        connector: Connector | None,
        given: Pass,
        hold: Hold,
    ) -> Ended:
        started = perf_counter()
        answer, end = await self._act(work, job, claim, connector, hold)
        seconds = perf_counter() - started
        # What was cut off with its lease is our own fault, and tells nothing of the manufacturer.
        said = answer if hold.held else None
        # Beside the outcome, which does not wait for it.
        telling = asyncio.create_task(self.gates.told(given, said, seconds))
        try:
            return await self._finish(claim.registration, answer, end, work.fence)
        finally:
            await telling

    def _end_of_lease(self) -> float:
        """Of one that is asked for now, at the earliest."""
        return asyncio.get_running_loop().time() + self.lease.total_seconds()

    def _moment(self) -> Moment:
        return Moment(self.clock.now(), jitter=random.random())  # noqa: S311 - spreads retries

    def _end(self, registration: Registration) -> Moment:
        """Of a step that another tier may follow."""
        return replace(self._moment(), shut=shut(self.catalogue, registration.manufacturer_id))

    def _claim(self, work: Work, connector: Connector | None, trace: str) -> Transition:
        before = work.stored.registration
        if work.step is Step.VERIFY:
            return lifecycle.start_check(before, work.fence)
        version = connector.version if connector else ""
        return lifecycle.start_attempt(before, self._moment(), work.fence, version, trace)

    async def _act(
        self, work: Work, job: Job, claim: Transition, connector: Connector | None, hold: Hold
    ) -> tuple[Outcome | Verification, End]:
        """The outside call; the answer makes a transition from whatever the state is by then."""
        fence = work.fence
        caps = connector.capabilities if connector else NO_ROUTE
        if claim.attempt is None:
            found = await look(connector, job)
            return found, lambda now: lifecycle.check(now, found, caps, self._end(now), fence)
        made = claim.registration, claim.attempt
        course = Course(
            self.writer, self.reader, self._moment, *made, fence, hold, self.files, self.gates
        )
        if connector is None:
            outcome = no_route(claim.attempt.tier)
        else:
            outcome = await send(connector, job, course, hold)
            await self.visits.walked(course.registration, outcome, course.walk, course.picture)
        return outcome, lambda now: lifecycle.conclude(
            now, course.attempt, outcome, caps, self._end(now), fence
        )

    async def _job(self, work: Work) -> Job:
        registration = work.stored.registration
        return Job(
            registration_id=registration.id,
            # Stable over attempts, so that a manufacturer that keeps keys can tell a repetition.
            idempotency_key=registration.id,
            brand=registration.brand,
            submission=await sealing.unseal(self.vault, work.stored),
            manufacturer_reference=registration.manufacturer_reference,
        )

    async def _finish(
        self, claimed: Registration, answer: Outcome | Verification, end: End, fence: int
    ) -> Ended:
        """A cancel may have moved the revision meanwhile; only the fence decides whose it is."""
        last = end(claimed)
        for _ in range(WRITE_TRIES):
            if await self._written(last):
                return Ended(Advanced.DONE, last, answer)
            work = await self.reader.add(claimed.id)
            if work is None or work.fence != fence or not work.leased:
                break
            last = end(work.stored.registration)
        return Ended(Advanced.FENCED, last, answer)

    async def _written(self, transition: Transition) -> bool:
        for pause in self.pauses:
            try:
                return await self.writer.add(transition)
            except StoreUnavailable:
                # The outcome is known and the lease is renewed: worth waiting for the database.
                await asyncio.sleep(pause)
        return await self.writer.add(transition)

    async def _renew(self, registration_id: str, fence: int, hold: Hold) -> None:
        while True:
            await asyncio.sleep(self.lease.total_seconds() / 3)
            until = self._end_of_lease()
            with suppress(StoreUnavailable):
                (held,) = await self.leases.renew([(registration_id, fence)], self.lease)
                hold.move(until if held else -math.inf)


def looked_up(store: Store) -> Callable[[Sequence[str]], Awaitable[list[Work | None]]]:
    """What a `Batcher` of registration ids flushes."""

    async def flush(ids: Sequence[str]) -> list[Work | None]:
        found = await store.work(ids)
        return [found.get(one) for one in ids]

    return flush


def batched(
    store: Store, lease: timedelta
) -> Callable[[Sequence[Transition]], Awaitable[list[bool]]]:
    """What a `Batcher` of transitions flushes."""

    async def flush(items: Sequence[Transition]) -> list[bool]:
        return await store.write(items, lease)

    return flush
