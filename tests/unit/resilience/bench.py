"""A gate with a clock of its own, and sentences about it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace

from registrar.resilience.answers import (
    Ask,
    Decision,
    Kind,
    Known,
    Move,
    Report,
    Signal,
    Standing,
    State,
)
from registrar.resilience.gate import Gate
from registrar.resilience.settings import Settings

BEGIN = 1_764_000_000_000
SECOND, MINUTE = 1_000, 60_000
LEASE = Settings().lease


@dataclass
class Bench:
    """Warm and closed, unless it is told otherwise."""

    of: Settings = field(default_factory=Settings)
    gate: Gate = field(default_factory=Gate)
    now: int = BEGIN
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.gate.warm(self.now, self.of, Known())
        self.climb()

    def ask(self, kind: Kind = Kind.FIRST, cost: int = 1, holder: str = "") -> Decision:
        """One call."""
        asked = Ask(kind, str(next(self.numbers)), cost, holder=holder)
        return self.gate.admit(self.now, self.of, asked)

    def end(self, lease: str, signal: Signal = Signal.SUCCESS, **said: object) -> Move | None:
        """Of a call that was let through."""
        made = Report(lease, signal, "worker-1")
        return self.gate.report(self.now, self.of, replace(made, **said))  # type: ignore[arg-type] # fields by name

    def call(
        self, signal: Signal = Signal.SUCCESS, kind: Kind = Kind.FIRST, **said: object
    ) -> Move | None:
        """Begun and ended at once."""
        return self.end(self.ask(kind).lease, signal, **said)

    def look(self) -> Standing:
        """How it is."""
        return self.gate.look(self.now, self.of, 500)

    def climb(self) -> None:
        """Through the ramp, with no limit in the way."""
        held, self.of = self.of, replace(self.of, windows=(), daily=0, quiet=())
        while self.look().state is State.RAMP:
            self.call()
            self.now += 1
        self.of = held

    def trip(self) -> Move | None:
        """By failures."""
        moves = [self.call(Signal.FAILURE) for _ in range(self.of.min_calls)]
        return moves[-1]
