"""The gates of one process: the model itself, with a clock."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from registrar.ports.admission import Gated
from registrar.ports.connector_states import ConnectorKey
from registrar.resilience.answers import Ask, Decision, Known, Mode, Move, Report, Standing
from registrar.resilience.gate import Gate

JITTER = 500


def wall() -> int:
    """Milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class MemoryAdmission:
    """`ports.admission.Admission`. `away` is set by who wants it to be unreachable."""

    clock: Callable[[], int] = wall
    away: bool = False
    gates: defaultdict[ConnectorKey, Gate] = field(default_factory=lambda: defaultdict(Gate))

    def _gate(self, of: Gated) -> Gate:
        if self.away:
            raise ConnectionError("the gate is away")
        return self.gates[of.key]

    async def admit(self, asked: Sequence[tuple[Gated, Ask]]) -> list[Decision]:
        """One after another."""
        return [self._gate(one).admit(self.clock(), one.of, ask) for one, ask in asked]

    async def report(self, made: Sequence[tuple[Gated, Report]]) -> list[Move | None]:
        """One after another."""
        return [self._gate(one).report(self.clock(), one.of, said) for one, said in made]

    async def abandon(self, gone: Sequence[tuple[Gated, str]]) -> None:
        """One after another."""
        for one, holder in gone:
            self._gate(one).abandon(self.clock(), holder)

    async def look(self, gates: Sequence[Gated]) -> list[Standing]:
        """All of them."""
        return [self._gate(one).look(self.clock(), one.of, JITTER) for one in gates]

    async def warm(self, gate: Gated, known: Known) -> Move | None:
        """Once."""
        return self._gate(gate).warm(self.clock(), gate.of, known)

    async def reset(self, gate: Gated) -> Move | None:
        """Whatever the state is."""
        return self._gate(gate).reset(self.clock())

    async def set_mode(self, gate: Gated, mode: Mode, until: int) -> None:
        """In the place of what was said before."""
        self._gate(gate).set_mode(mode, until)
