"""AnalyticsService over a real server: what it answers is what a recount finds."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.interval_pb2 import Interval
from tests import recount
from tests.contract.test_calls import KEY, OTHER_KEY, refused, violations
from tests.property.test_rollup import Early, lived

from registrar.app.statistics.analytics import Analytics
from registrar.app.statistics.rollup import Rollup
from registrar.client import CallError, Client
from registrar.domain.registration import State
from registrar.domain.statistics import Measure
from registrar.rpc.mapping import STATE
from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.signals.memory import MemoryDoorbell
from registrar.store.memory import MemoryStore
from registrar.testing.desk import Desk, OneCatalogue, authenticate
from registrar.testing.desk import connectors as operators
from registrar.testing.histories import COUNTRIES, MANUFACTURERS, lives
from registrar.v1 import analytics_service_pb2 as pb
from registrar.v1.analytics_service_pb2_grpc import AnalyticsServiceStub
from registrar.v1.enums_pb2 import FulfillmentTier

Stub = Any  # the generated classes have their asynchronous type only in their stub files
Member = Any  # of an enum: its own type is not that of its numbers

INVALID = grpc.StatusCode.INVALID_ARGUMENT
SINCE = datetime(2026, 3, 27, 23, 7, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=3)
EARLIEST = datetime(2026, 3, 28, tzinfo=UTC)
"""When it was counted, by the clock of who did it."""
API, WEB = FulfillmentTier.FULFILLMENT_TIER_API, FulfillmentTier.FULFILLMENT_TIER_WEB_AUTOMATION
ACCEPTED, FINISHED, FAILED = (
    pb.ANALYTICS_METRIC_ACCEPTED,
    pb.ANALYTICS_METRIC_FINISHED,
    pb.ANALYTICS_METRIC_FAILED,
)
MANUFACTURER, COUNTRY = pb.ANALYTICS_DIMENSION_MANUFACTURER, pb.ANALYTICS_DIMENSION_COUNTRY


@dataclass
class Time:
    """As it is told."""

    at: datetime = UNTIL + timedelta(hours=1)

    def now(self) -> datetime:
        """Of this service."""
        return self.at


@dataclass
class Office:
    """A server over registrations that have lived, and what a recount finds of tenant-a's."""

    stub: Stub
    address: str
    store: MemoryStore
    clock: Time
    totals: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def n(self, measure: Measure, **wanted: str) -> int:
        """How many happened to tenant-a's."""
        names = ("measure", "tenant", "manufacturer", "tier", "status", "country")
        wanted |= {"measure": measure, "tenant": "tenant-a"}
        return sum(
            n
            for key, n in self.totals.items()
            if wanted.items() <= dict(zip(names, key, strict=True)).items()
        )


def interval(start: datetime = SINCE, end: datetime = UNTIL + timedelta(hours=1)) -> Interval:
    """All that has happened, where nothing else is said."""
    made = Interval(start_time=Timestamp(), end_time=Timestamp())
    made.start_time.FromDatetime(start)
    made.end_time.FromDatetime(end)
    return made


Past = tuple[MemoryStore, Counter[tuple[str, ...]]]


@pytest.fixture(scope="module")
def past() -> Past:
    """400 registrations of two tenants, in three days with a change of the clock."""

    async def work() -> Past:
        store = MemoryStore()
        await lived(store, list(islice(lives(random.Random(7), SINCE, UNTIL), 400)))  # noqa: S311 - a test
        await Rollup(store, MemoryDoorbell(), Early()).once()
        totals, _ = await recount.expected(store)
        return store, totals

    return asyncio.run(work())


@pytest.fixture
async def office(past: Past) -> AsyncIterator[Office]:
    """Of a copy: some tests add to it."""
    store, totals, clock = deepcopy(past[0]), past[1], Time()
    desk = Desk()
    uses = Uses(
        *(desk, OneCatalogue(), authenticate, desk.ping, operators(desk.store)),
        analytics=Analytics(store.statistics, clock),
    )
    server = GrpcServer(uses, ServerSettings(grace=0.1))
    address = f"127.0.0.1:{await server.start()}"
    async with grpc.aio.insecure_channel(address) as channel:
        stub = AnalyticsServiceStub(channel)
        yield Office(stub, address, store, clock, totals)
    await server.drain()


FIGURES = {
    "accepted": (Measure.ACCEPTED, {}),
    "succeeded": (Measure.FINISHED, {"status": "succeeded"}),
    "rejected": (Measure.FINISHED, {"status": "rejected"}),
    "failed": (Measure.FINISHED, {"status": "failed"}),
    "cancelled": (Measure.FINISHED, {"status": "cancelled"}),
    "handed_over": (Measure.HANDED_OVER, {}),
    "attempts": (Measure.ATTEMPT, {}),
    "overdue": (Measure.OVERDUE, {}),
    "reopened": (Measure.REOPENED, {}),
}


async def test_a_summary_is_what_a_recount_finds(office: Office) -> None:
    """In all, of each manufacturer, and where everything stands."""
    found = await office.stub.GetSummary(pb.GetSummaryRequest(interval=interval()), metadata=KEY)
    for name, (measure, wanted) in FIGURES.items():
        assert getattr(found.total, name) == office.n(measure, **wanted) > 0
        for one in found.manufacturers:
            mine = office.n(measure, **wanted, manufacturer=one.manufacturer_id)
            assert getattr(one.figures, name) == mine
    assert [one.manufacturer_id for one in found.manufacturers] == sorted(MANUFACTURERS)
    over = found.total.succeeded + found.total.rejected + found.total.failed
    assert found.total.success_ratio == found.total.succeeded / over
    _, levels = await recount.expected(office.store)
    stands = Counter(
        {STATE.write(State(state)): 0 for _, _, state in levels}  # each of them
    )
    for (tenant, _, state), n in levels.items():
        stands[STATE.write(State(state))] += n if tenant == "tenant-a" else 0
    assert {one.state: one.count for one in found.current} == dict(+stands)
    assert sum(stands.values()) == found.total.accepted
    assert found.frame.as_of_time.ToDatetime(UTC) == EARLIEST
    times = found.time_to_outcome
    took = [one.ToTimedelta() for one in (times.p50, times.p95, times.p99)]
    assert timedelta(0) < took[0] <= took[1] <= took[2]


async def test_a_summary_is_of_what_is_asked_for(office: Office) -> None:
    """Manufacturers, tiers, countries and hours."""

    async def total(when: Interval | None = None, **which: Any) -> pb.AnalyticsFigures:  # noqa: ANN401 - fields of the filter
        request = pb.GetSummaryRequest(
            interval=when or interval(), filter=pb.AnalyticsFilter(**which)
        )
        found: pb.GetSummaryResponse = await office.stub.GetSummary(request, metadata=KEY)
        return found.total

    two = await total(manufacturer_ids=["lg", "bosch"])
    assert two.accepted == sum(office.n(Measure.ACCEPTED, manufacturer=m) for m in ("lg", "bosch"))
    web = await total(tiers=[WEB, WEB])
    assert web.attempts == office.n(Measure.ATTEMPT, tier="web_automation") > 0
    assert web.accepted == 0
    polish = await total(countries=["PL"])
    assert polish.accepted == office.n(Measure.ACCEPTED, country="PL") > 0
    middle = SINCE + timedelta(days=1, minutes=8)
    parts = [await total(interval(SINCE, middle)), await total(interval(middle, office.clock.at))]
    whole = await total()
    assert sum(one.accepted for one in parts) == whole.accepted
    assert 0 < parts[0].accepted < whole.accepted


async def test_another_tenant_sees_its_own(office: Office) -> None:
    """And together they are all."""
    request = pb.GetSummaryRequest(interval=interval())
    mine = await office.stub.GetSummary(request, metadata=KEY)
    other = await office.stub.GetSummary(request, metadata=OTHER_KEY)
    assert mine.total.accepted + other.total.accepted == 400
    assert other.total.accepted == sum(
        n for key, n in office.totals.items() if key[:2] == (Measure.ACCEPTED, "tenant-b")
    )
    assert sum(one.count for one in other.current) == other.total.accepted


async def test_without_an_interval_it_is_the_last_day(office: Office) -> None:
    """Whole minutes around it."""
    office.clock.at = SINCE + timedelta(days=2, seconds=30)
    found = await office.stub.GetSummary(pb.GetSummaryRequest(), metadata=KEY)
    told = found.frame.interval
    assert told.start_time.ToDatetime(UTC) == SINCE + timedelta(days=1)
    assert told.end_time.ToDatetime(UTC) == SINCE + timedelta(days=2, minutes=1)
    assert 0 < found.total.accepted < office.n(Measure.ACCEPTED)


@pytest.mark.parametrize(
    ("step", "zone", "points"),
    [
        (pb.ANALYTICS_STEP_UNSPECIFIED, "", 74),
        (pb.ANALYTICS_STEP_HOUR, "Asia/Kolkata", 74),
        (pb.ANALYTICS_STEP_DAY, "Europe/Berlin", 4),
        (pb.ANALYTICS_STEP_DAY, "", 5),
        (pb.ANALYTICS_STEP_WEEK, "", 2),
        (pb.ANALYTICS_STEP_MONTH, "America/New_York", 1),
    ],
)
async def test_the_points_of_a_series_are_the_whole(
    office: Office, step: Member, zone: str, points: int
) -> None:
    """Whatever the calendar; by a dimension each line is one value."""
    when = interval(SINCE, UNTIL + timedelta(hours=1, minutes=5))
    request = pb.QueryTimeSeriesRequest(interval=when, metric=FINISHED, step=step, time_zone=zone)
    whole = await office.stub.QueryTimeSeries(request, metadata=KEY)
    assert len(whole.start_times) == points
    (line,) = whole.series
    assert len(line.points) == points
    assert sum(line.points) == office.n(Measure.FINISHED)
    request.dimension = MANUFACTURER
    apart = await office.stub.QueryTimeSeries(request, metadata=KEY)
    assert {one.value: sum(one.points) for one in apart.series} == {
        one: office.n(Measure.FINISHED, manufacturer=one) for one in MANUFACTURERS
    }
    totals = [sum(one.points) for one in apart.series]
    assert totals == sorted(totals, reverse=True)
    assert list(line.points) == [
        sum(at) for at in zip(*(x.points for x in apart.series), strict=True)
    ]


async def test_a_day_of_berlin_is_what_happened_on_it(office: Office) -> None:
    """The shortest of the year: counted anew from the histories."""
    start, end = (datetime(2026, 3, day, hour, tzinfo=UTC) for day, hour in ((28, 23), (29, 22)))
    request = pb.QueryTimeSeriesRequest(
        interval=interval(), metric=ACCEPTED, step=pb.ANALYTICS_STEP_DAY, time_zone="Europe/Berlin"
    )
    found = await office.stub.QueryTimeSeries(request, metadata=KEY)
    starts = [one.ToDatetime(UTC) for one in found.start_times]
    histories = (await recount.histories(office.store)).values()
    born = [one[0].at for one in histories if one[0].tenant_id == "tenant-a"]
    assert starts[2] - starts[1] == timedelta(hours=23)
    assert (starts[1], starts[2]) == (start, end)
    assert found.series[0].points[1] == sum(start <= at < end for at in born) > 0


async def test_a_minute_is_a_point_and_many_values_are_one_line(office: Office) -> None:
    """The largest 20 are told apart."""
    moment = (await recount.histories(office.store)).popitem()[1][0].at
    office.clock.at = UNTIL
    minute = moment.replace(second=0, microsecond=0)
    request = pb.QueryTimeSeriesRequest(
        interval=interval(minute, minute + timedelta(minutes=3)),
        metric=ACCEPTED,
        step=pb.ANALYTICS_STEP_MINUTE,
    )
    found = await office.stub.QueryTimeSeries(request, metadata=KEY)
    other = await office.stub.QueryTimeSeries(request, metadata=OTHER_KEY)
    assert [one.ToDatetime(UTC) for one in found.start_times] == [
        minute + timedelta(minutes=n) for n in range(3)
    ]
    assert found.series[0].points[0] + other.series[0].points[0] >= 1
    one = await office.store.statistics.counted()
    assert one is not None
    await many_codes(office, 25)
    request = pb.QueryTimeSeriesRequest(
        interval=interval(),
        metric=pb.ANALYTICS_METRIC_FALLBACKS,
        step=pb.ANALYTICS_STEP_DAY,
        dimension=pb.ANALYTICS_DIMENSION_FAILURE_CODE,
        filter=pb.AnalyticsFilter(manufacturer_ids=["many"]),
    )
    found = await office.stub.QueryTimeSeries(request, metadata=KEY)
    assert [sum(one.points) for one in found.series] == [*range(25, 5, -1), sum(range(1, 6))]
    assert [one.is_other for one in found.series] == [False] * 20 + [True]


async def many_codes(office: Office, n: int) -> None:
    """Of a manufacturer of their own: code k happened k times."""
    from registrar.ports.statistics import Batch, Cell, Counted, Grain  # noqa: PLC0415 - for this alone

    so_far = await office.store.statistics.counted()
    assert so_far is not None
    day = SINCE.replace(hour=0, minute=0) + timedelta(days=1)
    cells = {
        Cell(grain, day, "tenant-a", "many", Measure.LEFT, "api", "", f"code_{k:02}", ""): k
        for k in range(1, n + 1)
        for grain in Grain
    }
    later = Counted(so_far.position, so_far.as_of)
    assert await office.store.statistics.add(so_far.position, later, Batch(cells))


async def test_a_breakdown_ranks_values_and_sums_the_rest(office: Office) -> None:
    """Of a country, too."""
    request = pb.QueryBreakdownRequest(interval=interval(), metric=ACCEPTED, dimension=COUNTRY)
    found = await office.stub.QueryBreakdown(request, metadata=KEY)
    assert {one.value: one.count for one in found.rows} == {
        one: office.n(Measure.ACCEPTED, country=one) for one in COUNTRIES
    }
    assert (found.total_count, found.other_count) == (office.n(Measure.ACCEPTED), 0)
    request.limit = 1
    first = await office.stub.QueryBreakdown(request, metadata=KEY)
    assert first.rows == found.rows[:1]
    assert first.other_count == found.total_count - found.rows[0].count
    codes = pb.QueryBreakdownRequest(
        interval=interval(), metric=FAILED, dimension=pb.ANALYTICS_DIMENSION_FAILURE_CODE
    )
    failed = await office.stub.QueryBreakdown(codes, metadata=KEY)
    assert failed.total_count == office.n(Measure.FINISHED, status="failed")
    assert all(one.value for one in failed.rows)
    states = pb.QueryBreakdownRequest(
        interval=interval(), metric=FINISHED, dimension=pb.ANALYTICS_DIMENSION_STATE
    )
    over = await office.stub.QueryBreakdown(states, metadata=KEY)
    assert {one.value for one in over.rows} == {"succeeded", "rejected", "failed", "cancelled"}


async def test_a_funnel_says_what_became_of_who_came_to_a_tier(office: Office) -> None:
    """In the order in which tiers are tried."""
    found = await office.stub.GetFunnel(pb.GetFunnelRequest(interval=interval()), metadata=KEY)
    assert found.accepted == office.n(Measure.ACCEPTED)
    assert [one.tier for one in found.stages] == [1, 2, 3]
    for one, tier in zip(found.stages, ("api", "web_automation", "manual_assist"), strict=True):
        assert one.entered == office.n(Measure.ENTERED, tier=tier) > 0
        assert one.handed_over == office.n(Measure.HANDED_OVER, tier=tier)
        assert sum(each.count for each in one.left) == office.n(Measure.LEFT, tier=tier)
        for status in ("succeeded", "rejected", "failed", "cancelled"):
            assert getattr(one, status) == office.n(Measure.FINISHED, tier=tier, status=status)
    reasons = [each.count for each in found.stages[0].left]
    assert reasons == sorted(reasons, reverse=True)
    assert len(reasons) > 1


@pytest.mark.parametrize(
    ("timing", "measure"),
    [
        (pb.ANALYTICS_TIMING_TIME_TO_OUTCOME, Measure.FINISHED),
        (pb.ANALYTICS_TIMING_TIME_TO_PERSON, Measure.HANDED_OVER),
        (pb.ANALYTICS_TIMING_TIME_TO_FIRST_ATTEMPT, Measure.STARTED),
        (pb.ANALYTICS_TIMING_ATTEMPT_DURATION, Measure.ATTEMPT),
    ],
)
async def test_what_is_timed_is_in_buckets(
    office: Office, timing: Member, measure: Measure
) -> None:
    """Each has a bound, and all are there."""
    request = pb.GetLatencyDistributionRequest(interval=interval(), timing=timing)
    found = await office.stub.GetLatencyDistribution(request, metadata=KEY)
    assert found.count == office.n(measure) == sum(one.count for one in found.buckets)
    bounds = [one.upper_bound.ToTimedelta() for one in found.buckets]
    assert bounds == sorted(bounds)
    assert bounds[0] <= found.percentiles.p99.ToTimedelta() <= bounds[-1]


async def test_where_nothing_was_counted_that_is_said(office: Office) -> None:
    """And nothing is made up."""
    office.store.statistics = MemoryStore().statistics
    analytics = Analytics(office.store.statistics, office.clock)
    desk = Desk()
    uses = Uses(
        *(desk, OneCatalogue(), authenticate, desk.ping, operators(desk.store)),
        analytics=analytics,
    )
    server = GrpcServer(uses, ServerSettings(grace=0.1))
    async with Client(f"127.0.0.1:{await server.start()}", "key-a") as client:
        found = await client.analytics.summary(pb.GetSummaryRequest())
        assert not found.frame.HasField("as_of_time")
        assert not found.total.HasField("success_ratio")
        assert not found.time_to_outcome.HasField("p50")
        assert not found.manufacturers
        assert not found.current
        series = await client.analytics.series(pb.QueryTimeSeriesRequest(metric=ACCEPTED))
        assert [set(one.points) for one in series.series] == [{0}]
        latency = await client.analytics.latency(
            pb.GetLatencyDistributionRequest(timing=pb.ANALYTICS_TIMING_TIME_TO_OUTCOME)
        )
        assert (latency.count, len(latency.buckets)) == (0, 0)
        funnel = await client.analytics.funnel(pb.GetFunnelRequest())
        assert (funnel.accepted, len(funnel.stages)) == (0, 0)
        rows = await client.analytics.breakdown(
            pb.QueryBreakdownRequest(metric=ACCEPTED, dimension=COUNTRY)
        )
        assert (rows.total_count, len(rows.rows)) == (0, 0)
        with pytest.raises(CallError):
            await client.analytics.breakdown(pb.QueryBreakdownRequest())
    await server.drain()


HALF = Interval(start_time=interval().start_time)
# Any: what they are given here, their types would not allow.
SUMMARY: Any = pb.GetSummaryRequest
SERIES: Any = pb.QueryTimeSeriesRequest
BROKEN: Any = pb.QueryBreakdownRequest
LATENCY: Any = pb.GetLatencyDistributionRequest
MINUTE = pb.ANALYTICS_STEP_MINUTE
TO_OUTCOME = pb.ANALYTICS_TIMING_TIME_TO_OUTCOME
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


WRONG: list[tuple[Any, set[tuple[str, str]]]] = [
    (SUMMARY(interval=HALF), {("interval.end_time", "required")}),
    (SUMMARY(interval=interval(UNTIL, UNTIL)), {("interval", "interval")}),
    (
        SUMMARY(interval=interval(UNTIL - timedelta(days=801), UNTIL)),
        {("interval", "interval")},
    ),
    (
        SUMMARY(interval=interval(LONG_AGO, LONG_AGO + timedelta(days=1))),
        {("interval", "interval")},
    ),
    (
        SUMMARY(interval=Interval(start_time=Timestamp(seconds=2**62), end_time=Timestamp())),
        {("interval.start_time", "timestamp")},
    ),
    (SUMMARY(filter={"countries": ["pl"]}), {("filter.countries", "country")}),
    (SUMMARY(filter={"manufacturer_ids": ["x"] * 101}), {("filter.manufacturer_ids", "too_many")}),
    (SUMMARY(filter={"tiers": [99]}), {("filter.tiers[0]", "unknown_value")}),
    (SERIES(), {("metric", "required")}),
    (SERIES(metric=99), {("metric", "unknown_value")}),
    (SERIES(metric=ACCEPTED, step=99), {("step", "unknown_value")}),
    (SERIES(metric=ACCEPTED, dimension=99), {("dimension", "unknown_value")}),
    (SERIES(metric=ACCEPTED, time_zone="Mars/Base"), {("time_zone", "time_zone")}),
    (SERIES(metric=ACCEPTED, time_zone="../etc/passwd"), {("time_zone", "time_zone")}),
    (SERIES(metric=ACCEPTED, time_zone="Europe"), {("time_zone", "time_zone")}),
    (SERIES(metric=ACCEPTED, interval=HALF), {("interval.end_time", "required")}),
    (SERIES(metric=ACCEPTED, interval=interval(), step=MINUTE), {("step", "too_many_parts")}),
    (
        SERIES(
            metric=ACCEPTED,
            interval=interval(UNTIL - timedelta(days=30), UNTIL - timedelta(days=29.5)),
            step=MINUTE,
        ),
        {("step", "too_fine")},
    ),
    (SERIES(metric=ACCEPTED, step=MINUTE, dimension=COUNTRY), {("step", "too_fine")}),
    (BROKEN(), {("metric", "required"), ("dimension", "required")}),
    (BROKEN(metric=ACCEPTED, dimension=COUNTRY, limit=1001), {("limit", "range")}),
    (BROKEN(metric=ACCEPTED, dimension=COUNTRY, limit=-1), {("limit", "range")}),
    (LATENCY(), {("timing", "required")}),
    (
        LATENCY(timing=TO_OUTCOME, filter={"countries": ["PL"]}),
        {("filter.countries", "unsupported")},
    ),
]


@pytest.mark.parametrize("place", range(len(WRONG)))
async def test_what_is_wrong_is_named(office: Office, place: int) -> None:
    """The field, and the rule."""
    request_, rules = WRONG[place]
    methods = {
        SUMMARY: office.stub.GetSummary,
        SERIES: office.stub.QueryTimeSeries,
        BROKEN: office.stub.QueryBreakdown,
        LATENCY: office.stub.GetLatencyDistribution,
    }
    code, _, status = await refused(methods[type(request_)](request_, metadata=KEY))
    assert code is INVALID
    assert {(path, rule.lower()) for path, rule in violations(status)} == rules
