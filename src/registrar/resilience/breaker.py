"""The breaker: from calls to a state, from a state to what is let through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from registrar.resilience.answers import Kind, Known, Mode, Move, Report, Signal, State
from registrar.resilience.settings import WHOLE, Settings

FORCED_WAIT = 60_000
"""After which to ask again where an operator has named no end."""
PROBING_WAIT = 1_000
COLD_WAIT = 1_000
DOUBLINGS = 20
"""More would be longer than any limit."""


@dataclass(frozen=True, slots=True)
class Call:
    """One that has ended."""

    at: int
    signal: Signal
    slow: bool
    worker: str


@dataclass(frozen=True, slots=True)
class Passage:
    """What the state allows: `share` in thousandths, or nothing before `retry_at`."""

    share: int = WHOLE
    retry_at: int = 0
    probe: bool = False
    """Its end decides over the state."""


@dataclass(slots=True)
class Breaker:
    """`epoch` grows with every move: what was let through before tells nothing of the state now."""

    state: State = State.COLD
    since: int = 0
    until: int = 0
    cause: str = ""
    trips: int = 0
    step: int = 0
    good: int = 0
    bad: int = 0
    probes: int = 0
    """Begun in this period."""
    epoch: int = 0
    mode: Mode = Mode.NORMAL
    mode_until: int = 0
    calls: list[Call] = field(default_factory=list)

    def settle(self, now: int, of: Settings, *, lost: bool, busy: bool, jitter: int) -> Move | None:
        """What time alone brings. `lost`: the probe under way has not come back; `busy`: one is."""
        if self.mode_until and now >= self.mode_until:
            self.mode, self.mode_until = Mode.NORMAL, 0
        if self.mode is Mode.DISABLED:
            return None
        if self.state is State.PROBING and lost:
            return self._open(now, of, "probe_lost", jitter)
        if self.state is State.OPEN and now >= self.until:
            return self._move(State.PROBING if of.probed else State.RAMP, now, "time")
        waited = now - self.since >= of.probing_for
        if self.state is State.PROBING and waited and not busy:
            return self._move(State.RAMP, now, "no_probe")
        return None

    def passage(self, now: int, of: Settings, kind: Kind, *, busy: bool) -> Passage:
        """Of one call, by the state as it is."""
        if self.state is State.COLD:
            return Passage(0, now + COLD_WAIT)
        if self.mode is Mode.FORCED_OPEN:
            return Passage(0, self.mode_until or now + FORCED_WAIT)
        if self.mode is Mode.DISABLED:
            return Passage()
        found = self._by_state(now, of, kind, busy=busy)
        return Passage(probe=found.probe) if self.mode is Mode.SHADOW else found

    def _by_state(self, now: int, of: Settings, kind: Kind, *, busy: bool) -> Passage:
        match self.state:
            case State.OPEN:
                return Passage(0, self.until)
            case State.RAMP:
                return Passage(of.ramp[min(self.step, len(of.ramp) - 1)])
            case State.PROBING:
                if kind.reads and not busy and self.probes < of.probes:
                    return Passage(probe=True)
                return Passage(0, now + PROBING_WAIT)
            case _:
                return Passage()

    def report(
        self, now: int, of: Settings, made: Report, epoch: int, *, probe: bool
    ) -> Move | None:
        """What a call tells; nothing where it began before the last move."""
        if epoch != self.epoch or self.mode is Mode.DISABLED:
            return None
        match self.state:
            case State.PROBING:
                return self._probed(now, of, made) if probe else None
            case State.CLOSED | State.RAMP:
                return self._counted(now, of, made)
            case _:
                return None

    def recent(self, now: int, of: Settings) -> list[Call]:
        """Those of the window that still count."""
        return [one for one in self.calls if one.at > now - of.window_span]

    def _probed(self, now: int, of: Settings, made: Report) -> Move | None:
        if made.signal is Signal.NEUTRAL:
            # It has told nothing: another one may ask.
            self.probes -= 1
            return None
        if made.signal.bad or made.slow:
            return self._open(now, of, made.cause or "probe", made.jitter)
        self.good += 1
        return self._move(State.RAMP, now, "probe") if self.good >= of.probes else None

    def _counted(self, now: int, of: Settings, made: Report) -> Move | None:
        if made.signal in {Signal.NEUTRAL, Signal.THROTTLED}:
            return None
        self.calls.append(Call(now, made.signal, made.slow, made.worker))
        del self.calls[: max(0, len(self.calls) - of.window_calls)]
        if self.state is State.CLOSED and not _poor(self.calls[-1]):
            # Nothing trips by a call that went well: most do, and cost no more than this.
            return None
        self.calls = self.recent(now, of)
        if made.signal is Signal.HOLD and self._convinces(lambda one: one.signal is Signal.HOLD):
            return self._open(now, of, made.cause or "hold", made.jitter, of.hold_for)
        if self.state is State.CLOSED:
            return self._rated(now, of, made)
        return self._ramped(now, of, made)

    def _rated(self, now: int, of: Settings, made: Report) -> Move | None:
        if len(self.calls) < of.min_calls:
            return None
        if self._reaches(of.failure_rate, _bad):
            return self._open(now, of, "failure_rate", made.jitter)
        if self._reaches(of.slow_rate, _slow):
            return self._open(now, of, "slow_rate", made.jitter)
        return None

    def _ramped(self, now: int, of: Settings, made: Report) -> Move | None:
        if _poor(self.calls[-1]):
            self.bad += 1
        else:
            self.good += 1
        if self.bad * WHOLE >= of.failure_rate * of.ramp_calls and self._convinces(_poor):
            return self._open(now, of, "relapse", made.jitter)
        if self.good + self.bad < of.ramp_calls:
            return None
        if self.step + 1 >= len(of.ramp):
            return self._move(State.CLOSED, now, "ramp")
        self.step += 1
        self.good = self.bad = 0
        return None

    def _reaches(self, rate: int, which: Callable[[Call], bool]) -> bool:
        met = sum(1 for one in self.calls if which(one))
        return met > 0 and met * WHOLE >= rate * len(self.calls) and self._convinces(which)

    def _convinces(self, which: Callable[[Call], bool]) -> bool:
        """Two workers say so, or there is only one: else it may be that worker's own fault."""
        saying = {one.worker for one in self.calls if which(one)}
        return len(saying) > 1 or len({one.worker for one in self.calls}) == 1

    def _open(
        self, now: int, of: Settings, cause: str, jitter: int, first: int | None = None
    ) -> Move:
        """For longer at each relapse, give or take a tenth."""
        if self.state is State.CLOSED and now - self.since >= of.forgive_after:
            self.trips = 0
        base = of.open_for if first is None else first
        whole = min(of.longest_open, base * (1 << min(self.trips, DOUBLINGS)))
        self.trips += 1
        self.until = now + whole * (900 + jitter // 5) // WHOLE
        return self._move(State.OPEN, now, cause)

    def _move(self, state: State, now: int, cause: str) -> Move:
        made = Move(self.state, state, cause)
        self.state, self.since, self.cause = state, now, cause
        self.step = self.good = self.bad = self.probes = 0
        self.epoch += 1
        self.calls.clear()
        return made

    def warm(self, now: int, known: Known) -> Move | None:
        """After a loss of memory: what is known of before, else the first step of the ramp."""
        if self.state is not State.COLD:
            return None
        self.trips = known.trips
        if known.until > now:
            self.until = known.until
            return self._move(State.OPEN, now, known.cause)
        return self._move(State.RAMP, now, "cold")

    def reset(self, now: int) -> Move | None:
        """An operator says that all is well; the ramp still has to show it."""
        self.trips = 0
        if self.state in {State.CLOSED, State.COLD}:
            return None
        return self._move(State.RAMP, now, "reset")


def _bad(call: Call) -> bool:
    return call.signal.bad


def _slow(call: Call) -> bool:
    return call.slow


def _poor(call: Call) -> bool:
    return call.slow or call.signal.bad
