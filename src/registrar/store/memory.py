"""The memory twin: the same answers as the databases, for tests and for reading how it works."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from msgspec.structs import replace

from registrar.domain.outcome import Tier
from registrar.domain.registration import (
    Attempt,
    AttemptState,
    Event,
    Registration,
    State,
    Step,
    Transition,
    WaitReason,
)
from registrar.ports import plain
from registrar.ports.clock import Clock, SystemClock
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.queue import queue_of
from registrar.ports.store import (
    DueJob,
    ExpiredJob,
    Filter,
    Inserted,
    InsertStatus,
    Lateness,
    LoggedEvent,
    NewRegistration,
    PageCursor,
    Position,
    Stored,
    Work,
)
from registrar.store.fairness import Candidate, choose
from registrar.store.memory_api_keys import MemoryApiKeys
from registrar.store.memory_artifacts import MemoryArtifacts
from registrar.store.memory_audit import MemoryAudit
from registrar.store.memory_bulk import MemoryBulk
from registrar.store.memory_connectors import MemoryConnectors
from registrar.store.memory_dead_letters import MemoryDeadLetters
from registrar.store.memory_erasures import MemoryErasures
from registrar.store.memory_forms import MemoryForms
from registrar.store.memory_notices import MemoryNotices
from registrar.store.memory_overrides import MemoryOverrides
from registrar.store.memory_sealed import MemorySealed
from registrar.store.memory_statistics import MemoryStatistics
from registrar.store.memory_tenants import MemoryTenants
from registrar.store.rows import FREE


@dataclass(slots=True)
class _Job:
    manufacturer_id: str
    priority: int
    complete_by: datetime | None
    step: Step
    state: str
    run_at: datetime
    queue: str = "api"
    hinted_at: datetime | None = None
    lease_until: datetime | None = None
    fence: int = 0
    tier: Tier = Tier.API
    paused: bool = False


class MemoryStore:
    """Everything in dictionaries; one event loop is its transaction."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._items: dict[str, NewRegistration] = {}
        self._requests: dict[tuple[str, str], str] = {}
        self._products: dict[tuple[str, bytes], list[str]] = {}
        self._jobs: dict[str, _Job] = {}
        self._log: list[Event] = []
        self._attempts: dict[tuple[str, int], Attempt] = {}
        self._successors: dict[str, str] = {}
        self.audit = MemoryAudit(self._clock)
        self.connectors = MemoryConnectors(self._clock, self._jobs, self._wait_reason, self.audit)
        self.overrides = MemoryOverrides(self._clock, self.audit)
        self.artifacts = MemoryArtifacts(self._clock, self._requests)
        self.notices = MemoryNotices(self._clock, self.audit)
        self.tenants = MemoryTenants(self._clock, self.audit)
        self.api_keys = MemoryApiKeys(self._clock, self.audit)
        self.forms = MemoryForms(self._clock, self.audit)
        self.sealed = MemorySealed(self._items)
        self.erasures = MemoryErasures(self, self._items, self._log, self._finish)
        self.statistics = MemoryStatistics(self._items, self._log)
        self.dead_letters = MemoryDeadLetters(self._every)
        self.bulk = MemoryBulk(self._clock, self.audit, self._every, self._moved)

    def _every(self) -> list[Registration]:
        """Of all tenants, in the order of pages."""
        known = sorted(self._items.values(), key=_place)
        return [self._stored(one).registration for one in known]

    def _moved(self, one: Transition) -> bool:
        return self._write(one, timedelta(0))

    def _finish(self, one: Transition) -> bool:
        """Nobody works on it, and it stands in nobody's way any more."""
        job, item = self._jobs[one.registration.id], self._items[one.registration.id]
        if job.state == "leased" or not self._write(one, timedelta(0)):
            return False
        self._products[one.registration.tenant_id, item.serial_index].remove(one.registration.id)
        return True

    def _stored(self, item: NewRegistration) -> Stored:
        known = item.transition.registration
        successor = self._successors.get(known.id, "")
        return Stored(replace(known, successor_id=successor), item.sealed)

    def _wait_reason(self, registration_id: str) -> WaitReason | None:
        return self._items[registration_id].transition.registration.wait_reason

    def _of(self, tenant_id: str) -> list[NewRegistration]:
        mine = [
            item
            for item in self._items.values()
            if item.transition.registration.tenant_id == tenant_id
        ]
        return sorted(mine, key=_place)

    async def insert(self, items: Sequence[NewRegistration]) -> list[Inserted]:
        """One answer an item."""
        return [self._insert(item) for item in items]

    def _insert(self, item: NewRegistration) -> Inserted:
        wanted = item.transition.registration
        known = self._requests.get((wanted.tenant_id, wanted.request_id))
        if known is not None:
            other = self._items[known]
            same = other.body_digest == item.body_digest
            status = InsertStatus.REPLAYED if same else InsertStatus.REQUEST_ID_REUSED
            return Inserted(status, other.transition.registration)
        blocker = self._blocker(item)
        if blocker is not None:
            return Inserted(InsertStatus.DUPLICATE, blocker.transition.registration)
        job = item.transition.job
        self._items[wanted.id] = item
        self._requests[wanted.tenant_id, wanted.request_id] = wanted.id
        product = self._products.setdefault((wanted.tenant_id, item.serial_index), [])
        for key in product:
            if self._items[key].transition.registration.state is State.FAILED:
                self._successors.setdefault(key, wanted.id)
        product.append(wanted.id)
        self._log += item.transition.events
        self._jobs[wanted.id] = _Job(
            manufacturer_id=wanted.manufacturer_id,
            priority=int(wanted.priority),
            complete_by=wanted.complete_by,
            step=job.step if job else Step.ATTEMPT,
            state="ready" if job else "parked",
            run_at=job.at(self._clock.now()) if job else self._clock.now(),
            tier=wanted.tier or Tier.API,
            queue=queue_of(wanted.tier),
        )
        return Inserted(InsertStatus.CREATED, wanted)

    def _blocker(self, item: NewRegistration) -> NewRegistration | None:
        wanted = item.transition.registration
        for key in self._products.get((wanted.tenant_id, item.serial_index), ()):
            other = self._items[key]
            if key != wanted.id and other.transition.registration.state not in FREE:
                return other
        return None

    async def write(self, transitions: Sequence[Transition], lease: timedelta) -> list[bool]:
        """False for what is stale."""
        seen: set[str] = set()
        answers = [False] * len(transitions)
        back: list[int] = []
        for place, one in enumerate(transitions):
            if one.registration.id in seen:
                continue
            seen.add(one.registration.id)
            # As in the databases: who comes back does so after those who make room.
            if self._returns(one):
                back.append(place)
            else:
                answers[place] = self._write(one, lease)
        for place in back:
            answers[place] = self._write(transitions[place], lease)
        return answers

    def _returns(self, one: Transition) -> bool:
        item = self._items.get(one.registration.id)
        was_free = item is not None and item.transition.registration.state in FREE
        return was_free and one.registration.state not in FREE

    def _holds(self, one: Transition) -> bool:
        item, job = self._items.get(one.registration.id), self._jobs.get(one.registration.id)
        if item is None or job is None:
            return False
        there = item.transition.registration
        return (
            there.revision == one.expected_revision
            and one.fence in {None, job.fence}
            and not (one.claim and job.state != "hinted")
            and not (self._returns(one) and self._blocker(item))
        )

    def _write(self, one: Transition, lease: timedelta) -> bool:
        if not self._holds(one):
            return False
        key = one.registration.id
        if one.registration.state is not State.FAILED:
            self._successors.pop(key, None)
        self._items[key] = replace(self._items[key], transition=one)
        self._log += one.events
        if one.attempt is not None:
            self._attempts[key, one.attempt.number] = one.attempt
        job = self._jobs[key]
        if one.claim:
            job.state, job.lease_until = "leased", self._clock.now() + lease
        elif not one.keep_job:
            job.state = "ready" if one.job else "parked"
            job.step = one.job.step if one.job else Step.ATTEMPT
            job.run_at = one.job.at(self._clock.now()) if one.job else job.run_at
            job.tier = one.registration.tier or Tier.API
            job.queue = queue_of(one.registration.tier)
            job.paused = bool(one.job and one.job.paused)
            job.fence += 1
            job.lease_until = job.hinted_at = None
        return True

    async def renew(self, leases: Sequence[tuple[str, int]], lease: timedelta) -> list[bool]:
        """Extend leases that are still held."""
        now, answers = self._clock.now(), []
        for key, fence in leases:
            job = self._jobs.get(key)
            held = bool(job and job.lease_until and job.lease_until >= now and job.fence == fence)
            if job is not None and held:
                job.lease_until = now + lease
            answers.append(held)
        return answers

    async def work(self, registration_ids: Sequence[str]) -> dict[str, Work]:
        """What a claim needs."""
        made: dict[str, Work] = {}
        for key in registration_ids:
            job = self._jobs.get(key)
            if job is None or job.state == "parked":
                continue
            tries = [one for (of, _), one in self._attempts.items() if of == key]
            running = [one for one in tries if one.state is AttemptState.RUNNING]
            made[key] = Work(
                stored=self._stored(self._items[key]),
                step=job.step,
                fence=job.fence,
                leased=job.state == "leased",
                running=running[-1] if running else None,
            )
        return made

    async def get(self, tenant_id: str, registration_ids: Sequence[str]) -> dict[str, Stored]:
        """Of this tenant only."""
        mine = {item.transition.registration.id: item for item in self._of(tenant_id)}
        return {key: self._stored(mine[key]) for key in registration_ids if key in mine}

    async def lookup(
        self, tenant_id: str, *, reference: bytes | None = None, serial: bytes | None = None
    ) -> Stored | None:
        """The newest that matches."""
        for item in reversed(self._of(tenant_id)):
            wrong_reference = reference is not None and item.reference_index != reference
            wrong_serial = serial is not None and item.serial_index != serial
            if not wrong_reference and not wrong_serial:
                return self._stored(item)
        return None

    async def known(self, tenant_id: str, request_id: str) -> bool:
        """Whether this request has made a registration."""
        return (tenant_id, request_id) in self._requests

    async def page(
        self,
        tenant_id: str,
        where: Filter,
        *,
        descending: bool,
        limit: int,
        after: PageCursor | None = None,
    ) -> list[Stored]:
        """A page by (created_at, id)."""
        rows = [item for item in self._of(tenant_id) if _matches(item, where)]
        if descending:
            rows.reverse()
        if after is not None:
            place = (after.created_at, after.registration_id)
            rows = [
                item
                for item in rows
                if (_place(item) < place if descending else _place(item) > place)
            ]
        return [self._stored(item) for item in rows[:limit]]

    async def events(
        self, tenant_id: str, registration_id: str, *, after: int, limit: int
    ) -> list[Event]:
        """Events of one registration."""
        mine = [
            event
            for event in self._log
            if (event.registration_id, event.tenant_id) == (registration_id, tenant_id)
        ]
        return [event for event in mine if event.sequence > after][:limit]

    async def attempts(self, tenant_id: str, registration_id: str) -> list[Attempt]:
        """Attempts of one registration."""
        return [
            one
            for (of, _), one in sorted(self._attempts.items())
            if of == registration_id and one.tenant_id == tenant_id
        ]

    async def log(
        self, after: Position, limit: int, registration_ids: Sequence[str] = ()
    ) -> list[LoggedEvent]:
        """The event log."""
        left = itertools.islice(enumerate(self._log, 1), after.offset, None)
        wanted = (
            LoggedEvent(Position(0, offset), event)
            for offset, event in left
            if not registration_ids or event.registration_id in registration_ids
        )
        return list(itertools.islice(wanted, limit))

    async def log_head(self) -> Position:
        """Where to read on from."""
        return Position(0, len(self._log))

    async def last_positions(self, registration_ids: Sequence[str]) -> dict[str, Position]:
        """Of the newest event of each."""
        wanted = set(registration_ids)
        found = enumerate(self._log, 1)
        return {
            event.registration_id: Position(0, offset)
            for offset, event in found
            if event.registration_id in wanted
        }

    async def release(
        self,
        queue: str,
        *,
        limit: int,
        in_flight: dict[str, int],
        rehint_after: timedelta,
        shut: Collection[ConnectorKey] = (),
    ) -> list[DueJob]:
        """Mark due jobs as hinted."""
        now = self._clock.now()
        held = partial(self.connectors.holds, shut=shut)
        here = {key: job for key, job in self._jobs.items() if job.queue == queue}
        stale = [
            key
            for key, job in here.items()
            if job.state == "hinted"
            and job.manufacturer_id in in_flight
            and job.hinted_at
            and job.hinted_at < now - rehint_after
            and not held(job)
        ][:limit]
        busy = [job.manufacturer_id for job in here.values() if job.state in {"hinted", "leased"}]
        room = {name: bound - busy.count(name) for name, bound in in_flight.items()}
        due = [
            Candidate(
                key, job.manufacturer_id, job.priority, plain.to_micros(job.run_at), job.fence
            )
            for key, job in here.items()
            if job.state == "ready" and job.run_at <= now and not held(job)
        ]
        chosen = choose(due, room, limit - len(stale))
        return [self._hint(key, now) for key in [*stale, *(one.registration_id for one in chosen)]]

    def _hint(self, key: str, now: datetime) -> DueJob:
        job = self._jobs[key]
        job.state, job.hinted_at, job.fence = "hinted", now, job.fence + 1
        return DueJob(key, job.manufacturer_id, job.queue, job.fence)

    async def expired(self, limit: int) -> list[ExpiredJob]:
        """Leases that ran out."""
        now = self._clock.now()
        found = [
            ExpiredJob(key, job.fence)
            for key, job in self._jobs.items()
            if job.state == "leased" and job.lease_until and job.lease_until < now
        ]
        return found[:limit]

    async def overdue(self, limit: int) -> list[str]:
        """Registrations past complete_by that nobody holds."""
        now = self._clock.now()
        return [
            key
            for key, job in self._jobs.items()
            if job.state in {"ready", "hinted"} and job.complete_by and job.complete_by < now
        ][:limit]

    async def next_due(self, queue: str) -> timedelta | None:
        """How long until the next job is due."""
        ready = [j.run_at for j in self._jobs.values() if (j.queue, j.state) == (queue, "ready")]
        return max(timedelta(0), min(ready) - self._clock.now()) if ready else None

    async def lateness(self, manufacturers: Sequence[str]) -> list[Lateness]:
        """Of each of their classes that has due jobs."""
        now = self._clock.now()
        oldest: dict[tuple[str, int], datetime] = {}
        for job in self._jobs.values():
            if job.state == "ready" and job.run_at <= now:
                key = job.manufacturer_id, job.priority
                oldest[key] = min(job.run_at, oldest.get(key, now))
        return [
            Lateness(maker, priority, now - since)
            for (maker, priority), since in sorted(oldest.items())
            if maker in manufacturers
        ]

    async def ping(self) -> None:
        """Memory always answers."""

    async def close(self) -> None:
        """Nothing is held."""


def _place(item: NewRegistration) -> tuple[datetime, str]:
    registration = item.transition.registration
    return registration.created_at, registration.id


def _matches(item: NewRegistration, where: Filter) -> bool:
    one = item.transition.registration
    after, before = where.created_after, where.created_before
    return (
        (not where.states or one.state in where.states)
        and (not where.manufacturer_ids or one.manufacturer_id in where.manufacturer_ids)
        and where.user_index in {None, item.user_index}
        and where.reference_index in {None, item.reference_index}
        and (after is None or one.created_at > after)
        and (before is None or one.created_at < before)
    )
