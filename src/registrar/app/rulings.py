"""What operators have said of circuits, put into the gates; and jobs that need wait no longer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from registrar.app.recollection import KnownStates, Seen
from registrar.domain.connector import Ruling
from registrar.domain.errors import StoreUnavailable
from registrar.ports.admission import Admission, Gated
from registrar.ports.connector_states import ConnectorKey, ConnectorStates
from registrar.resilience.answers import Mode, Standing, Why

AT_ONCE = 1_000
"""Jobs that are made due together."""
TOLERANCE = 5_000
"""Milliseconds between two ends that are the same: they were read one after the other."""
_MILLISECOND = timedelta(milliseconds=1)

_log = structlog.get_logger("registrar.breaker")


async def impose(
    admission: Admission, gate: Gated, standing: Standing, ruling: Ruling | None
) -> bool:
    """Has the gate do what was said; False where it does so already. Raises ConnectionError."""
    mode, until = _wanted(standing, ruling)
    endless = bool(until) == bool(standing.mode_until)
    close = endless and abs(until - standing.mode_until) <= TOLERANCE
    if standing.mode is mode and close:
        return False
    await admission.set_mode(gate, mode, until)
    _log.info("mode_set", connector=str(gate.key), left=standing.mode, taken=mode)
    return True


def _wanted(standing: Standing, ruling: Ruling | None) -> tuple[Mode, int]:
    if ruling is None:
        return Mode.NORMAL, 0
    if ruling.left is None:
        return Mode(ruling.mode), 0
    # Never before it has ended for the database, or it would be set again and again.
    return Mode(ruling.mode), standing.at + ruling.left // _MILLISECOND + 1


@dataclass(slots=True)
class Rulings:
    """The dispatcher's part: any number may do it, whatever they do twice does no harm."""

    states: ConnectorStates
    admission: Admission
    _late: set[ConnectorKey] = field(default_factory=set)
    """Circuits that are well again before their time, with jobs that may still wait for it."""

    async def heed(self, seen: Seen, known: KnownStates) -> None:
        """Impose what is in force. ConnectionError where the gates do not answer."""
        for gate, standing in seen:
            state = known.get(gate.key)
            await impose(self.admission, gate, standing, state.ruling if state else None)

    async def hasten(self, before: Mapping[ConnectorKey, Standing], seen: Seen) -> None:
        """What waits for a circuit that is well sooner than it was told."""
        fresh = {gate.key for gate, now in seen if _sooner(before.get(gate.key), now)}
        shut = {gate.key for gate, now in seen if now.shut is not None}
        self._late = (self._late | fresh) - (shut - fresh)
        for key in sorted(self._late, key=str):
            try:
                moved = await self.states.hasten(key, AT_ONCE)
            except StoreUnavailable:
                return
            # Once more after the first time: what a worker was just putting off then is not missed.
            if moved < AT_ONCE and key not in fresh:
                self._late.discard(key)


def _sooner(before: Standing | None, now: Standing) -> bool:
    return (
        before is not None
        and before.shut is Why.CIRCUIT
        and before.shut_until > now.at
        and (now.shut is None or now.shut_until < before.shut_until)
    )
