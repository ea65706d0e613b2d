"""Counts of what happened to registrations, rolled up from the event log; nothing personal.

Every method raises StoreUnavailable when the database does not answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol

from registrar.domain.registration import Event, State
from registrar.domain.statistics import Measure
from registrar.ports.store import Position


class Grain(StrEnum):
    """How long what is counted together may be apart. Days are of UTC.

    A quarter of an hour, because the offset of every time zone is a multiple of it: hours, days
    and weeks of any of them are made of quarters, and those of most of hours.
    """

    MINUTE = "minute"
    QUARTER = "quarter"
    HOUR = "hour"
    DAY = "day"

    @property
    def length(self) -> timedelta:
        """Of one."""
        return _LENGTHS[self]

    def floor(self, at: datetime) -> datetime:
        """The last beginning of one that is not after `at`."""
        return at - (at - _EPOCH) % self.length

    def ceil(self, at: datetime) -> datetime:
        """The first beginning of one that is not before `at`."""
        return at + (_EPOCH - at) % self.length


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LENGTHS = {
    Grain.MINUTE: timedelta(minutes=1),
    Grain.QUARTER: timedelta(minutes=15),
    Grain.HOUR: timedelta(hours=1),
    Grain.DAY: timedelta(days=1),
}


class Cell(NamedTuple):
    """What is counted together. `country` is empty in every MINUTE."""

    grain: Grain
    at: datetime
    tenant_id: str
    manufacturer_id: str
    measure: Measure
    tier: str
    status: str
    code: str
    country: str


class Timing(NamedTuple):
    """What is timed together. `bucket`: see `domain.statistics.bucket`."""

    grain: Grain
    at: datetime
    tenant_id: str
    manufacturer_id: str
    measure: Measure
    tier: str
    bucket: int


class Level(NamedTuple):
    """Registrations that are in a state."""

    tenant_id: str
    manufacturer_id: str
    state: State


@dataclass(frozen=True, slots=True)
class Batch:
    """What is added at once."""

    cells: Mapping[Cell, int] = field(default_factory=dict)
    timings: Mapping[Timing, int] = field(default_factory=dict)
    levels: Mapping[Level, int] = field(default_factory=dict)
    """May be negative."""


@dataclass(frozen=True, slots=True)
class Counted:
    """`position`: up to where the log is counted; `as_of`: what was written before it is in."""

    position: Position
    as_of: datetime


class Origin(NamedTuple):
    """What never changes of a registration, and its events do not say."""

    manufacturer_id: str
    country: str
    accepted: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """Half open: of `grain`, from `start` on and before `end`; both begin one of it."""

    grain: Grain
    start: datetime
    end: datetime


class Dimension(StrEnum):
    """What counts can be told apart by: columns of a Cell."""

    AT = "at"
    MANUFACTURER = "manufacturer_id"
    TIER = "tier"
    STATUS = "status"
    CODE = "code"
    COUNTRY = "country"


@dataclass(frozen=True, slots=True)
class Slice:
    """Which are asked for; empty means any. No `tenant_id`: of the whole installation."""

    measures: tuple[Measure, ...]
    tenant_id: str | None
    manufacturer_ids: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    """Neither they nor countries are told of what is timed."""


class Count(NamedTuple):
    """`key`: a value for each dimension that was asked for, in that order; AT as datetime."""

    measure: Measure
    key: tuple[str | datetime, ...]
    n: int


class Statistics(Protocol):
    """Part of the store."""

    async def counted(self) -> Counted | None:
        """How far the log is counted; None before the first time."""
        ...

    async def add(self, expected: Position | None, counted: Counted, batch: Batch) -> bool:
        """Add and move on, in one transaction; False, and nothing, where another one did."""
        ...

    async def origins(self, registration_ids: Collection[str]) -> dict[str, Origin]:
        """Of registrations of any tenant; unknown ids are left out."""
        ...

    async def before(self, happened: Sequence[Event]) -> dict[tuple[str, int], State]:
        """State before each, by (registration id, sequence); the first ones are left out."""
        ...

    async def counts(
        self, where: Slice, spans: Sequence[Span], by: Sequence[Dimension] = ()
    ) -> list[Count]:
        """Sums over disjoint spans; only what is not zero."""
        ...

    async def timings(self, where: Slice, spans: Sequence[Span]) -> dict[Measure, dict[int, int]]:
        """Of each measure, how many are in which bucket; whatever the country and the status."""
        ...

    async def levels(self, tenant_id: str | None) -> list[tuple[Level, int]]:
        """As of the last `add`; only what is not zero."""
        ...

    async def forget(self, grain: Grain, before: datetime, limit: int) -> int:
        """Drop what is older; how many rows, at most `limit` of each kind."""
        ...
