"""What is counted of registrations: the facts that each event of the log tells.

A fact belongs to the minute of its event. Nothing is counted twice, and nothing is taken back: a
failure that is retried stays a failure of its day, and is REOPENED on the day of its retry.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from registrar.domain.registration import Event, EventKind, State


class Measure(StrEnum):
    """What happened. `status` and `code` of a fact say more where it is written here."""

    ACCEPTED = "accepted"
    """A registration was taken in."""
    STARTED = "started"
    """Its first attempt began; timed from when it was accepted."""
    ATTEMPT = "attempt"
    """An attempt ended, timed. `status`: its effect, `code`: of the taxonomy, or `lost`."""
    ENTERED = "entered"
    """It came to a tier."""
    LEFT = "left"
    """It left a tier for another one. `code`: why."""
    HANDED_OVER = "handed_over"
    """A person is asked; timed from when it was accepted. `code`: of the failure before it."""
    OVERDUE = "overdue"
    """`complete_by` passed before it was over."""
    FINISHED = "finished"
    """It is over; timed from when it was accepted. `status`: how, `code`: result, or failure."""
    REOPENED = "reopened"
    """A person had it tried again after it was over."""


class Fact(NamedTuple):
    """One thing that happened once. `took`: what is timed, never negative."""

    measure: Measure
    tier: str = ""
    status: str = ""
    code: str = ""
    took: timedelta | None = None


LOST = "lost"
"""Code of an attempt whose worker vanished."""


def facts(event: Event, was: State | None, accepted: datetime) -> Iterator[Fact]:
    """Of one event. `was`: the state before it, None of the first; `accepted`: of the whole."""
    tier = event.tier.value if event.tier else ""
    age = max(event.at - accepted, timedelta(0))
    yield from _of_kind(event, tier, age)
    if event.state is was:
        return
    if event.state.terminal:
        status = event.state.value
        yield Fact(Measure.FINISHED, tier, status, event.outcome or event.kind.value, age)
    elif was is not None and was.terminal:
        yield Fact(Measure.REOPENED, tier, was.value)
    if event.state is State.ACTION_REQUIRED:
        yield Fact(Measure.HANDED_OVER, tier, code=event.outcome, took=age)


def _of_kind(event: Event, tier: str, age: timedelta) -> Iterator[Fact]:
    said = event.detail
    match event.kind:
        case EventKind.SUBMITTED:
            yield Fact(Measure.ACCEPTED)
            yield Fact(Measure.ENTERED, tier)
        case EventKind.TIER_CHANGED:
            yield Fact(Measure.LEFT, said.get("left", ""), code=said.get("reason", ""))
            yield Fact(Measure.ENTERED, tier)
        case EventKind.ATTEMPT_STARTED if said.get("attempt") == "1":
            yield Fact(Measure.STARTED, said.get("tier", tier), took=age)
        case EventKind.ATTEMPT_ENDED:
            yield _attempt(event, said.get("effect", ""), said.get("code", ""))
        case EventKind.LEASE_LOST if event.took_ms is not None:
            yield _attempt(event, "", LOST)
        case EventKind.DEADLINE_PASSED:
            yield Fact(Measure.OVERDUE, tier)
        case _:
            pass


def _attempt(event: Event, effect: str, code: str) -> Fact:
    took = None if event.took_ms is None else timedelta(milliseconds=event.took_ms)
    return Fact(Measure.ATTEMPT, event.detail.get("tier", ""), effect, code, took)


_A_DECADE = 10
"""Buckets for each power of ten: neighbours differ by 26 %."""
BOUNDS: tuple[timedelta, ...] = tuple(
    timedelta(milliseconds=10 ** (step / _A_DECADE)) for step in range(10 * _A_DECADE + 1)
)
"""Upper bounds of the buckets of what is timed: 1 ms to 116 days. The last one has none."""


def bucket(took: timedelta) -> int:
    """Index of the first bound that is not below it; len(BOUNDS) where it is above all."""
    return bisect_left(BOUNDS, took)


def percentile(counts: Mapping[int, int], share: float) -> timedelta | None:
    """What `share` (0 to 1) of all took at most, straight within a bucket; None of nothing.

    Above the last bound it is the last bound: at least that.
    """
    wanted, seen = share * sum(counts.values()), 0
    for index, here in sorted(counts.items()):
        if here and seen + here >= wanted:
            low = BOUNDS[index - 1] if index else timedelta(0)
            high = BOUNDS[min(index, len(BOUNDS) - 1)]
            return low + (high - low) * ((wanted - seen) / here)
        seen += here
    return None
