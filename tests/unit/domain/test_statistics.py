"""What an event tells that is counted, and how what is timed is summed up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.domain.outcome import Tier
from registrar.domain.registration import Event, EventKind, State
from registrar.domain.statistics import BOUNDS, Fact, Measure, bucket, facts, percentile

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def event(kind: EventKind, state: State, **more: object) -> Event:
    """A minute after noon."""
    fields = {"tier": Tier.API, "detail": {}} | more
    return Event("reg_1", "tenant-a", 2, NOON + MINUTE, kind, "worker", state, **fields)  # type: ignore[arg-type]  # of its fields


def told(one: Event, was: State | None, accepted: datetime = NOON) -> list[Fact]:
    """All of it."""
    return list(facts(one, was, accepted))


def test_a_registration_is_accepted_and_comes_to_its_first_tier() -> None:
    """Also one that has no tier."""
    first = event(EventKind.SUBMITTED, State.PENDING)
    assert told(first, None) == [Fact(Measure.ACCEPTED), Fact(Measure.ENTERED, "api")]
    bare = event(EventKind.SUBMITTED, State.PENDING, tier=None)
    assert told(bare, None) == [Fact(Measure.ACCEPTED), Fact(Measure.ENTERED, "")]


def test_the_first_attempt_is_timed_and_no_other() -> None:
    """From when it was accepted."""
    detail = {"tier": "api", "attempt": "1"}
    started = event(EventKind.ATTEMPT_STARTED, State.RUNNING, detail=detail)
    assert told(started, State.PENDING) == [Fact(Measure.STARTED, "api", took=MINUTE)]
    again = event(EventKind.ATTEMPT_STARTED, State.RUNNING, detail=detail | {"attempt": "2"})
    assert told(again, State.WAITING) == []


def test_an_attempt_is_counted_on_its_own_tier() -> None:
    """The registration may be on another one by then, or over."""
    detail = {"tier": "api", "effect": "refused", "code": "not_eligible"}
    ended = event(
        EventKind.ATTEMPT_ENDED, State.PENDING, detail=detail, took_ms=1500, tier=Tier.WEB
    )
    took = timedelta(seconds=1.5)
    attempt = Fact(Measure.ATTEMPT, "api", "refused", "not_eligible", took)
    assert told(ended, State.RUNNING) == [attempt]
    older = event(EventKind.ATTEMPT_ENDED, State.PENDING, detail={"code": "not_eligible"})
    assert told(older, State.RUNNING) == [Fact(Measure.ATTEMPT, code="not_eligible")]


def test_a_lost_attempt_is_one_and_a_lost_look_up_is_none() -> None:
    """The former has taken some time."""
    lost = event(EventKind.LEASE_LOST, State.WAITING, detail={"tier": "api"}, took_ms=20)
    took = timedelta(milliseconds=20)
    assert told(lost, State.RUNNING) == [Fact(Measure.ATTEMPT, "api", "", "lost", took)]
    looked = event(EventKind.LEASE_LOST, State.VERIFYING)
    assert told(looked, State.VERIFYING) == []


def test_a_tier_is_left_for_another() -> None:
    """With the reason."""
    detail = {"left": "api", "taken": "web_automation", "reason": "form_changed"}
    moved = event(EventKind.TIER_CHANGED, State.PENDING, detail=detail, tier=Tier.WEB)
    assert told(moved, State.PENDING) == [
        Fact(Measure.LEFT, "api", code="form_changed"),
        Fact(Measure.ENTERED, "web_automation"),
    ]


def test_an_end_is_timed_and_says_how() -> None:
    """By what it came to, else by what happened."""
    ended = event(EventKind.VERIFIED, State.SUCCEEDED, outcome="registered")
    done = Fact(Measure.FINISHED, "api", "succeeded", "registered", MINUTE)
    assert told(ended, State.VERIFYING) == [done]
    erased = event(EventKind.ERASED, State.CANCELLED)
    assert told(erased, State.PENDING) == [
        Fact(Measure.FINISHED, "api", "cancelled", "erased", MINUTE)
    ]
    assert told(erased, State.CANCELLED) == []


def test_a_clock_that_is_behind_makes_no_time_negative() -> None:
    """It took none."""
    ended = event(EventKind.VERIFIED, State.SUCCEEDED, outcome="registered")
    (done,) = told(ended, State.VERIFYING, NOON + timedelta(hours=1))
    assert done.took == timedelta(0)


def test_a_person_is_asked_and_asks() -> None:
    """The deadline passes; a failure is tried again."""
    passed = event(EventKind.DEADLINE_PASSED, State.ACTION_REQUIRED, outcome="deadline_exceeded")
    assert told(passed, State.WAITING) == [
        Fact(Measure.OVERDUE, "api"),
        Fact(Measure.HANDED_OVER, "api", code="deadline_exceeded", took=MINUTE),
    ]
    again = event(EventKind.RETRY_REQUESTED, State.PENDING)
    assert told(again, State.FAILED) == [Fact(Measure.REOPENED, "api", "failed")]
    assert told(again, State.ACTION_REQUIRED) == []


@given(st.integers(0, 200 * 86_400_000))
def test_a_bucket_is_the_first_whose_bound_is_not_below(millis: int) -> None:
    """Above all bounds it is the last one."""
    took = timedelta(milliseconds=millis)
    place = bucket(took)
    assert place == 0 or BOUNDS[place - 1] < took
    assert place == len(BOUNDS) or took <= BOUNDS[place]


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=200), st.sampled_from((0.5, 0.95, 1)))
def test_a_percentile_is_as_near_as_its_bucket(millis: list[int], share: float) -> None:
    """That of the exact values is in the same one."""
    counts: dict[int, int] = {}
    for one in millis:
        place = bucket(timedelta(milliseconds=one))
        counts[place] = counts.get(place, 0) + 1
    ranked = sorted(millis)
    exact = timedelta(milliseconds=ranked[max(0, -(-len(ranked) * share // 1).__int__() - 1)])
    found = percentile(counts, share)
    assert found is not None
    assert bucket(found) == bucket(exact) or found == BOUNDS[bucket(exact) - 1]


def test_of_nothing_there_is_no_percentile() -> None:
    """Nor of buckets that are empty; above all bounds it is the last one."""
    assert percentile({}, 0.5) is None
    assert percentile({3: 0}, 0.5) is None
    assert percentile({len(BOUNDS): 4}, 0.5) == BOUNDS[-1]
    assert percentile({0: 4}, 0.5) == BOUNDS[0] / 2


@pytest.mark.parametrize("index", [0, 1, 50, len(BOUNDS) - 1])
def test_a_bound_is_in_its_own_bucket(index: int) -> None:
    """And what is a little longer in the next one."""
    assert bucket(BOUNDS[index]) == index
    assert bucket(BOUNDS[index] + timedelta(microseconds=1)) == index + 1
