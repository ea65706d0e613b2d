"""What is asked of the counts, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from registrar.app.statistics.spans import Interval, Step
from registrar.domain.registration import State
from registrar.domain.statistics import Measure
from registrar.ports.statistics import Dimension


class Metric(StrEnum):
    """What can be counted."""

    ACCEPTED = "accepted"
    FINISHED = "finished"
    SUCCEEDED = "succeeded"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"
    HANDED_OVER = "handed_over"
    ATTEMPTS = "attempts"
    FALLBACKS = "fallbacks"
    OVERDUE = "overdue"
    REOPENED = "reopened"


MEASURES: dict[Metric, tuple[Measure, tuple[str, ...]]] = {
    Metric.ACCEPTED: (Measure.ACCEPTED, ()),
    Metric.FINISHED: (Measure.FINISHED, ()),
    Metric.SUCCEEDED: (Measure.FINISHED, (State.SUCCEEDED,)),
    Metric.REJECTED: (Measure.FINISHED, (State.REJECTED,)),
    Metric.FAILED: (Measure.FINISHED, (State.FAILED,)),
    Metric.CANCELLED: (Measure.FINISHED, (State.CANCELLED,)),
    Metric.HANDED_OVER: (Measure.HANDED_OVER, ()),
    Metric.ATTEMPTS: (Measure.ATTEMPT, ()),
    Metric.FALLBACKS: (Measure.LEFT, ()),
    Metric.OVERDUE: (Measure.OVERDUE, ()),
    Metric.REOPENED: (Measure.REOPENED, ()),
}
"""Of each metric the measure, and which status."""


class Timed(StrEnum):
    """What is timed."""

    TIME_TO_OUTCOME = "time_to_outcome"
    TIME_TO_PERSON = "time_to_person"
    TIME_TO_FIRST_ATTEMPT = "time_to_first_attempt"
    ATTEMPT_DURATION = "attempt_duration"


TIMED = {
    Timed.TIME_TO_OUTCOME: Measure.FINISHED,
    Timed.TIME_TO_PERSON: Measure.HANDED_OVER,
    Timed.TIME_TO_FIRST_ATTEMPT: Measure.STARTED,
    Timed.ATTEMPT_DURATION: Measure.ATTEMPT,
}


@dataclass(frozen=True, slots=True)
class Question:
    """Whose, and when; empty means any."""

    interval: Interval
    manufacturer_ids: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Curve:
    """What a series shows, and how; `by`: told apart by it."""

    metric: Metric
    step: Step = Step.HOUR
    zone: tzinfo = UTC
    by: Dimension | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """`interval`: what was counted, whole minutes or quarters around what was asked for.

    `as_of`: what was written before it is in; None where nothing was ever counted.
    """

    interval: Interval
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Of a time: registrations, `attempts` attempts."""

    accepted: int = 0
    succeeded: int = 0
    rejected: int = 0
    failed: int = 0
    cancelled: int = 0
    handed_over: int = 0
    attempts: int = 0
    overdue: int = 0
    reopened: int = 0

    @property
    def success_ratio(self) -> float | None:
        """0 to 1: of what is over and was not cancelled; None of nothing."""
        over = self.succeeded + self.rejected + self.failed
        return self.succeeded / over if over else None


@dataclass(frozen=True, slots=True)
class Percentiles:
    """None of nothing."""

    p50: timedelta | None = None
    p95: timedelta | None = None
    p99: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """`current`: how many are in a state now, whatever the time that was asked for."""

    frame: Frame
    total: Figures
    manufacturers: dict[str, Figures]
    to_outcome: Percentiles
    current: dict[State, int]


@dataclass(frozen=True, slots=True)
class Line:
    """One value of a dimension; empty where nothing is told apart, and of the rest together."""

    value: str
    points: tuple[int, ...]
    is_other: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """Each line has a point for each part; the largest line first."""

    frame: Frame
    parts: tuple[Interval, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Largest first; `other`: of the values that were too many."""

    frame: Frame
    total: int
    rows: tuple[tuple[str, int], ...]
    other: int


@dataclass(slots=True)
class Stage:
    """A tier, and what became of those that came to it. `left`: to another tier, by reason."""

    tier: str
    entered: int = 0
    succeeded: int = 0
    rejected: int = 0
    failed: int = 0
    cancelled: int = 0
    handed_over: int = 0
    left: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Funnel:
    """Tiers in the order in which they are tried."""

    frame: Frame
    accepted: int
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Latency:
    """`buckets`: upper bound (None: above all) and how many, in order; only what is not zero."""

    frame: Frame
    count: int
    percentiles: Percentiles
    buckets: tuple[tuple[timedelta | None, int], ...]
