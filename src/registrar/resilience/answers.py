"""What is asked of a gate, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Of a breaker."""

    COLD = "cold"
    """Nothing is known, as after a loss of memory: nobody goes until it has been told."""
    CLOSED = "closed"
    """All is well."""
    OPEN = "open"
    """Left alone."""
    PROBING = "probing"
    """Asked, read-only, whether it is well again."""
    RAMP = "ramp"
    """Well again, and given more from step to step."""


class Mode(StrEnum):
    """What an operator has said of a breaker."""

    NORMAL = "normal"
    FORCED_OPEN = "forced_open"
    DISABLED = "disabled"
    """Nothing is refused for its state, which stands still. Limits hold."""
    SHADOW = "shadow"
    """Its state moves, and nothing is refused for it. Limits hold."""


class Kind(StrEnum):
    """Of a call."""

    FIRST = "first"
    RETRY = "retry"
    """Of something that has been tried before: it costs the retry budget."""
    LOOK = "look"
    """Read-only, for a registration."""
    PROBE = "probe"
    """Read-only, for nobody."""

    @property
    def reads(self) -> bool:
        """Whether it can register nothing."""
        return self in {Kind.LOOK, Kind.PROBE}


class Signal(StrEnum):
    """What a call has told of the manufacturer."""

    SUCCESS = "success"
    """It answers; also where it refuses what is wrong with the data."""
    FAILURE = "failure"
    NEUTRAL = "neutral"
    """Nothing: it was our own fault, or nobody asked."""
    THROTTLED = "throttled"
    """It answers, and wants less."""
    HOLD = "hold"
    """It answers nobody until a person has mended something."""

    @property
    def bad(self) -> bool:
        """Whether it speaks against the manufacturer."""
        return self in {Signal.FAILURE, Signal.HOLD}


class Why(StrEnum):
    """A call was refused."""

    COLD = "cold"
    CIRCUIT = "circuit"
    RATE = "rate"
    QUIET = "quiet"
    CAPACITY = "capacity"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class Move:
    """Of a breaker, from state to state."""

    left: State
    taken: State
    cause: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One call. `nonce` is nobody else's, and has no dots; `jitter` in thousandths."""

    kind: Kind
    nonce: str
    cost: int = 1
    """Requests that it may send."""
    jitter: int = 500
    holder: str = ""
    """What it is held for: by this name it is given up when its worker has vanished."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`lease` is empty where the call was refused; then `why`, and until when."""

    lease: str = ""
    why: Why | None = None
    retry_at: int = 0
    at: int = 0
    """The gate's own time: the difference holds on any clock."""
    move: Move | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The end of a call that was let through. Of a lease that has run out it changes nothing."""

    lease: str
    signal: Signal
    worker: str
    """Who has made it: one alone who fails is not believed while others are well."""
    slow: bool = False
    cause: str = ""
    """The taxonomy's code, for who reads why the breaker opened."""
    rest: int = 0
    """So long the manufacturer has asked to be left alone; 0 where it has not."""
    jitter: int = 500


@dataclass(frozen=True, slots=True)
class Known:
    """What others still know where a gate has lost its memory."""

    until: int = 0
    """It was to be left alone until then."""
    trips: int = 0
    cause: str = ""
    used_today: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How a gate is, for who looks at it; nothing personal, nothing secret."""

    state: State = State.COLD
    since: int = 0
    until: int = 0
    """Of an open breaker."""
    cause: str = ""
    trips: int = 0
    """In a row."""
    step: int = 0
    """Of the ramp."""
    mode: Mode = Mode.NORMAL
    mode_until: int = 0
    """0: until it is taken back."""
    calls: int = 0
    """In the window."""
    failed: int = 0
    slow: int = 0
    in_flight: int = 0
    probing: bool = False
    """Whether a probe is under way."""
    share: int = 1000
    """Thousandths that throttling has left."""
    rest_until: int = 0
    used: tuple[int, ...] = ()
    """Requests within each rate window."""
    used_today: int = 0
    retries: int = 0
    """Thousandths of a retry that are saved up."""
    epoch: int = 0
    """Grows with every move."""
    shut: Why | None = None
    """Why a first call could not go now, though it is not too many at once."""
    shut_until: int = 0
    """At least."""
    at: int = 0
    """The gate's own time."""
    move: Move | None = None
    """That time itself has just made."""
