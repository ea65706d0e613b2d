"""A circuit for who looks at it: a gate's own milliseconds as times of the service's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from registrar.app.gating import REASONS
from registrar.domain.connector import Ruling
from registrar.domain.registration import WaitReason
from registrar.resilience.answers import Standing, State
from registrar.resilience.settings import WHOLE, Settings


@dataclass(frozen=True, slots=True)
class CallWindow:
    """Calls over which failures are counted."""

    calls: int
    failed: int
    slow: int


@dataclass(frozen=True, slots=True)
class RateUse:
    """Of one rate window."""

    requests: int
    span: timedelta
    used: int


@dataclass(frozen=True, slots=True)
class Headroom:
    """What a manufacturer takes, and what of it is spent."""

    windows: tuple[RateUse, ...]
    daily_requests: int
    """0: no quota."""
    daily_used: int
    concurrency: int
    share: float
    """Of rates and calls at once: what throttling has left."""
    rest_until: datetime | None


@dataclass(frozen=True, slots=True)
class Circuit:
    """`state` is None where the gates do not answer: then only the ruling is known."""

    state: State | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Of an open one."""
    cause: str = ""
    trips: int = 0
    """In a row."""
    step: int = 0
    """Of a ramp, from 1."""
    window: CallWindow | None = None
    in_flight: int = 0
    headroom: Headroom | None = None
    retries: float = 0.0
    """Saved up."""
    shut: WaitReason | None = None
    """Why a submission would have to wait now, though not too much is under way."""
    shut_until: datetime | None = None
    """At least."""
    probe_at: datetime | None = None
    """When the gate has it probed, where that is what comes next."""
    ruling: Ruling | None = None
    epoch: int = 0
    """Another one after every move."""

    @property
    def news(self) -> tuple[object, ...]:
        """What is a change: not what is merely counted, and no time, which a look only rounds."""
        return self.state, self.epoch, self.step, self.ruling


@dataclass(frozen=True, slots=True)
class _Clock:
    """Of the service, beside the gate's: only differences hold on both."""

    now: datetime
    at: int

    def of(self, moment: int) -> datetime | None:
        """None for none."""
        return self.now + timedelta(milliseconds=moment - self.at) if moment else None


def shown(of: Settings, standing: Standing | None, ruling: Ruling | None, now: datetime) -> Circuit:
    """`now`: when the gate was looked at, by the service's clock."""
    if standing is None:
        return Circuit(ruling=ruling)
    clock = _Clock(now, standing.at)
    # A cold one has been told of nothing: that it is, says all.
    shut = None if standing.state is State.COLD else standing.shut
    return Circuit(
        state=standing.state,
        since=clock.of(standing.since),
        until=clock.of(standing.until),
        cause=standing.cause,
        trips=standing.trips,
        step=standing.step + 1 if standing.state is State.RAMP else 0,
        window=CallWindow(standing.calls, standing.failed, standing.slow),
        in_flight=standing.in_flight,
        headroom=_headroom(of, standing, clock),
        retries=standing.retries / WHOLE,
        shut=REASONS[shut] if shut else None,
        shut_until=clock.of(standing.shut_until) if shut else None,
        probe_at=clock.of(_probe(of, standing)),
        ruling=ruling,
        epoch=standing.epoch,
    )


def _headroom(of: Settings, standing: Standing, clock: _Clock) -> Headroom:
    windows = zip(of.windows, standing.used, strict=True)
    return Headroom(
        windows=tuple(
            RateUse(one.requests, timedelta(milliseconds=one.span), used) for one, used in windows
        ),
        daily_requests=of.daily,
        daily_used=standing.used_today,
        concurrency=of.concurrency,
        share=standing.share / WHOLE,
        rest_until=clock.of(standing.rest_until),
    )


def _probe(of: Settings, standing: Standing) -> int:
    """Zero where the gate does not have it probed."""
    if not of.probed:
        return 0
    if standing.state is State.PROBING:
        return standing.at
    return standing.until
