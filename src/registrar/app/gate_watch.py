"""The dispatcher's look at the fleet's gates: what is shut, what is to be probed, what is cold."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from registrar.app import recollection
from registrar.app.calling import route
from registrar.app.gating import REASONS, held_by, tell
from registrar.app.recollection import KnownStates, Seen
from registrar.app.rulings import Rulings
from registrar.domain.errors import StoreUnavailable
from registrar.domain.outcome import Tier
from registrar.domain.registration import WaitReason
from registrar.ports.admission import Admission, Gated
from registrar.ports.connector import Catalogue
from registrar.ports.connector_states import ConnectorKey, ConnectorStates
from registrar.ports.queue import Hint, Hints, probes_of
from registrar.ports.store import Work
from registrar.resilience.answers import Standing, State
from registrar.resilience.settings import WHOLE

OF_A_BREAKER = 0
"""Fence of a probe that nobody but a breaker has asked for."""
LOOK_SECONDS = 1.0

_log = structlog.get_logger("registrar.breaker")


@dataclass(frozen=True, slots=True)
class Shut:
    """No submission may go for so long at least."""

    reason: WaitReason
    wait: timedelta


def gates_of(catalogue: Catalogue) -> list[Gated]:
    """Of all that is asked here: the API also where it only looks up."""
    keys = [
        ConnectorKey(maker.id, tier)
        for maker in catalogue.manufacturers().values()
        for tier in Tier
        if tier in maker.offered
        or (tier is Tier.API and maker.lookup is not None and maker.lookup.enabled)
    ]
    sending = (key for key in keys if key.tier.sends)
    return [Gated(key, catalogue.pace(key.manufacturer_id, key.tier)) for key in sending]


@dataclass(slots=True)
class GateWatch:
    """Any number may watch: whatever they do twice does no harm."""

    admission: Admission
    catalogue: Catalogue
    hints: Hints
    clock: Callable[[], float] = time.monotonic
    states: ConnectorStates | None = None
    """None: nobody keeps what operators say, nor what a gate has to remember."""
    _seen: dict[ConnectorKey, tuple[float, Standing]] = field(default_factory=dict)
    _away: bool = False
    _rulings: Rulings | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Rulings are heeded where somebody keeps them."""
        if self.states is not None:
            self._rulings = Rulings(self.states, self.admission)

    async def run(self) -> None:
        """For ever; without Redis nothing is sent anyway."""
        while True:
            await self.once()
            await asyncio.sleep(LOOK_SECONDS)

    async def once(self) -> None:
        """Look at all; what was seen last counts while the gate does not answer."""
        gates = gates_of(self.catalogue)
        try:
            seen = list(zip(gates, await self.admission.look(gates), strict=True))
            await self._cared_for(seen)
        except ConnectionError:
            self._tell(away=True)
            return
        self._tell(away=False)
        now, before = self.clock(), {key: one for key, (_, one) in self._seen.items()}
        self._seen = {gate.key: (now, one) for gate, one in seen}
        if self._rulings is not None:
            await self._rulings.hasten(before, seen)

    async def abandon(self, lost: Sequence[Work]) -> None:
        """Their workers have vanished: others need not wait until their calls run out."""
        held = [held_by(one, route(self.catalogue, one.stored.registration)) for one in lost]
        gone = [
            (Gated(key, self.catalogue.pace(key.manufacturer_id, key.tier)), holder)
            for key, holder in filter(None, held)
        ]
        with suppress(ConnectionError):
            await self.admission.abandon(gone)

    def shut(self) -> dict[ConnectorKey, Shut]:
        """By what was seen last: where no submission may go now."""
        now = self.clock()
        found = {}
        for key, (at, standing) in self._seen.items():
            left = standing.shut_until - standing.at - round((now - at) * 1000)
            if standing.shut is not None and left > 0:
                found[key] = Shut(REASONS[standing.shut], timedelta(milliseconds=left))
        return found

    def bound(self, key: ConnectorKey, usual: int) -> int:
        """How many may be under way: fewer while it climbs, or after a throttling."""
        _, standing = self._seen.get(key, (0.0, Standing(State.CLOSED)))
        ramp = self.catalogue.pace(key.manufacturer_id, key.tier).ramp
        climbs = standing.state is State.RAMP
        share = ramp[min(standing.step, len(ramp) - 1)] if climbs else WHOLE
        return max(1, usual * share * standing.share // (WHOLE * WHOLE))

    async def _cared_for(self, seen: Seen) -> None:
        for gate, standing in seen:
            tell(gate.key, standing.move)
        # After the gates, so that what it says is newer.
        known = await self._known()
        if known is not None:
            await self._recalled(seen, known)
        asked = [
            Hint(str(gate.key), OF_A_BREAKER, probes_of(gate.key.tier))
            for gate, standing in seen
            if standing.state is State.PROBING and not standing.probing and gate.of.probed
        ]
        if asked:
            await self.hints.send(asked)

    async def _known(self) -> KnownStates | None:
        """None where the database does not say."""
        try:
            return {} if self.states is None else await self.states.all()
        except StoreUnavailable:
            return None

    async def _recalled(self, seen: Seen, known: KnownStates) -> None:
        """Before a cold one lets anybody through, it knows what operators have said of it."""
        if self._rulings is not None:
            await self._rulings.heed(seen, known)
        for gate, standing in seen:
            if standing.state is State.COLD:
                told = recollection.recalled(gate, standing, known)
                tell(gate.key, await self.admission.warm(gate, told))
        if self.states is not None:
            await recollection.keep(self.states, seen, known)

    def _tell(self, *, away: bool) -> None:
        if away != self._away:
            self._away = away
            _log.warning("outage_started" if away else "outage_ended", of="Admission")
