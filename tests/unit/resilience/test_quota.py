"""A caller's quota: so much in the long run, a burst at once, and never more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.resilience import quota
from registrar.resilience.quota import SECOND, Buckets, Quota, Taken, take

BEGIN = 1_764_000_000 * SECOND
TEN = Quota(10, 1, 5)


def test_a_burst_at_once_and_then_one_after_the_other() -> None:
    """Five, and the sixth a tenth of a second later."""
    full = 0
    for left in (4, 3, 2, 1, 0):
        full, taken = take(full, BEGIN, TEN, 1, 1)
        assert (taken.granted, taken.left, taken.wait) == (1, left, 0)
    full, taken = take(full, BEGIN, TEN, 1, 1)
    assert taken == Taken(0, 0, SECOND // 10, SECOND // 2)
    full, taken = take(full, BEGIN + SECOND // 10 - 1, TEN, 1, 1)
    assert (taken.granted, taken.wait) == (0, 1)
    full, taken = take(full, BEGIN + SECOND // 10, TEN, 1, 1)
    assert (taken.granted, taken.left) == (1, 0)


def test_all_that_is_needed_or_nothing_and_some_more_where_it_is_there() -> None:
    """What is refused costs nothing."""
    full, taken = take(0, BEGIN, TEN, 2, 3)
    assert (taken.granted, taken.left) == (3, 2)
    same, taken = take(full, BEGIN, TEN, 3, 4)
    assert (same, taken.granted, taken.left, taken.wait) == (full, 0, 2, SECOND // 10)
    full, taken = take(full, BEGIN, TEN, 1, 9)
    assert (taken.granted, taken.left, taken.reset) == (2, 0, SECOND // 2)


def test_more_than_can_ever_be_had_costs_all_of_it() -> None:
    """It is let in alone: else it never would be."""
    full, taken = take(0, BEGIN, TEN, 500, 500)
    assert (taken.granted, taken.left) == (5, 0)
    _, taken = take(full, BEGIN, TEN, 500, 500)
    assert (taken.granted, taken.wait) == (0, SECOND // 2)


def test_a_clock_that_is_set_back_shuts_nobody_out() -> None:
    """Nor does a quota that has grown smaller: nobody waits longer than for all of it."""
    full, _ = take(0, BEGIN, TEN, 5, 5)
    _, taken = take(full, BEGIN - 3_600 * SECOND, TEN, 1, 1)
    assert (taken.granted, taken.wait) == (0, SECOND // 10)
    small = Quota(1, 1, 1)
    full, _ = take(0, BEGIN, Quota(1, 3_600, 100), 100, 100)
    _, taken = take(full, BEGIN, small, 1, 1)
    assert taken.wait == SECOND


def test_a_part_is_as_much_slower_and_has_one_at_once_at_least() -> None:
    """Of what one process grants alone."""
    assert Quota(100, 1, 40).part(4) == Quota(100, 4, 10)
    assert Quota(3, 60, 2).part(4).burst == 1
    assert Quota(2_000_000, 1, 5).interval == 1


@given(
    of=st.builds(Quota, st.integers(1, 50), st.sampled_from([1, 7, 60]), st.integers(1, 30)),
    asked=st.lists(
        st.tuples(st.integers(0, 3 * SECOND), st.integers(1, 9), st.integers(1, 9)), max_size=60
    ),
)
def test_no_span_of_time_sees_more_than_its_share_and_a_burst(
    of: Quota, asked: list[tuple[int, int, int]]
) -> None:
    """Whoever asks, however much, and when; and who waits as told is not refused."""
    full, now, granted = 0, BEGIN, list[tuple[int, int]]()
    for pause, need, want in asked:
        now += pause
        full, taken = take(full, now, of, need, want)
        if not taken.granted:
            now += taken.wait
            full, taken = take(full, now, of, need, want)
        assert taken.granted >= min(need, of.burst)
        assert taken.left >= 0
        granted.append((now, taken.granted))
        for start, (since, _) in enumerate(granted):
            assert sum(n for _, n in granted[start:]) <= of.burst + (now - since) // of.interval


def test_who_has_everything_again_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others are not, however many there are."""
    monkeypatch.setattr(quota, "MOST", 3)
    buckets = Buckets()
    for name in ("a", "b", "c", "d"):
        buckets.take(name, BEGIN, TEN, 1, 1)
    buckets.take("e", BEGIN + 1, TEN, 5, 5)
    assert set(buckets.full) == {"a", "b", "c", "d", "e"}
    buckets.take("f", BEGIN + SECOND // 10, TEN, 1, 1)
    assert set(buckets.full) == {"e", "f"}
    assert buckets.take("e", BEGIN + SECOND // 10, TEN, 5, 5).granted == 0
