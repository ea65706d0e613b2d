"""One process's breaker beside another one, written by somebody else: they say the same.

Not the ramp, which the other has not; and it also opens by a call that went well, where that one
is the first with which there is a rate.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from hypothesis import assume, given
from hypothesis import strategies as st
from interlock import CircuitBreaker, CircuitOpenError, Config
from interlock import State as Theirs
from tests.unit.resilience.bench import SECOND, Bench

from registrar.resilience.answers import Kind, Signal, State
from registrar.resilience.settings import WHOLE, Settings

SLOW = 3 * SECOND
SETTINGS = st.builds(
    Settings,
    failure_rate=st.sampled_from([250, 500, 1000]),
    slow_rate=st.sampled_from([500, 1000]),
    slow=st.just(SLOW),
    window_calls=st.integers(6, 12),
    window_span=st.just(10**9),
    min_calls=st.integers(1, 6),
    open_for=st.sampled_from([5 * SECOND, 8 * SECOND]),
    longest_open=st.sampled_from([30 * SECOND, 100 * SECOND]),
    forgive_after=st.just(10**9),
    ramp=st.just((WHOLE,)),
    ramp_calls=st.just(1),
    probing_for=st.just(10**9),
)
CALLS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40)
"""Whether it failed, and whether it was slow."""


class Failed(Exception):
    """Of a call."""


@dataclass
class Clock:
    """In seconds, as the other has it; turned in milliseconds, so that nothing is rounded twice."""

    now: int = 0

    def monotonic(self) -> float:
        """As it was turned."""
        return self.now / SECOND


@dataclass
class Pair:
    """Both, with the same settings and the same time."""

    of: Settings
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.ours = Bench(self.of)
        self.theirs = CircuitBreaker(
            name="acme",
            config=Config(
                failure_rate_threshold=self.of.failure_rate / WHOLE,
                minimum_number_of_calls=self.of.min_calls,
                slow_call_duration_threshold=SLOW / SECOND,
                slow_call_rate_threshold=self.of.slow_rate / WHOLE,
                permitted_calls_in_half_open=1,
                wait_duration_in_open=self.of.open_for / SECOND,
                wait_duration_backoff_multiplier=2.0,
                wait_duration_in_open_max=self.of.longest_open / SECOND,
                window_size=self.of.window_calls,
            ),
            clock=self.clock,
        )

    def wait(self, milliseconds: int) -> None:
        """Both."""
        self.ours.now += milliseconds
        self.clock.now += milliseconds

    def call(self, kind: Kind, *, failed: bool, slow: bool) -> None:
        """Both let it through; it takes its time."""
        lease = self.ours.ask(kind).lease
        assert lease

        def work() -> None:
            self.wait(SLOW if slow else 0)
            if failed:
                raise Failed

        with suppress(Failed):
            self.theirs.call_sync(work)
        self.ours.end(lease, Signal.FAILURE if failed else Signal.SUCCESS, slow=slow)

    def refuse(self) -> None:
        """Both let nobody through."""
        for kind in Kind:
            assert not self.ours.ask(kind).lease
        with suppress(CircuitOpenError):
            self.theirs.call_sync(lambda: None)
            raise AssertionError("it was let through")

    def stand_alike(self) -> None:
        """Closed with the same counts, or open."""
        ours, theirs = self.ours.look(), self.theirs.snapshot()
        assert (ours.state is State.OPEN) == (self.theirs.state is Theirs.OPEN)
        if ours.state is State.CLOSED:
            counts = (theirs.total_calls, theirs.failed_calls, theirs.slow_calls)
            assert (ours.calls, ours.failed, ours.slow) == counts


@given(of=SETTINGS, calls=CALLS)
def test_it_opens_at_the_same_call(of: Settings, calls: list[tuple[bool, bool]]) -> None:
    """By failures or by slowness, and not before there are enough of them."""
    pair = Pair(of)
    for failed, slow in calls:
        pair.call(Kind.FIRST, failed=failed, slow=slow)
        went_well = not (failed or slow)
        assume(not (went_well and pair.theirs.state is Theirs.OPEN))
        pair.stand_alike()
        if pair.theirs.state is Theirs.OPEN:
            pair.refuse()
            return


@given(of=SETTINGS, relapses=st.integers(0, 6), slow=st.booleans())
def test_it_stays_open_for_as_long(of: Settings, relapses: int, *, slow: bool) -> None:
    """Twice as long at each relapse up to the same limit; one probe ends it."""
    pair = Pair(of)
    while pair.theirs.state is Theirs.CLOSED:
        pair.call(Kind.FIRST, failed=True, slow=False)
    wait = of.open_for
    for _ in range(relapses):
        pair.stand_alike()
        pair.wait(wait - 1)
        pair.refuse()
        pair.wait(1)
        pair.call(Kind.PROBE, failed=not slow, slow=slow)
        wait = min(2 * wait, of.longest_open)
    pair.wait(wait - 1)
    pair.refuse()
    pair.wait(1)
    pair.call(Kind.PROBE, failed=False, slow=False)
    assert (pair.ours.look().state, pair.theirs.state) == (State.RAMP, Theirs.CLOSED)
    pair.call(Kind.FIRST, failed=False, slow=False)
    assert pair.ours.look().state is State.CLOSED
