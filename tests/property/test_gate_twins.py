"""The script in Redis and the model, side by side: the same answers to whatever is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as explore

from registrar.admission.redis import RedisAdmission
from registrar.domain.outcome import Tier
from registrar.ports.admission import Gated
from registrar.ports.connector_states import ConnectorKey
from registrar.resilience.answers import Ask, Kind, Known, Mode, Report, Signal, State
from registrar.resilience.gate import Gate, read_lease
from registrar.resilience.settings import Settings, Window
from registrar.signals.redis import connect

KEY = ConnectorKey("acme", Tier.API)
BEGIN = 1_764_000_000_000
LEASE = 5_000
HOLDERS = ["reg_1/7", "reg_1/77", "reg.1/7"]
T = TypeVar("T")

WINDOWS = st.lists(
    st.builds(Window, requests=st.integers(1, 6), span=st.sampled_from([700, 5_000, 60_000])),
    max_size=2,
).map(tuple)
SETTINGS = st.builds(
    Settings,
    failure_rate=st.sampled_from([300, 500, 1000]),
    slow_rate=st.sampled_from([500, 1000]),
    window_calls=st.integers(2, 12),
    window_span=st.sampled_from([3_000, 600_000]),
    min_calls=st.integers(1, 6),
    open_for=st.sampled_from([1_000, 7_777]),
    longest_open=st.sampled_from([8_000, 60_000]),
    forgive_after=st.sampled_from([1_000, 600_000]),
    probed=st.booleans(),
    probes=st.integers(1, 3),
    probing_for=st.sampled_from([2_000, 30_000]),
    ramp=st.sampled_from([(100, 250, 500, 1000), (1000,), (300, 700)]),
    ramp_calls=st.integers(1, 4),
    lease=st.just(LEASE),
    concurrency=st.integers(1, 12),
    windows=WINDOWS,
    daily=st.sampled_from([0, 0, 20]),
    days=st.just(tuple((BEGIN + n * 50_000, BEGIN + (n + 1) * 50_000) for n in range(-1, 40))),
    quiet=st.sampled_from([(), ((BEGIN + 20_000, BEGIN + 25_000),)]),
    least_share=st.sampled_from([50, 500]),
    regrow=st.sampled_from([10_000, 300_000]),
    budget=st.sampled_from([1_000, 3_000]),
    refill=st.sampled_from([100, 333]),
    trickle=st.sampled_from([1_000, 10_000]),
    ask_again=st.sampled_from([500, 60_000]),
)


@dataclass
class Sent:
    """From when until when a request may have reached the manufacturer."""

    since: int
    until: int


class Twins(RuleBasedStateMachine):
    """Every rule does the same to both, and what comes of it must be the same."""

    loop: asyncio.AbstractEventLoop
    url: str

    def __init__(self) -> None:
        super().__init__()
        self.client = connect(self.url)
        self.script = RedisAdmission(self.client, timeout=30, draw=lambda: 0)
        self.model = Gate()
        self.now = BEGIN
        self.leases: list[str] = []
        self.sent: dict[str, list[Sent]] = {}
        self.probes: dict[int, int] = {}
        """Begun and not given back, by period."""

    def teardown(self) -> None:
        """The next example begins with nothing."""
        self.run(self.client.flushall())
        self.run(self.client.aclose())

    def run(self, work: Awaitable[T]) -> T:
        """On the one loop."""
        return self.loop.run_until_complete(work)

    @property
    def gate(self) -> Gated:
        """As the script wants it."""
        return Gated(KEY, self.of)

    @initialize(of=SETTINGS, climbs=st.sampled_from([True, True, True, False]))
    def begin(self, *, of: Settings, climbs: bool) -> None:
        """Cold, and mostly warmed and closed before anything else happens."""
        self.of = of
        self.script.now = self.now
        if climbs:
            self.warm(Known())
            self.time_goes_by(LEASE + of.longest_window + 25_000)
            for _ in range(len(of.ramp) * of.ramp_calls):
                self.call(Kind.FIRST, Signal.SUCCESS, 1, "a", slow=False)

    @rule(by=st.one_of(st.integers(0, 50), st.integers(0, 3_000), st.integers(0, 90_000)))
    def time_goes_by(self, by: int) -> None:
        """A little, or a lot."""
        self.now += by
        self.script.now = self.now

    @rule(
        kind=st.sampled_from(Kind),
        cost=st.sampled_from([1, 1, 1, 2, 9]),
        jitter=st.integers(0, 999),
        holder=st.sampled_from(["", *HOLDERS]),
    )
    def ask(self, kind: Kind, cost: int, jitter: int, holder: str) -> None:
        """Of any kind."""
        asked = Ask(kind, f"n{len(self.sent)}", cost, jitter, holder)
        before = self.model.breaker.state
        expected = self.model.admit(self.now, self.of, asked)
        assert self.run(self.script.admit([(self.gate, asked)])) == [expected]
        if not expected.lease:
            assert expected.retry_at > self.now
            return
        assert before is not State.COLD
        self._let_through(expected.lease, kind, cost)

    def _let_through(self, name: str, kind: Kind, cost: int) -> None:
        self.leases.append(name)
        self.sent[name] = [Sent(self.now, self.now + LEASE)] * cost
        self.no_window_sees_more(cost)
        lease = read_lease(name)
        if lease.probe:
            self.probes[lease.epoch] = self.probes.get(lease.epoch, 0) + 1
            assert kind.reads
            assert self.probes[lease.epoch] <= self.of.probes

    @rule(
        data=st.data(),
        signal=st.sampled_from(Signal),
        slow=st.booleans(),
        worker=st.sampled_from("abc"),
        cause=st.sampled_from(["", "auth.rejected"]),
        rest=st.sampled_from([0, 0, 1_500, 100_000]),
        jitter=st.integers(0, 999),
    )
    def report(  # noqa: PLR0913 - all that a report may say
        self,
        data: st.DataObject,
        *,
        signal: Signal,
        slow: bool,
        worker: str,
        cause: str,
        rest: int,
        jitter: int,
    ) -> None:
        """Of a call under way, or of one that is over."""
        if not self.leases:
            return
        lease = data.draw(st.sampled_from(self.leases))
        made = Report(lease, signal, worker, slow, cause, rest, jitter)
        self._ended(made)

    def _ended(self, made: Report) -> None:
        lease = made.lease
        live = self.model.limiter.leases.get(lease, 0) > self.now
        expected = self.model.report(self.now, self.of, made)
        assert self.run(self.script.report([(self.gate, made)])) == [expected]
        if live:
            self.sent[lease] = [replace(one, until=self.now) for one in self.sent[lease]]
            told = read_lease(lease)
            if (
                told.probe
                and made.signal is Signal.NEUTRAL
                and told.epoch == self.model.breaker.epoch
            ):
                self.probes[told.epoch] -= 1

    @rule(
        kind=st.sampled_from([Kind.FIRST, Kind.FIRST, Kind.RETRY, Kind.PROBE]),
        signal=st.sampled_from([Signal.SUCCESS, *[Signal.FAILURE] * 3, *Signal]),
        times=st.integers(1, 8),
        worker=st.sampled_from("abc"),
        slow=st.sampled_from([False, False, True]),
    )
    def call(self, kind: Kind, signal: Signal, times: int, worker: str, *, slow: bool) -> None:
        """Some, each begun and ended at once, as most are."""
        for _ in range(times):
            asked = Ask(kind, f"n{len(self.sent)}", 1, 500)
            expected = self.model.admit(self.now, self.of, asked)
            assert self.run(self.script.admit([(self.gate, asked)])) == [expected]
            if expected.lease:
                self._let_through(expected.lease, kind, 1)
                self._ended(Report(expected.lease, signal, worker, slow))

    @rule(holder=st.sampled_from(HOLDERS))
    def abandon(self, holder: str) -> None:
        """Nobody works for it any more: a place is free again, and nothing more is sent."""
        live = [name for name, ends in self.model.limiter.leases.items() if ends > self.now]
        gone = [name for name in live if read_lease(name).holder == holder]
        self.model.abandon(self.now, holder)
        self.run(self.script.abandon([(self.gate, holder)]))
        for name in gone:
            self.sent[name] = [replace(one, until=self.now) for one in self.sent[name]]
        standing = self.model.look(self.now, self.of, 0)
        assert standing.in_flight == len(live) - len(gone)
        (script,) = self.run(self.script.look([self.gate]))
        assert script == standing

    @rule()
    def until_it_is_over(self) -> None:
        """An open breaker's time, or a rest."""
        ends = max(self.model.breaker.until, self.model.limiter.rest_until)
        self.time_goes_by(max(0, ends - self.now))

    @rule(known=st.builds(Known, st.just(0) | st.just(BEGIN + 30_000), st.integers(0, 3)))
    def warm(self, known: Known) -> None:
        """Does something once."""
        expected = self.model.warm(self.now, self.of, known)
        assert self.run(self.script.warm(self.gate, known)) == expected

    @rule(often=st.sampled_from([False, False, False, True]))
    def forget(self, *, often: bool) -> None:
        """Redis is emptied; what was sent before is still in the manufacturer's own windows."""
        if not often:
            return
        self.model = Gate()
        self.run(self.client.flushall())
        self.leases.clear()
        self.probes.clear()

    @rule()
    def reset(self) -> None:
        """By an operator."""
        expected = self.model.reset(self.now)
        assert self.run(self.script.reset(self.gate)) == expected

    @rule(mode=st.sampled_from([*[Mode.NORMAL] * 4, *Mode]), span=st.sampled_from([0, 2_000]))
    def set_mode(self, mode: Mode, span: int) -> None:
        """By an operator."""
        until = span and self.now + span
        self.model.set_mode(mode, until)
        self.run(self.script.set_mode(self.gate, mode, until))

    @rule(of=SETTINGS)
    def other_settings(self, of: Settings) -> None:
        """The manifest has changed; its windows stay, or nothing could be said of them."""
        self.of = replace(of, windows=self.of.windows, daily=self.of.daily)

    @invariant()
    def they_stand_alike(self) -> None:
        """To whoever looks."""
        if not hasattr(self, "of"):
            return
        found = self.model.look(self.now, self.of, 0)
        (script,) = self.run(self.script.look([self.gate]))
        assert script == found

    def no_window_sees_more(self, cost: int) -> None:
        """Whenever within its time each request is sent; also of those that nobody remembers."""
        sent = [one for several in self.sent.values() for one in several]
        for window in self.of.windows:
            inside = [one for one in sent if one.until > self.now - window.span]
            assert len(inside) <= max(window.requests, cost)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """One for all examples."""
    made = asyncio.new_event_loop()
    yield made
    made.close()


def test_the_script_does_what_the_model_does(
    redis_url: str, loop: asyncio.AbstractEventLoop
) -> None:
    """Step by step, to whatever is asked in whatever order."""
    kind = type("OfThisRun", (Twins,), {"url": redis_url, "loop": loop})
    budget = settings(
        max_examples=60,
        stateful_step_count=60,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    explore(kind, settings=budget)
