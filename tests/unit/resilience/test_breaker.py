"""The breaker: what trips it, how long it is open, and how it closes again."""

from dataclasses import replace

import pytest
from tests.unit.resilience.bench import BEGIN, LEASE, MINUTE, SECOND, Bench

from registrar.resilience.answers import Kind, Known, Mode, Move, Signal, State, Why
from registrar.resilience.settings import Settings


def opened(of: Settings | None = None) -> Bench:
    """By failures."""
    bench = Bench(of or Settings())
    assert bench.trip() == Move(State.CLOSED, State.OPEN, "failure_rate")
    return bench


def probing(of: Settings | None = None) -> Bench:
    """Its time is over."""
    bench = opened(of)
    bench.now = bench.look().until
    assert bench.look().move == Move(State.OPEN, State.PROBING, "time")
    return bench


def ramping(of: Settings | None = None) -> Bench:
    """A probe has found it well."""
    bench = probing(of)
    assert bench.call(kind=Kind.PROBE) == Move(State.PROBING, State.RAMP, "probe")
    return bench


def test_failures_of_half_the_calls_open_it() -> None:
    """At the least number of calls, and not before."""
    bench = Bench()
    for _ in range(5):
        assert bench.call() is None
    for _ in range(4):
        assert bench.call(Signal.FAILURE) is None
    assert bench.call(Signal.FAILURE) == Move(State.CLOSED, State.OPEN, "failure_rate")
    refused = bench.ask()
    assert (refused.why, refused.retry_at) == (Why.CIRCUIT, bench.now + 30 * SECOND)


def test_fewer_failures_than_the_rate_leave_it_closed() -> None:
    """However many calls there are."""
    bench = Bench()
    for number in range(200):
        bench.call(Signal.FAILURE if number % 5 in {3, 4} else Signal.SUCCESS)
    found = bench.look()
    assert (found.state, found.calls, found.failed) == (State.CLOSED, 50, 20)


def test_calls_older_than_the_window_count_no_more() -> None:
    """Nine failures an hour ago and one now are one failure."""
    bench = Bench()
    for _ in range(9):
        bench.call(Signal.FAILURE)
    bench.now += 60 * MINUTE
    assert bench.call(Signal.FAILURE) is None
    assert bench.look().calls == 1


def test_slow_calls_open_it() -> None:
    """Also where all of them succeed."""
    bench = Bench()
    moves = [bench.call(slow=True) for _ in range(10)]
    assert moves[-1] == Move(State.CLOSED, State.OPEN, "slow_rate")


@pytest.mark.parametrize("signal", [Signal.NEUTRAL, Signal.THROTTLED])
def test_what_tells_nothing_does_not_count(signal: Signal) -> None:
    """Our own faults, and a manufacturer that answers and wants less."""
    bench = Bench()
    for _ in range(30):
        bench.call(signal)
        bench.now += 10 * SECOND
    found = bench.look()
    assert (found.state, found.calls) == (State.CLOSED, 0)


def test_one_worker_that_fails_beside_a_well_one_is_not_believed() -> None:
    """It may be its own fault; a second one is believed."""
    bench = Bench()
    bench.call(worker="worker-2")
    for _ in range(30):
        assert bench.call(Signal.FAILURE) is None
    assert bench.look().failed == 30
    assert bench.call(Signal.FAILURE, worker="worker-2") is not None


def test_a_person_has_to_mend_something_and_it_is_open_at_once() -> None:
    """For longer, with the reason; one worker beside a well one is not believed here either."""
    bench = Bench()
    bench.call(worker="worker-2")
    assert bench.call(Signal.HOLD, cause="auth.rejected") is None
    move = bench.call(Signal.HOLD, worker="worker-2")
    assert move == Move(State.CLOSED, State.OPEN, "hold")
    alone = Bench()
    move = alone.call(Signal.HOLD, cause="auth.rejected")
    assert move == Move(State.CLOSED, State.OPEN, "auth.rejected")
    assert alone.look().until - alone.now == 5 * MINUTE


def test_each_relapse_doubles_the_time_up_to_a_limit() -> None:
    """Give or take a tenth."""
    bench = opened()
    lengths = [bench.look().until - bench.now]
    for _ in range(8):
        bench.now = bench.look().until
        assert bench.call(Signal.FAILURE, Kind.PROBE) == Move(State.PROBING, State.OPEN, "probe")
        lengths.append(bench.look().until - bench.now)
    assert [one // SECOND for one in lengths] == [30, 60, 120, 240, 480, 960, 1800, 1800, 1800]
    first, last = Bench(), Bench()
    for bench, jitter in ((first, 0), (last, 999)):
        for _ in range(10):
            bench.call(Signal.FAILURE, jitter=jitter)
    assert (first.look().until - first.now, last.look().until - last.now) == (27_000, 32_970)


def test_relapses_are_forgiven_after_a_healthy_time() -> None:
    """And not before."""
    for wait, length in ((MINUTE, 60), (10 * MINUTE, 30)):
        bench = ramping()
        bench.climb()
        bench.now += wait
        bench.trip()
        assert (bench.look().until - bench.now) // SECOND == length


def test_a_customers_job_is_no_guinea_pig() -> None:
    """While it is probed only what reads may go, and only one at a time."""
    bench = probing()
    refused = bench.ask()
    assert (refused.why, refused.retry_at) == (Why.CIRCUIT, bench.now + SECOND)
    first = bench.ask(Kind.LOOK)
    assert first.lease
    assert bench.look().probing
    assert bench.ask(Kind.PROBE).why is Why.CIRCUIT
    assert bench.end(first.lease) == Move(State.PROBING, State.RAMP, "probe")


def test_no_more_probes_than_are_configured_in_one_period() -> None:
    """As many in a row must be well; one that is not ends the period."""
    bench = probing(Settings(probes=3))
    assert [bench.call(kind=Kind.PROBE) for _ in range(2)] == [None, None]
    assert bench.call(Signal.FAILURE, Kind.PROBE) == Move(State.PROBING, State.OPEN, "probe")
    bench.now = bench.look().until
    moves = [bench.call(kind=Kind.PROBE) for _ in range(3)]
    assert moves == [None, None, Move(State.PROBING, State.RAMP, "probe")]


def test_a_slow_probe_is_a_failed_one() -> None:
    """It would be slow for customers, too."""
    bench = probing()
    assert bench.call(kind=Kind.PROBE, slow=True) == Move(State.PROBING, State.OPEN, "probe")


def test_a_probe_that_tells_nothing_is_made_again() -> None:
    """It was our own fault."""
    bench = probing()
    assert bench.call(Signal.NEUTRAL, Kind.PROBE) is None
    assert bench.call(kind=Kind.PROBE) is not None


def test_a_probe_that_never_comes_back_has_failed() -> None:
    """Whoever made it is gone, and nobody knows what the manufacturer did."""
    bench = probing()
    bench.ask(Kind.PROBE)
    bench.now += LEASE
    assert bench.look().move == Move(State.PROBING, State.OPEN, "probe_lost")


def test_the_ramp_begins_without_a_probe_where_none_comes() -> None:
    """No person is needed; but not while one is under way."""
    bench = probing(Settings(probing_for=5 * SECOND))
    asked = bench.ask(Kind.PROBE)
    bench.now += 5 * SECOND
    assert bench.look().move is None
    bench.end(asked.lease, Signal.NEUTRAL)
    assert bench.look().move == Move(State.PROBING, State.RAMP, "no_probe")


def test_the_ramp_begins_at_once_where_nothing_can_be_asked() -> None:
    """With its first step."""
    bench = opened(Settings(probed=False))
    bench.now = bench.look().until
    assert bench.ask().move == Move(State.OPEN, State.RAMP, "time")


def test_the_ramp_gives_more_from_step_to_step() -> None:
    """Of twenty at once: two, five, ten, all; each after five calls."""
    bench = ramping(Settings(concurrency=20))
    seen = []
    while bench.look().state is State.RAMP:
        leases = [one.lease for _ in range(20) if (one := bench.ask()).lease]
        seen.append(len(leases))
        for one in leases:
            bench.end(one, Signal.NEUTRAL)
        for _ in range(5):
            bench.call()
    assert seen == [2, 5, 10, 20]
    assert bench.look().state is State.CLOSED


def test_the_ramp_ends_where_half_of_its_calls_fail() -> None:
    """Three of five; two do not."""
    bench = ramping()
    for signal in (Signal.FAILURE, Signal.FAILURE, *[Signal.SUCCESS] * 3):
        assert bench.call(signal) is None
    assert bench.look().step == 1
    moves = [bench.call(Signal.FAILURE) for _ in range(3)]
    assert moves == [None, None, Move(State.RAMP, State.OPEN, "relapse")]


def test_what_began_before_the_last_move_tells_nothing_of_the_state_now() -> None:
    """A slow failure of yesterday must not end today's ramp."""
    bench = Bench()
    old = [bench.ask().lease for _ in range(5)]
    bench.trip()
    bench.now += 15 * SECOND
    assert bench.end(old[0], Signal.FAILURE) is None
    bench.now += 4 * SECOND
    for one in old[1:]:
        assert bench.end(one) is None
    bench.now = bench.look().until
    bench.call(kind=Kind.PROBE)
    assert bench.look().calls == 0


def test_a_call_in_time_of_probing_that_is_no_probe_decides_nothing() -> None:
    """In shadow, calls go on while it is probed."""
    bench = probing()
    bench.gate.set_mode(Mode.SHADOW, 0)
    assert bench.call(Signal.FAILURE) is None
    assert bench.look().state is State.PROBING


def test_nothing_is_let_through_while_nothing_is_known() -> None:
    """Whatever an operator has said; then the first step of the ramp, and never more."""
    bench = Bench(Settings(concurrency=20))
    bench.gate = type(bench.gate)()
    bench.gate.set_mode(Mode.DISABLED, 0)
    assert (bench.ask().why, bench.ask().retry_at) == (Why.COLD, bench.now + SECOND)
    bench.gate.set_mode(Mode.NORMAL, 0)
    assert bench.gate.reset(bench.now) is None
    assert bench.gate.warm(bench.now, bench.of, Known()) == Move(State.COLD, State.RAMP, "cold")
    assert bench.gate.warm(bench.now, bench.of, Known()) is None
    assert [bool(bench.ask().lease) for _ in range(3)] == [True, True, False]


def test_what_is_still_known_outlives_a_loss_of_memory() -> None:
    """It is left alone until then, and the next trip is as long as it would have been."""
    bench = Bench()
    bench.gate = type(bench.gate)()
    known = Known(until=bench.now + MINUTE, trips=2, cause="auth.rejected")
    move = bench.gate.warm(bench.now, bench.of, known)
    assert move == Move(State.COLD, State.OPEN, "auth.rejected")
    bench.now += MINUTE
    bench.call(Signal.FAILURE, Kind.PROBE)
    assert (bench.look().until - bench.now) // SECOND == 120


def test_an_operator_forces_it_open_until_then() -> None:
    """Or until it is taken back, which is asked about every minute."""
    bench = Bench()
    bench.gate.set_mode(Mode.FORCED_OPEN, bench.now + 5 * SECOND)
    refused = bench.ask(Kind.LOOK)
    assert (refused.why, refused.retry_at) == (Why.CIRCUIT, bench.now + 5 * SECOND)
    bench.now += 5 * SECOND
    assert bench.ask().lease
    bench.gate.set_mode(Mode.FORCED_OPEN, 0)
    assert bench.ask().retry_at == bench.now + MINUTE


def test_disabled_it_stands_still_and_refuses_nothing() -> None:
    """Limits hold."""
    bench = Bench(Settings(concurrency=2))
    bench.gate.set_mode(Mode.DISABLED, 0)
    assert bench.trip() is None
    assert bench.look().state is State.CLOSED
    assert [bench.ask().why for _ in range(3)] == [None, None, Why.CAPACITY]


def test_in_shadow_its_state_moves_and_nothing_is_refused() -> None:
    """So one sees what it would have done."""
    bench = Bench()
    bench.gate.set_mode(Mode.SHADOW, 0)
    assert bench.trip() == Move(State.CLOSED, State.OPEN, "failure_rate")
    lease = bench.ask().lease
    assert bench.end(lease, Signal.FAILURE) is None
    assert bench.look().trips == 1


def test_a_reset_begins_the_ramp() -> None:
    """Of an open one; a closed one stays closed."""
    bench = opened()
    assert bench.gate.reset(bench.now) == Move(State.OPEN, State.RAMP, "reset")
    bench.climb()
    assert bench.gate.reset(bench.now) is None


def test_a_shorter_ramp_leaves_nobody_beyond_its_end() -> None:
    """Settings may change while it climbs."""
    bench = ramping(Settings(concurrency=20))
    for _ in range(10):
        bench.call()
    bench.of = replace(bench.of, ramp=(100, 300))
    assert bench.look().step == 2
    assert len([1 for _ in range(9) if bench.ask().lease]) == 6


def test_a_report_without_a_live_lease_changes_nothing() -> None:
    """A second one, or a late one."""
    bench = Bench()
    lease = bench.ask().lease
    bench.end(lease, Signal.FAILURE)
    bench.end(lease, Signal.FAILURE)
    late = bench.ask().lease
    bench.now += LEASE
    bench.look()
    bench.end(late, Signal.FAILURE)
    assert bench.look().failed == 1
    assert bench.now > BEGIN
