"""The sweepers: expired leases and passed deadlines. Part of the dispatcher's clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from registrar.app import gating
from registrar.app.calling import NO_ROUTE, route, shut
from registrar.app.gate_watch import GateWatch, Shut
from registrar.domain import lifecycle
from registrar.domain.lifecycle import Moment
from registrar.domain.outcome import Tier
from registrar.domain.policy import Capabilities
from registrar.domain.registration import Registration, Step, Transition
from registrar.ports.clock import Clock
from registrar.ports.connector import Catalogue
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.queue import queue_of
from registrar.ports.store import Store, Work

BATCH = 100
PAUSED_BATCH = 500
"""A pause meets a whole backlog at once."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Each call sweeps one batch and says how many it moved."""

    store: Store
    catalogue: Catalogue
    clock: Clock
    gates: GateWatch | None = None

    def _moment(self) -> Moment:
        return Moment(self.clock.now(), actor="dispatcher")

    def _capabilities(self, registration: Registration) -> Capabilities:
        connector = route(self.catalogue, registration)
        return connector.capabilities if connector else NO_ROUTE

    async def leases(self) -> int:
        """Holders that vanished: past the marker the manufacturer is asked first."""
        fences = {job.registration_id: job.fence for job in await self.store.expired(BATCH)}
        found = await self.store.work(list(fences))
        lost = [one for key, one in found.items() if one.leased and one.fence == fences[key]]
        moves = [
            lifecycle.lose_lease(
                work.stored.registration,
                work.running,
                self._capabilities(work.stored.registration),
                self._moment(),
                work.fence,
            )
            for work in lost
        ]
        moved = await self._write(moves)
        if lost and self.gates is not None:
            await self.gates.abandon(lost)
        return moved

    async def deadlines(self) -> int:
        """What is past complete_by and held by nobody."""
        found = await self.store.work(await self.store.overdue(BATCH))
        moves = [
            lifecycle.pass_deadline(work.stored.registration, self._moment())
            for work in found.values()
            if not work.leased
        ]
        return await self._write(moves)

    async def pauses(self, queue: str) -> int:
        """Submissions that a paused connector holds back, and those whose pause is over."""
        met = await self.store.connectors.met(queue, PAUSED_BATCH)
        stopped = await self._stopped() if met else set()
        found = await self.store.work(list(met))
        moves = [
            self._met(work, met[key], stopped)
            for key, work in found.items()
            if work.step is Step.ATTEMPT and not work.leased
        ]
        return await self._write(moves) + await self.store.connectors.lift(PAUSED_BATCH)

    async def shut(self, queue: str, shut: Mapping[ConnectorKey, Shut]) -> int:
        """Submissions that their connector's gate holds back for longer than a moment."""
        moved = 0
        for key, why in shut.items():
            if why.wait < gating.MOMENT or queue_of(key.tier) != queue:
                continue
            found = await self.store.work(await self.store.connectors.due(queue, key, PAUSED_BATCH))
            moved += await self._write(
                [
                    lifecycle.defer(
                        work.stored.registration,
                        why.reason,
                        gating.spread(why.wait),
                        self._moment(),
                        work.fence,
                    )
                    for work in found.values()
                    if work.step is Step.ATTEMPT and not work.leased
                ]
            )
        return moved

    async def _stopped(self) -> set[tuple[str, Tier | None]]:
        """By the system itself, and not by an operator."""
        states = await self.store.connectors.all()
        stops = {key: one.pause for key, one in states.items() if one.pause and one.pause.stopped}
        return {(key.manufacturer_id, key.tier) for key in stops}

    def _met(
        self, work: Work, until: datetime | None, stopped: set[tuple[str, Tier | None]]
    ) -> Transition:
        one = work.stored.registration
        if (one.manufacturer_id, one.tier) in stopped:
            closed = shut(self.catalogue, one.manufacturer_id)
            return lifecycle.pass_by(one, replace(self._moment(), shut=closed), work.fence)
        return lifecycle.pause(one, until, self._moment(), work.fence)

    async def _write(self, moves: list[Transition]) -> int:
        if not moves:
            return 0
        return sum(await self.store.write(moves, timedelta(0)))
