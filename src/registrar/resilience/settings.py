"""What a connector is held to. Milliseconds, thousandths and counts: integers all."""

from __future__ import annotations

from dataclasses import dataclass

WHOLE = 1000
"""All of something, in thousandths."""

Span = tuple[int, int]
"""From the first moment, up to and without the second one."""


@dataclass(frozen=True, slots=True)
class Window:
    """At most so many requests within any span of so many milliseconds."""

    requests: int
    span: int


@dataclass(frozen=True, slots=True)
class Settings:
    """Of one connector. The defaults are those of a manufacturer of whom nothing is stated."""

    failure_rate: int = 500
    """Thousandths of the calls that may fail before it is left alone."""
    slow_rate: int = 800
    slow: int = 10_000
    """From how long on a call counts as slow."""
    window_calls: int = 50
    """Calls over which the rates are taken, the latest ones."""
    window_span: int = 600_000
    """And none that is older than this."""
    min_calls: int = 10
    """With fewer there is no rate."""
    open_for: int = 30_000
    """The first time; each relapse doubles it."""
    longest_open: int = 1_800_000
    hold_for: int = 300_000
    """The first time, where it is a person who has to mend something."""
    forgive_after: int = 600_000
    """Closed for so long, and the next trip is a first one again."""
    probed: bool = True
    """Whether it can be asked how it is without registering anything."""
    probes: int = 1
    """So many in a row must find it well; the first that does not ends the period."""
    probing_for: int = 60_000
    """How long a probe is waited for, before the ramp begins without one."""
    ramp: tuple[int, ...] = (100, 250, 500, 1000)
    """Thousandths of what it usually gets, step by step."""
    ramp_calls: int = 5
    """Calls at each step."""
    lease: int = 30_000
    """After so long a call is taken for lost: longer than it can last."""
    concurrency: int = 16
    """Calls at once."""
    sends: int = 1
    """Requests that a call may send which registers something."""
    reads: int = 1
    """Of one that only looks."""
    windows: tuple[Window, ...] = ()
    daily: int = 0
    """Requests on each of `days`; 0: no quota."""
    days: tuple[Span, ...] = ()
    """Some days around now, as the manufacturer counts them."""
    quiet: tuple[Span, ...] = ()
    """When it wants to be left alone, around now."""
    least_share: int = 50
    """Thousandths that throttling leaves at least."""
    regrow: int = 300_000
    """From nothing to all."""
    budget: int = 2_000
    """Thousandths of a retry that can be saved up: of the 25 calls that open a breaker, a tenth."""
    refill: int = 100
    """Thousandths of a retry that each success brings."""
    trickle: int = 60_000
    """In so many milliseconds a retry comes without any success."""
    ask_again: int = 10_000
    """After so long a retry that was refused is asked for again: successes may have come."""

    @property
    def longest_window(self) -> int:
        """Zero where there is none."""
        return max((one.span for one in self.windows), default=0)
