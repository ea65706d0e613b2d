"""What gates are to remember when Redis does not: kept by each look, given back to a cold one.

Holds of seconds are not worth a write, and a day's use is as old as the last look: what was let
through in the second before Redis lost it is not counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from registrar.domain.connector import ConnectorState
from registrar.domain.errors import StoreUnavailable
from registrar.domain.gate_memory import GateMemory
from registrar.ports.admission import Gated
from registrar.ports.connector_states import ConnectorKey, ConnectorStates
from registrar.resilience.answers import Known, Standing, State
from registrar.resilience.settings import Settings

SHORT = 5_000
"""Milliseconds of a hold that may be forgotten: the windows are taken for full for longer."""
RESTING = "throttled"
"""The cause of a hold that no breaker has made: the manufacturer has asked for it."""

Seen = Sequence[tuple[Gated, Standing]]
KnownStates = Mapping[ConnectorKey, ConnectorState]


async def keep(states: ConnectorStates, seen: Seen, known: KnownStates) -> None:
    """What differs from what is kept already; without the database it is the next look's."""
    for gate, standing in seen:
        if standing.state is State.COLD:
            continue
        now = _memory(gate.of, standing)
        if now != _still(_kept(known, gate.key), standing.at):
            try:
                await states.remember(gate.key, now)
            except StoreUnavailable:
                return


def recalled(gate: Gated, standing: Standing, known: KnownStates) -> Known:
    """What a cold gate is told."""
    kept = _kept(known, gate.key)
    held = _still(kept, standing.at)
    used = kept.used if kept.day == _today(gate.of, standing.at) else 0
    return Known(held.until, held.trips, held.cause, used)


def _memory(of: Settings, standing: Standing) -> GateMemory:
    day = _today(of, standing.at)
    used = standing.used_today if day else 0
    until = max(standing.until, standing.rest_until)
    if until <= standing.at + SHORT:
        return GateMemory(day=day, used=used)
    cause = standing.cause if until == standing.until else RESTING
    return GateMemory(until, standing.trips, cause, day, used)


def _still(kept: GateMemory, now: int) -> GateMemory:
    """Without a hold that is over, or as good as over."""
    return kept if kept.until > now + SHORT else GateMemory(day=kept.day, used=kept.used)


def _kept(known: KnownStates, key: ConnectorKey) -> GateMemory:
    return known[key].gate if key in known else GateMemory()


def _today(of: Settings, now: int) -> int:
    """When it began; 0 where no requests are counted."""
    if not of.daily:
        return 0
    return next((start for start, end in of.days if start <= now < end), 0)
