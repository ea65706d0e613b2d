"""The fleet's gates, as operators see and steer them. Of the whole installation."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from registrar.app.audit import Audit
from registrar.app.circuit_view import Circuit, shown
from registrar.app.commands import Caller
from registrar.app.gate_watch import gates_of
from registrar.app.gating import tell
from registrar.app.reasons import of_end, of_reason
from registrar.app.registrations import JOBS
from registrar.app.rulings import AT_ONCE, impose
from registrar.domain.audit import Action
from registrar.domain.connector import Ruling
from registrar.domain.errors import GatesUnavailable, InvalidRequest, StateConflict, Violation
from registrar.ports.admission import Admission, Gated
from registrar.ports.clock import Clock
from registrar.ports.connector import Catalogue
from registrar.ports.connector_states import ConnectorKey, ConnectorStates
from registrar.ports.queue import Doorbell
from registrar.resilience.answers import Mode, Move, Standing, Why

_HOLDS = {Why.CIRCUIT, Why.COLD}

_log = structlog.get_logger("registrar.breaker")


@dataclass(frozen=True, slots=True)
class Look:
    """At the gates of all connectors that send, at one moment of the service's clock."""

    at: datetime
    gates: Mapping[ConnectorKey, Gated] = field(default_factory=dict)
    standings: Mapping[ConnectorKey, Standing] = field(default_factory=dict)
    """Empty where the gates do not answer."""

    def of(self, key: ConnectorKey, ruling: Ruling | None) -> Circuit | None:
        """None where nobody is asked."""
        gate = self.gates.get(key)
        return shown(gate.of, self.standings.get(key), ruling, self.at) if gate else None


@dataclass(frozen=True, slots=True)
class Circuits:
    """The use cases."""

    admission: Admission
    catalogue: Catalogue
    states: ConnectorStates
    clock: Clock
    doorbell: Doorbell
    audit: Audit

    async def look(self, only: ConnectorKey | None = None) -> Look:
        """At one of them, or at all. Never raises."""
        gates = [one for one in gates_of(self.catalogue) if only in {None, one.key}]
        keys = {one.key: one for one in gates}
        try:
            found = await self.admission.look(gates)
        except ConnectionError:
            return Look(self.clock.now(), keys)
        for gate, standing in zip(gates, found, strict=True):
            tell(gate.key, standing.move)
        return Look(self.clock.now(), keys, dict(zip(keys, found, strict=True)))

    async def reset(self, caller: Caller, key: ConnectorKey) -> None:
        """Begins the ramp. StateConflict without a circuit, GatesUnavailable without an answer."""
        gate = self._gate(key)
        act = self.audit.act(caller, Action.RESET, key)

        async def work() -> Move | None:
            try:
                return await self.admission.reset(gate)
            except ConnectionError as error:
                raise GatesUnavailable from error

        move = await self.audit.around(act, work, _moved)
        tell(key, move)
        _log.warning("reset", connector=str(key), by=act.actor)
        with suppress(ConnectionError):
            await self._let_go(gate)

    async def rule(
        self, caller: Caller, key: ConnectorKey, mode: Mode, reason: str, until: datetime | None
    ) -> None:
        """Kept first, and then imposed: where the gates do not answer, as soon as they do.

        InvalidRequest for a reason or an end that cannot be; StateConflict without a circuit.
        """
        gate, said = self._gate(key), reason.strip()
        if wrong := self._wrong(mode, said, until):
            raise InvalidRequest(tuple(wrong))
        act = self.audit.act(caller, Action.RULE, key)
        if mode is Mode.NORMAL:
            state = await self.states.unrule(key, act)
        else:
            state = await self.states.rule(key, mode.value, said, act.actor, until, act=act)
        _log.warning("ruled", connector=str(key), mode=mode, by=act.actor)
        with suppress(ConnectionError):
            (standing,) = await self.admission.look([gate])
            tell(key, standing.move)
            await impose(self.admission, gate, standing, state.ruling)
            await self._let_go(gate)

    def _wrong(self, mode: Mode, reason: str, until: datetime | None) -> list[Violation]:
        if mode is not Mode.NORMAL:
            return [*of_reason(reason), *of_end(until, self.clock.now())]
        if until is None:
            return []
        return [Violation("until", "absent", "The breaker decides again, without an end.")]

    def _gate(self, key: ConnectorKey) -> Gated:
        for one in gates_of(self.catalogue):
            if one.key == key:
                return one
        raise StateConflict("This connector has no circuit: it sends nothing, or is not in use.")

    async def _let_go(self, gate: Gated) -> None:
        """What was put off goes on, where it would get through."""
        (standing,) = await self.admission.look([gate])
        tell(gate.key, standing.move)
        if standing.shut not in _HOLDS and await self.states.hasten(gate.key, AT_ONCE):
            await self.doorbell.ring(JOBS)


def _moved(move: Move | None) -> object:
    """From where to where; where it stood there already, nothing."""
    return {"left": move.left, "taken": move.taken} if move else {}
