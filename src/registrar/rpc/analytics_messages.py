"""The mapping between the contract and the domain for analytics, both directions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from google.protobuf.duration_pb2 import Duration
from google.type.interval_pb2 import Interval as ProtoInterval

from registrar.app.statistics.answers import (
    Breakdown,
    Curve,
    Figures,
    Frame,
    Funnel,
    Latency,
    Metric,
    Percentiles,
    Question,
    Series,
    Stage,
    Summary,
    Timed,
)
from registrar.app.statistics.spans import Interval, Step
from registrar.domain.errors import InvalidRequest
from registrar.domain.outcome import Tier
from registrar.ports.statistics import Dimension
from registrar.rpc.fields import EnumMap, Found, read_time, write_duration, write_time
from registrar.rpc.mapping import STATE, TIER, TIERS
from registrar.v1 import analytics_service_pb2 as pb

METRIC = EnumMap(pb.AnalyticsMetric, Metric)
STEP = EnumMap(pb.AnalyticsStep, Step)
TIMED = EnumMap(pb.AnalyticsTiming, Timed)
_DIMENSIONS = {
    pb.ANALYTICS_DIMENSION_MANUFACTURER: Dimension.MANUFACTURER,
    pb.ANALYTICS_DIMENSION_TIER: Dimension.TIER,
    pb.ANALYTICS_DIMENSION_STATE: Dimension.STATUS,
    pb.ANALYTICS_DIMENSION_FAILURE_CODE: Dimension.CODE,
    pb.ANALYTICS_DIMENSION_COUNTRY: Dimension.COUNTRY,
}
DAY = timedelta(days=1)
LIMIT = 50
MOST = 1_000
NAMED = 100
"""Values of one kind that a filter may name."""
_COUNTRY = re.compile("[A-Z]{2}")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+\-/]{0,63}")

Answer = TypeVar("Answer")


Framed = (
    pb.GetSummaryRequest
    | pb.QueryTimeSeriesRequest
    | pb.QueryBreakdownRequest
    | pb.GetFunnelRequest
    | pb.GetLatencyDistributionRequest
)
"""A request that asks about a time."""


def _read(work: Callable[[Found], Answer]) -> Answer:
    wrong = Found()
    made = work(wrong)
    if wrong:
        raise InvalidRequest(tuple(wrong))
    return made


def _interval(request: Framed, now: datetime, wrong: Found) -> Interval:
    if not request.HasField("interval"):
        return Interval(now - DAY, now)
    given = request.interval
    ends = []
    for name in ("start_time", "end_time"):
        if not given.HasField(name):
            wrong.add(f"interval.{name}", "required", "An instant is needed.")
        # A half that is wrong is told of; what stands for it is never used.
        ends.append(read_time(getattr(given, name), f"interval.{name}", wrong) or now)
    return Interval(*ends)


def _named(values: Iterable[str], path: str, wrong: Found) -> tuple[str, ...]:
    named = tuple(values)
    if len(named) > NAMED:
        wrong.add(path, "too_many", f"At most {NAMED} are allowed.")
    return named


def _question(request: Framed, now: datetime, wrong: Found) -> Question:
    given = request.filter
    countries = _named(given.countries, "filter.countries", wrong)
    if not all(map(_COUNTRY.fullmatch, countries)):
        rule = "Two capital letters of ISO 3166-1 are needed, such as DE."
        wrong.add("filter.countries", "country", rule)
    tiers: tuple[Tier, ...] = TIERS.read(given.tiers, "filter.tiers", wrong)
    return Question(
        _interval(request, now, wrong),
        _named(given.manufacturer_ids, "filter.manufacturer_ids", wrong),
        tuple(dict.fromkeys(one.value for one in tiers)),
        countries,
    )


def read_question(request: Framed, now: datetime) -> Question:
    """Raises InvalidRequest."""
    return _read(lambda wrong: _question(request, now, wrong))


def _required(found: Answer | None, number: int, path: str, wrong: Found) -> Answer:
    if not number:
        wrong.add(path, "required", "One is needed.")
    return found  # type: ignore[return-value]  # None is told of, and then never used


def _dimension(number: int, wrong: Found) -> Dimension | None:
    known = {int(one): dimension for one, dimension in _DIMENSIONS.items()}
    if number and number not in known:
        wrong.add("dimension", "unknown_value", "This value is not known to the service.")
    return known.get(number)


def _metric(number: int, wrong: Found) -> Metric:
    return _required(METRIC.read(number, "metric", wrong), number, "metric", wrong)


def _zone(name: str, wrong: Found) -> ZoneInfo:
    if name and not _ZONE.fullmatch(name):
        return _no_zone(wrong)
    try:
        return ZoneInfo(name or "UTC")
    # A name that is none, or that of a folder, or of a file that is something else.
    except (ValueError, OSError, KeyError):
        return _no_zone(wrong)


def _no_zone(wrong: Found) -> ZoneInfo:
    wrong.add("time_zone", "time_zone", "A name of IANA is needed, such as Europe/Berlin.")
    return ZoneInfo("UTC")


def read_series(request: pb.QueryTimeSeriesRequest, now: datetime) -> tuple[Question, Curve]:
    """Raises InvalidRequest."""
    return _read(
        lambda wrong: (
            _question(request, now, wrong),
            Curve(
                _metric(request.metric, wrong),
                STEP.read(request.step, "step", wrong) or Step.HOUR,
                _zone(request.time_zone, wrong),
                _dimension(request.dimension, wrong),
            ),
        )
    )


def _limit(given: int, wrong: Found) -> int:
    if not 0 <= given <= MOST:
        wrong.add("limit", "range", f"1 to {MOST} is needed.")
    return given or LIMIT


def read_breakdown(
    request: pb.QueryBreakdownRequest, now: datetime
) -> tuple[Question, Metric, Dimension, int]:
    """Raises InvalidRequest."""
    return _read(
        lambda wrong: (
            _question(request, now, wrong),
            _metric(request.metric, wrong),
            _required(_dimension(request.dimension, wrong), request.dimension, "dimension", wrong),
            _limit(request.limit, wrong),
        )
    )


def read_timed(request: pb.GetLatencyDistributionRequest, now: datetime) -> tuple[Question, Timed]:
    """Raises InvalidRequest."""

    def work(wrong: Found) -> tuple[Question, Timed]:
        number = request.timing
        timed = _required(TIMED.read(number, "timing", wrong), number, "timing", wrong)
        if request.filter.countries:
            wrong.add("filter.countries", "unsupported", "What is timed has no countries.")
        return _question(request, now, wrong), timed

    return _read(work)


def write_frame(frame: Frame) -> pb.AnalyticsFrame:
    """Of which time an answer is."""
    whole = frame.interval
    return pb.AnalyticsFrame(
        interval=ProtoInterval(start_time=write_time(whole.start), end_time=write_time(whole.end)),
        as_of_time=write_time(frame.as_of) if frame.as_of else None,
    )


def _figures(figures: Figures) -> pb.AnalyticsFigures:
    return pb.AnalyticsFigures(
        **{name: getattr(figures, name) for name in Figures.__slots__},
        success_ratio=figures.success_ratio,
    )


def _took(value: timedelta | None) -> Duration | None:
    return None if value is None else write_duration(value)


def _percentiles(found: Percentiles) -> pb.AnalyticsPercentiles:
    return pb.AnalyticsPercentiles(p50=_took(found.p50), p95=_took(found.p95), p99=_took(found.p99))


def write_summary(found: Summary) -> pb.GetSummaryResponse:
    """For callers."""
    made = pb.GetSummaryResponse(
        frame=write_frame(found.frame),
        total=_figures(found.total),
        manufacturers=[
            pb.ManufacturerFigures(manufacturer_id=one, figures=_figures(figures))
            for one, figures in found.manufacturers.items()
        ],
        time_to_outcome=_percentiles(found.to_outcome),
    )
    for state, n in sorted(found.current.items(), key=lambda item: STATE.write(item[0])):
        made.current.add(state=STATE.write(state), count=n)
    return made


def write_series(found: Series) -> pb.QueryTimeSeriesResponse:
    """For callers."""
    return pb.QueryTimeSeriesResponse(
        frame=write_frame(found.frame),
        start_times=[write_time(one.start) for one in found.parts],
        series=[
            pb.TimeSeries(value=one.value, is_other=one.is_other, points=one.points)
            for one in found.lines
        ],
    )


def write_breakdown(found: Breakdown) -> pb.QueryBreakdownResponse:
    """For callers."""
    return pb.QueryBreakdownResponse(
        frame=write_frame(found.frame),
        rows=[pb.BreakdownRow(value=value, count=n) for value, n in found.rows],
        other_count=found.other,
        total_count=found.total,
    )


def _stage(stage: Stage) -> pb.FunnelStage:
    ranked = sorted(stage.left.items(), key=lambda item: (-item[1], item[0]))
    made = pb.FunnelStage(
        entered=stage.entered,
        succeeded=stage.succeeded,
        rejected=stage.rejected,
        failed=stage.failed,
        cancelled=stage.cancelled,
        handed_over=stage.handed_over,
        left=[pb.FunnelExit(reason=reason, count=n) for reason, n in ranked],
    )
    # What an older release has counted knows no tier.
    made.tier = TIER.write(Tier(stage.tier) if stage.tier else None)  # type: ignore[assignment]  # the wrapper's own int type
    return made


def write_funnel(found: Funnel) -> pb.GetFunnelResponse:
    """For callers."""
    return pb.GetFunnelResponse(
        frame=write_frame(found.frame),
        accepted=found.accepted,
        stages=[_stage(one) for one in found.stages],
    )


def write_latency(found: Latency) -> pb.GetLatencyDistributionResponse:
    """For callers."""
    return pb.GetLatencyDistributionResponse(
        frame=write_frame(found.frame),
        count=found.count,
        percentiles=_percentiles(found.percentiles),
        buckets=[pb.LatencyBucket(upper_bound=_took(bound), count=n) for bound, n in found.buckets],
    )
