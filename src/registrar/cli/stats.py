"""`registrar stats`: how registrations are doing, from the counts.

Exit codes: 0 shown · 2 wrong usage · 3 the service does not answer · 4 the service refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer
from google.protobuf.duration_pb2 import Duration
from google.type.interval_pb2 import Interval
from rich.markup import escape
from rich.table import Table

from registrar.cli import output
from registrar.cli.output import DEFAULT_ADDRESS, Address, ApiKey, Json
from registrar.client import Client
from registrar.client.messages import (
    AnalyticsDimension,
    AnalyticsFigures,
    AnalyticsFilter,
    AnalyticsMetric,
    FulfillmentTier,
    GetFunnelRequest,
    GetFunnelResponse,
    GetSummaryRequest,
    GetSummaryResponse,
    QueryBreakdownRequest,
    QueryBreakdownResponse,
    RegistrationState,
)

app = typer.Typer()


class By(StrEnum):
    """A dimension, as it is typed."""

    MANUFACTURER = "manufacturer"
    TIER = "tier"
    STATE = "state"
    FAILURE_CODE = "failure-code"
    COUNTRY = "country"


class Metric(StrEnum):
    """What is counted, as it is typed."""

    ACCEPTED = "accepted"
    FINISHED = "finished"
    SUCCEEDED = "succeeded"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"
    HANDED_OVER = "handed-over"
    ATTEMPTS = "attempts"
    FALLBACKS = "fallbacks"
    OVERDUE = "overdue"
    REOPENED = "reopened"


COUNTS = {
    "accepted": "accepted",
    "succeeded": "registered",
    "rejected": "rejected",
    "failed": "failed",
    "handed_over": "person",
}
"""As many as fit beside each other on a terminal; the rest is in `--json`."""

Answer = GetSummaryResponse | QueryBreakdownResponse | GetFunnelResponse


@app.command()
def stats(  # noqa: PLR0913 - its options
    *,
    hours: Annotated[float, typer.Option(min=1 / 60, max=19_200, help="How far back.")] = 24,
    manufacturer: Annotated[list[str] | None, typer.Option(help="Again for each.")] = None,
    by: Annotated[By | None, typer.Option(help="Tell one metric apart by it.")] = None,
    metric: Annotated[Metric, typer.Option(help="With --by.")] = Metric.FINISHED,
    funnel: Annotated[bool, typer.Option("--funnel", help="Tier by tier.")] = False,
    address: Address = DEFAULT_ADDRESS,
    api_key: ApiKey = "",
    as_json: Json = False,
) -> None:
    """Show how registrations are doing: what came in, what became of it, where all stand now."""
    if by and funnel:
        output.chatter.print("registrar: one of --by and --funnel, not both", markup=False)
        raise typer.Exit(2)
    now = datetime.now(UTC)
    interval = Interval()
    interval.start_time.FromDatetime(now - timedelta(hours=hours))
    interval.end_time.FromDatetime(now)
    which = AnalyticsFilter(manufacturer_ids=manufacturer or ())

    async def ask(client: Client) -> Answer:
        if funnel:
            request = GetFunnelRequest(interval=interval, filter=which)
            return await client.analytics.funnel(request)
        if by is None:
            return await client.analytics.summary(
                GetSummaryRequest(interval=interval, filter=which)
            )
        asked = QueryBreakdownRequest(interval=interval, filter=which)
        asked.metric = AnalyticsMetric.Value(f"ANALYTICS_METRIC_{_upper(metric)}")
        asked.dimension = AnalyticsDimension.Value(f"ANALYTICS_DIMENSION_{_upper(by)}")
        return await client.analytics.breakdown(asked)

    async def work() -> Answer:
        async with output.client(address, api_key) as client:
            return await ask(client)

    found = output.run(work())
    if as_json:
        output.line(found)
        return
    for one in _tables(found, f"{metric} by {by}"):
        output.out.print(one)
    output.chatter.print(_as_of(found), markup=False)


def _upper(word: StrEnum) -> str:
    return word.value.upper().replace("-", "_")


def _as_of(found: Answer) -> str:
    frame = found.frame
    if not frame.HasField("as_of_time"):
        return "Nothing is counted yet: a dispatcher does it."
    start, end = frame.interval.start_time.ToDatetime(), frame.interval.end_time.ToDatetime()
    as_of = frame.as_of_time.ToDatetime()
    return f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC, counted up to {as_of:%H:%M:%S}."


def _tables(found: Answer, title: str) -> Sequence[Table]:
    if isinstance(found, GetSummaryResponse):
        return _summary(found)
    if isinstance(found, GetFunnelResponse):
        return (_funnel(found),)
    return (_breakdown(found, title),)


def _summary(found: GetSummaryResponse) -> Sequence[Table]:
    took = found.time_to_outcome
    times = [_took(one) for one in (took.p50, took.p95, took.p99)]
    figures = output.table(
        f"Time to outcome: {times[0]} for half, {times[1]} for 95 %, {times[2]} for 99 %",
        *("manufacturer", "success", *COUNTS.values()),
    )
    for one in found.manufacturers:
        figures.add_row(*_figures(one.manufacturer_id, one.figures))
    figures.add_section()
    figures.add_row(*_figures("all", found.total))
    now = output.table("Now", "state", "registrations")
    for state in found.current:
        now.add_row(_state(state.state), f"{state.count:,}")
    return figures, now


def _figures(name: str, figures: AnalyticsFigures) -> list[str]:
    share = f"{figures.success_ratio:.1%}" if figures.HasField("success_ratio") else "-"
    return [escape(name), share, *(f"{getattr(figures, one):,}" for one in COUNTS)]


def _took(value: Duration) -> str:
    """Of nothing, too: an unset field is no time at all."""
    seconds = value.ToTimedelta().total_seconds()
    if seconds == 0:
        return "-"
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.2g} s"
    return str(timedelta(seconds=round(seconds)))


def _state(number: int) -> str:
    known = number in RegistrationState.values()
    return output.word(RegistrationState.Name(number)) if known else str(number)  # type: ignore[arg-type]  # the wrapper's own int type


def _tier(number: int) -> str:
    known = number in FulfillmentTier.values()
    return output.word(FulfillmentTier.Name(number)) if known else str(number)  # type: ignore[arg-type]  # the wrapper's own int type


def _breakdown(found: QueryBreakdownResponse, title: str) -> Table:
    rows = output.table(title, "value", "count", "share")
    total = found.total_count
    others = [("others", found.other_count)] if found.other_count else []
    for value, n in [*((one.value, one.count) for one in found.rows), *others]:
        rows.add_row(escape(value) or "-", f"{n:,}", f"{n / total:.1%}" if total else "-")
    return rows


def _funnel(found: GetFunnelResponse) -> Table:
    rows = output.table(
        f"{found.accepted:,} accepted",
        *("tier", "came", "registered", "rejected", "failed", "person", "left", "why"),
    )
    for one in found.stages:
        counts = (one.entered, one.succeeded, one.rejected, one.failed, one.handed_over)
        left = sum(each.count for each in one.left)
        why = ", ".join(f"{each.reason} {each.count:,}" for each in one.left[:3])
        rows.add_row(_tier(one.tier), *(f"{n:,}" for n in (*counts, left)), escape(why))
    return rows
