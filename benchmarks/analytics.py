"""What an operator's questions cost where there is a past of a million registrations.

python -m benchmarks.analytics [--json] [--registrations 1000000] [--calls 200]

The past is counted first, from the log, as a first dispatcher does after an upgrade; then the
questions are asked of a running system. `get_summary_p95_ms` is of the worst of the times that are
asked for. The ceiling is the same call where nothing was ever counted.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from google.type.interval_pb2 import Interval

from benchmarks.report import Report, percentile
from benchmarks.seed import seed
from benchmarks.system import postgres, registrar
from registrar.app.statistics.rollup import Rollup
from registrar.client import Client
from registrar.client.messages import (
    AnalyticsDimension,
    AnalyticsFilter,
    AnalyticsMetric,
    AnalyticsStep,
    AnalyticsTiming,
    GetFunnelRequest,
    GetLatencyDistributionRequest,
    GetSummaryRequest,
    QueryBreakdownRequest,
    QueryTimeSeriesRequest,
)
from registrar.ports.clock import SystemClock
from registrar.signals.memory import MemoryDoorbell
from registrar.store.sql import SqlStore

DAYS = 30
SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "month": timedelta(days=DAYS)}
FINISHED = AnalyticsMetric.ANALYTICS_METRIC_FINISHED


def _interval(length: timedelta) -> Interval:
    """Up to now."""
    made, now = Interval(), datetime.now(UTC)
    made.start_time.FromDatetime(now - length)
    made.end_time.FromDatetime(now)
    return made


async def _counted(url: str) -> float:
    """The whole log; seconds."""
    store = SqlStore(url)
    roller = Rollup(store, MemoryDoorbell(), SystemClock())
    started = time.perf_counter()
    while await roller.once():
        pass
    seconds = time.perf_counter() - started
    await store.close()
    return seconds


async def _timed(calls: int, ask: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds, 95 of 100 take no longer; one after the other, as operators do."""
    took = []
    for _ in range(calls):
        started = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - started) * 1000)
    return percentile(took, 0.95)


async def _asked(ready: dict[str, str], calls: int) -> dict[str, float]:
    """Every question, of every time."""
    found: dict[str, float] = {}
    async with Client(ready["grpc"], ready["api_key"], timeout=60) as client:
        ask = client.analytics

        async def time_it(name: str, one: Callable[[], Awaitable[object]]) -> None:
            await one()
            found[name] = await _timed(calls, one)

        for name, length in SPANS.items():
            when = _interval(length)
            summary = GetSummaryRequest(interval=when)
            await time_it(f"summary_{name}_p95_ms", lambda of=summary: ask.summary(of))
        month = _interval(SPANS["month"])
        summary = GetSummaryRequest(interval=month, filter=AnalyticsFilter(countries=["DE"]))
        await time_it("summary_of_a_country_p95_ms", lambda: ask.summary(summary))
        series = QueryTimeSeriesRequest(
            interval=month,
            metric=FINISHED,
            step=AnalyticsStep.ANALYTICS_STEP_DAY,
            time_zone="Asia/Kolkata",
            dimension=AnalyticsDimension.ANALYTICS_DIMENSION_STATE,
        )
        await time_it("series_p95_ms", lambda: ask.series(series))
        breakdown = QueryBreakdownRequest(
            interval=month,
            metric=FINISHED,
            dimension=AnalyticsDimension.ANALYTICS_DIMENSION_FAILURE_CODE,
        )
        await time_it("breakdown_p95_ms", lambda: ask.breakdown(breakdown))
        funnel = GetFunnelRequest(interval=month)
        await time_it("funnel_p95_ms", lambda: ask.funnel(funnel))
        latency = GetLatencyDistributionRequest(
            interval=month, timing=AnalyticsTiming.ANALYTICS_TIMING_TIME_TO_OUTCOME
        )
        await time_it("latency_p95_ms", lambda: ask.latency(latency))
    return found


async def _size(url: str) -> dict[str, float]:
    """Rows of counts, and whether all registrations are in them."""
    store = SqlStore(url)
    levels = sum(n for _, n in await store.statistics.levels(None))
    await store.close()
    return {"registrations_counted": levels}


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--registrations", type=int, default=1_000_000)
    parser.add_argument("--calls", type=int, default=200)
    given = parser.parse_args()
    report = Report("analytics")
    rng = random.Random(1)  # noqa: S311 - no secret
    with postgres() as empty, registrar(REGISTRAR_DATABASE_URL=empty) as ready:
        nothing = asyncio.run(_asked(ready, given.calls))
    with postgres() as url:
        events = asyncio.run(seed(url, given.registrations, DAYS, rng))
        seconds = asyncio.run(_counted(url))
        report.figures = {
            "registrations": given.registrations,
            "events": events,
            "events_counted_per_second": events / seconds,
            **asyncio.run(_size(url)),
        }
        with registrar(REGISTRAR_DATABASE_URL=url) as ready:
            report.figures |= asyncio.run(_asked(ready, given.calls))
    worst = max(v for name, v in report.figures.items() if name.startswith("summary_"))
    report.figures["get_summary_p95_ms"] = worst
    empty_worst = max(v for name, v in nothing.items() if name.startswith("summary_"))
    report.ceilings = {"empty_get_summary_p95_ms": empty_worst}
    report.ratios = {"get_summary_to_empty": worst / empty_worst}
    report.show(as_json=given.json)


if __name__ == "__main__":
    main()
