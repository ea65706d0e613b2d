"""The memory twin of the connectors' state."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from registrar.domain.audit import Act
from registrar.domain.connector import BY_SYSTEM, WELL, ConnectorState, Pause, Probe, Ruling
from registrar.domain.gate_memory import GateMemory
from registrar.domain.outcome import Tier
from registrar.domain.registration import Step, WaitReason
from registrar.ports import audit
from registrar.ports.clock import Clock
from registrar.ports.connector_states import ConnectorKey, Probed
from registrar.store.memory_audit import MemoryAudit


class Job(Protocol):
    """What a pause looks at."""

    manufacturer_id: str
    tier: Tier
    step: Step
    queue: str
    state: str
    run_at: datetime
    paused: bool


@dataclass(slots=True)
class _Probing:
    """When the next one is due, who has it, and until when."""

    due: datetime
    lease: datetime | None = None
    fence: int = 0


def _is(job: Job, key: ConnectorKey) -> bool:
    return ConnectorKey(job.manufacturer_id, job.tier) == key


def _left(until: datetime | None, now: datetime) -> timedelta | None:
    return None if until is None else until - now


class MemoryConnectors:
    """`jobs` are the store's own, by registration; `waits` says why a registration waits."""

    def __init__(
        self,
        clock: Clock,
        jobs: Mapping[str, Job],
        waits: Callable[[str], WaitReason | None],
        audit: MemoryAudit,
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._jobs = jobs
        self._waits = waits
        self._states: dict[ConnectorKey, ConnectorState] = {}
        self._probing: dict[ConnectorKey, _Probing] = {}

    def _state(self, key: ConnectorKey) -> ConnectorState:
        known = self._states.get(key, ConnectorState(key.manufacturer_id, key.tier))
        pause = known.pause
        over = pause and pause.until and pause.until <= self._clock.now()
        planned = self._probing.get(key)
        return replace(
            known,
            pause=None if over else pause,
            ruling=self._in_force(known.ruling),
            probe_due=planned.due if planned else None,
        )

    def _in_force(self, ruling: Ruling | None) -> Ruling | None:
        left = _left(ruling.until, self._clock.now()) if ruling else None
        over = left is not None and left <= timedelta(0)
        return replace(ruling, left=left) if ruling and not over else None

    def pause_of(self, job: Job) -> Pause | None:
        """What holds its submission back; a look-up goes on."""
        if job.step is not Step.ATTEMPT:
            return None
        return self._state(ConnectorKey(job.manufacturer_id, job.tier)).pause

    def holds(self, job: Job, shut: Collection[ConnectorKey]) -> bool:
        """Whether its submission has to wait, for a pause or for another reason."""
        mine = ConnectorKey(job.manufacturer_id, job.tier)
        return (job.step is Step.ATTEMPT and mine in shut) or self.pause_of(job) is not None

    async def all(self) -> dict[ConnectorKey, ConnectorState]:
        """Of which anything is known."""
        return {key: self._state(key) for key in self._states.keys() | self._probing.keys()}

    async def pause(
        self,
        key: ConnectorKey,
        reason: str,
        by: str,
        until: datetime | None,
        act: Act | None = None,
    ) -> ConnectorState:
        """The same again changes nothing."""
        before = self._state(key).pause
        made = Pause(reason, by, before.since if before else self._clock.now(), until)
        if before and (before.reason, before.until, before.stopped) == (reason, until, ""):
            made = before
        return self._said(key, act, pause=made)

    def _said(self, key: ConnectorKey, act: Act | None, **what: Any) -> ConnectorState:  # noqa: ANN401 - fields
        known = self._state(key) if key in self._states or key in self._probing else None
        made = replace(self._state(key), **what)
        self._audit.note(act, audit.of_connector(known), audit.of_connector(made))
        self._states[key] = made
        return self._state(key)

    async def stop(
        self, key: ConnectorKey, reason: str, version: str, step: str
    ) -> ConnectorState | None:
        """A pause by the system itself."""
        known = self._state(key)
        if known.pause is not None:
            return None
        made = Pause(reason, BY_SYSTEM, self._clock.now(), None, version, step)
        self._states[key] = replace(known, pause=made)
        return self._states[key]

    async def resume(self, key: ConnectorKey, act: Act | None = None) -> ConnectorState:
        """Also where it is not paused."""
        return self._said(key, act, pause=None)

    async def rule(  # noqa: PLR0913 - as it is kept
        self,
        key: ConnectorKey,
        mode: str,
        reason: str,
        by: str,
        until: datetime | None,
        *,
        act: Act | None = None,
    ) -> ConnectorState:
        """The same again changes nothing."""
        now = self._clock.now()
        before = self._state(key).ruling
        goes_on = before is not None and before.mode == mode
        made = Ruling(mode, reason, by, before.since if before and goes_on else now, until)
        if before and made == replace(before, by=by):
            made = before
        return self._said(key, act, ruling=made)

    async def unrule(self, key: ConnectorKey, act: Act | None = None) -> ConnectorState:
        """Also where nothing was said."""
        return self._said(key, act, ruling=None)

    async def remember(self, key: ConnectorKey, gate: GateMemory) -> None:
        """For the day on which Redis has lost it."""
        self._states[key] = replace(self._state(key), gate=gate)

    async def hasten(self, key: ConnectorKey, limit: int) -> int:
        """Make submissions due that were put off for its circuit or its rate."""
        now = self._clock.now()
        put_off = [
            job
            for name, job in self._jobs.items()
            if job.state == "ready"
            and job.run_at > now
            and _is(job, key)
            and self._waits(name) in {WaitReason.CIRCUIT_OPEN, WaitReason.RATE_LIMITED}
        ][:limit]
        for job in put_off:
            job.run_at = now
        return len(put_off)

    def _due(self, queue: str) -> Iterator[tuple[str, Job]]:
        now = self._clock.now()
        return (
            (key, job)
            for key, job in self._jobs.items()
            if job.queue == queue
            and (job.state == "hinted" or (job.state == "ready" and job.run_at <= now))
        )

    async def due(self, queue: str, key: ConnectorKey, limit: int) -> list[str]:
        """Registrations with a submission due on this connector."""
        mine = (one for one, job in self._due(queue) if _is(job, key) and job.step is Step.ATTEMPT)
        return list(itertools.islice(mine, limit))

    async def met(self, queue: str, limit: int) -> dict[str, datetime | None]:
        """Registrations with a submission due on a paused connector."""
        waiting = (
            (key, pause.until) for key, job in self._due(queue) if (pause := self.pause_of(job))
        )
        return dict(itertools.islice(waiting, limit))

    async def lift(self, limit: int) -> int:
        """Make jobs due whose pause is over."""
        over = [
            job
            for job in self._jobs.values()
            if job.paused and job.state == "ready" and self.pause_of(job) is None
        ][:limit]
        for job in over:
            job.run_at, job.paused = self._clock.now(), False
        return len(over)

    async def due_probes(
        self, keys: Sequence[ConnectorKey], spread: timedelta, lease: timedelta
    ) -> list[tuple[ConnectorKey, int]]:
        """Take the probes that are due."""
        now = self._clock.now()
        taken = []
        for key in keys:
            first = now + spread * random.random()  # noqa: S311 - spreads load
            probing = self._probing.setdefault(key, _Probing(first))
            if probing.due <= now and (probing.lease is None or probing.lease < now):
                probing.lease, probing.fence = now + lease, probing.fence + 1
                taken.append((key, probing.fence))
        return taken

    async def want_probe(self, key: ConnectorKey) -> None:
        """Due now."""
        fence = self._probing[key].fence if key in self._probing else 0
        self._probing[key] = _Probing(self._clock.now(), None, fence)

    async def record(self, key: ConnectorKey, probed: Probed) -> ConnectorState | None:
        """Keep a result; None where its fence is no longer the newest."""
        now = self._clock.now()
        probing = self._probing.setdefault(key, _Probing(now))
        if probed.fence not in {None, probing.fence}:
            return None
        self._probing[key] = _Probing(now + probed.next_in, None, probing.fence + 1)
        known = self._state(key)
        failures = 0 if probed.code == WELL else known.failures + 1
        probe = Probe(probed.code, probed.latency, now)
        self._states[key] = replace(known, probe=probe, failures=failures)
        return self._state(key)
