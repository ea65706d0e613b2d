"""Rate windows, concurrency, quotas, quiet hours, throttling and the retry budget."""

import pytest
from tests.unit.resilience.bench import BEGIN, LEASE, MINUTE, SECOND, Bench

from registrar.resilience.answers import Kind, Known, Signal, State, Why
from registrar.resilience.gate import Gate
from registrar.resilience.settings import Settings, Window

HOUR = 60 * MINUTE
DAYS = tuple((BEGIN + n * 24 * HOUR, BEGIN + (n + 1) * 24 * HOUR) for n in range(-1, 3))


def ready(of: Settings) -> Bench:
    """Closed, with nothing of its windows used."""
    bench = Bench(of)
    bench.now += LEASE + of.longest_window + 1
    return bench


def test_no_more_at_once_than_it_takes() -> None:
    """And one that ends makes room."""
    bench = ready(Settings(concurrency=2))
    first = bench.ask()
    assert bench.ask().lease
    assert (bench.ask().why, bench.look().in_flight) == (Why.CAPACITY, 2)
    bench.end(first.lease)
    assert bench.ask().lease


def test_a_call_whose_caller_is_gone_gives_its_room_back() -> None:
    """When its lease has run out."""
    bench = ready(Settings(concurrency=1))
    bench.ask()
    bench.now += LEASE - 1
    assert bench.ask().why is Why.CAPACITY
    bench.now += 1
    assert bench.ask().lease


def test_what_nobody_works_for_gives_its_room_back_at_once() -> None:
    """By whom it was held for; its requests count from then on."""
    bench = ready(Settings(concurrency=2, windows=(Window(2, SECOND),)))
    bench.ask(holder="reg_1/7")
    bench.ask(holder="reg_1/77")
    bench.gate.abandon(bench.now, "reg_1/7")
    assert (bench.look().in_flight, bench.ask().retry_at) == (1, bench.now + SECOND)
    bench.now += SECOND
    assert bench.ask().lease


def test_a_probe_that_nobody_works_for_has_failed() -> None:
    """As one whose lease has run out."""
    bench = ready(Settings(probes=2))
    bench.trip()
    bench.now = bench.gate.breaker.until
    bench.ask(Kind.LOOK, holder="reg_1/7")
    assert bench.look().probing
    bench.gate.abandon(bench.now, "reg_1/7")
    assert bench.look().state is State.OPEN


def test_no_window_sees_more_than_is_stated() -> None:
    """All of several; the answer says when there is room in each."""
    bench = ready(Settings(windows=(Window(2, SECOND), Window(3, MINUTE))))
    begin = bench.now
    bench.call()
    bench.now += 100
    bench.call()
    refused = bench.ask()
    assert (refused.why, refused.retry_at) == (Why.RATE, begin + SECOND)
    bench.now = begin + SECOND
    bench.call()
    assert bench.ask().retry_at == begin + MINUTE
    assert bench.look().used == (2, 3)


def test_a_request_counts_until_it_has_certainly_left_the_window() -> None:
    """Nobody knows when it was sent: perhaps at its very end."""
    bench = ready(Settings(windows=(Window(1, SECOND),)))
    slow = bench.ask()
    bench.now += 5 * SECOND
    assert bench.ask().retry_at == bench.now + SECOND
    bench.end(slow.lease)
    assert bench.ask().retry_at == bench.now + SECOND
    bench.now += SECOND
    assert bench.ask().lease


def test_a_call_of_several_requests_needs_room_for_all() -> None:
    """One that is larger than the whole window goes alone."""
    bench = ready(Settings(windows=(Window(3, SECOND),)))
    bench.end(bench.ask(cost=2).lease)
    assert bench.ask(cost=2).why is Why.RATE
    assert bench.ask().lease
    bench.now += LEASE + SECOND
    assert bench.ask(cost=7).lease


def test_a_quota_holds_for_the_manufacturers_own_day() -> None:
    """And begins anew with the next."""
    bench = Bench(Settings(daily=5, days=DAYS))
    for _ in range(5):
        bench.call()
    refused = bench.ask()
    assert (refused.why, refused.retry_at) == (Why.RATE, BEGIN + 24 * HOUR)
    assert bench.look().used_today == 5
    bench.now = BEGIN + 24 * HOUR
    assert bench.look().used_today == 0
    assert bench.ask().lease


def test_a_moment_outside_of_all_days_is_somebodys_wrong_clock() -> None:
    """Nothing goes before it is mended."""
    bench = Bench(Settings(daily=25, days=DAYS))
    bench.now = BEGIN + 100 * 24 * HOUR
    assert bench.ask().retry_at == bench.now + MINUTE


def test_quiet_hours_are_kept() -> None:
    """Also by what only reads."""
    bench = ready(Settings())
    bench.of = Settings(quiet=((bench.now, bench.now + HOUR),))
    refused = bench.ask(Kind.PROBE)
    assert (refused.why, refused.retry_at) == (Why.QUIET, bench.now + HOUR)
    bench.now += HOUR
    assert bench.ask().lease


def test_throttling_halves_what_goes_and_time_gives_it_back() -> None:
    """Those under way when it was cut do not cut it again."""
    bench = ready(Settings(concurrency=16))
    under_way = [bench.ask().lease for _ in range(4)]
    bench.now += 1
    for one in under_way:
        bench.end(one, Signal.THROTTLED)
    assert (bench.look().share, bench.ask().why) == (500, Why.RATE)
    bench.now += SECOND
    assert len([1 for _ in range(16) if bench.ask().lease]) == 8
    bench.now += 150 * SECOND
    assert bench.look().share == 1000


def test_throttling_leaves_a_little() -> None:
    """However often it comes."""
    bench = ready(Settings(concurrency=16))
    for _ in range(9):
        bench.now += SECOND
        bench.call(Signal.THROTTLED)
    bench.now += SECOND
    assert bench.look().share < 60
    assert [bool(bench.ask().lease) for _ in range(2)] == [True, False]


def test_what_the_manufacturer_asks_for_is_kept() -> None:
    """Of an ill one as of a busy one; but no longer than any trip."""
    bench = ready(Settings())
    bench.call(Signal.FAILURE, rest=90 * SECOND)
    refused = bench.ask()
    assert (refused.why, refused.retry_at) == (Why.RATE, bench.now + 90 * SECOND)
    assert bench.look().rest_until == bench.now + 90 * SECOND
    bench.now += 90 * SECOND
    assert bench.look().rest_until == 0
    bench.call(Signal.THROTTLED, rest=24 * HOUR)
    assert bench.ask().retry_at == bench.now + 30 * MINUTE
    bench.gate.reset(bench.now)
    assert bench.ask().lease


def test_after_a_loss_of_memory_the_windows_are_taken_for_full() -> None:
    """Nobody knows what was sent before; of the day others know."""
    of = Settings(windows=(Window(3, MINUTE),), daily=9, days=DAYS)
    bench = ready(Settings())
    bench.of, bench.gate = of, Gate()
    bench.gate.warm(bench.now, of, Known(used_today=7))
    assert bench.ask().retry_at == bench.now + MINUTE
    bench.now += LEASE + MINUTE
    assert [bench.call() for _ in range(2)] == [None, None]
    assert bench.ask().retry_at == BEGIN + 24 * HOUR
    assert bench.look().state is State.RAMP
    lost = Gate()
    lost.warm(BEGIN - 100 * HOUR, of, Known(used_today=7))
    assert lost.look(BEGIN - 100 * HOUR, of, 500).used_today == 0


def test_retries_are_paid_for_by_successes() -> None:
    """Two are saved up at most, ten successes bring one, and so does a minute.

    One that succeeds, or that told nothing, brings back what it has cost: a backlog that has waited
    for a manufacturer goes on without any other traffic.
    """
    bench = ready(Settings(concurrency=99))
    while bench.ask(Kind.RETRY).lease:
        pass
    refused = bench.ask(Kind.RETRY)
    # Long before a minute is over: others may succeed meanwhile.
    assert (refused.why, refused.retry_at) == (Why.BUDGET, bench.now + 10 * SECOND)
    assert bench.ask().lease
    for _ in range(10):
        bench.call()
    assert bench.look().retries == 1000
    paid = bench.ask(Kind.RETRY)
    bench.end(paid.lease, Signal.FAILURE)
    assert bench.look().retries == 0
    bench.now += 57 * SECOND
    assert bench.ask(Kind.RETRY).retry_at == bench.now + 3 * SECOND
    bench.now += 3 * SECOND
    well = bench.ask(Kind.RETRY)
    bench.end(well.lease)
    assert bench.look().retries == 1000
    bench.end(bench.ask(Kind.RETRY).lease, Signal.NEUTRAL)
    assert bench.look().retries == 1000
    bench.now += HOUR
    assert bench.look().retries == 2000


@pytest.mark.parametrize(("pause", "most"), [(100, 1.1), (1_000, 1.1), (4_000, 1.15)])
def test_a_storm_of_errors_is_not_made_worse(pause: int, most: float) -> None:
    """Until the breaker opens: requests for each registration; a minute brings a retry meanwhile.

    A retry is asked for after each failure.
    """
    bench = ready(Settings())
    for _ in range(100):
        bench.call()
        bench.now += SECOND
    firsts = retries = 0
    while bench.look().state is State.CLOSED:
        bench.end(bench.ask().lease, Signal.FAILURE)
        firsts += 1
        bench.now += pause
        again = bench.ask(Kind.RETRY)
        if again.lease:
            bench.end(again.lease, Signal.FAILURE)
            retries += 1
    assert firsts + retries == 25
    assert 1 < (firsts + retries) / firsts <= most
