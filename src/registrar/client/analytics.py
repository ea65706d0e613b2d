"""Calls about how registrations are doing: `client.analytics`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registrar.v1 import analytics_service_pb2 as pb

if TYPE_CHECKING:
    from registrar.v1.analytics_service_pb2_grpc import AnalyticsServiceAsyncStub


@dataclass(frozen=True, slots=True)
class AnalyticsCalls:
    """Each raises CallError, and is of the last 24 hours where the request names no interval."""

    call: Callable[..., Awaitable[Any]]
    stub: AnalyticsServiceAsyncStub

    async def summary(self, request: pb.GetSummaryRequest) -> pb.GetSummaryResponse:
        """What came in, and what became of it."""
        found: pb.GetSummaryResponse = await self.call(self.stub.GetSummary, request)
        return found

    async def series(self, request: pb.QueryTimeSeriesRequest) -> pb.QueryTimeSeriesResponse:
        """A metric by time."""
        found: pb.QueryTimeSeriesResponse = await self.call(self.stub.QueryTimeSeries, request)
        return found

    async def breakdown(self, request: pb.QueryBreakdownRequest) -> pb.QueryBreakdownResponse:
        """A metric by one dimension."""
        found: pb.QueryBreakdownResponse = await self.call(self.stub.QueryBreakdown, request)
        return found

    async def funnel(self, request: pb.GetFunnelRequest) -> pb.GetFunnelResponse:
        """How registrations fall from tier to tier."""
        found: pb.GetFunnelResponse = await self.call(self.stub.GetFunnel, request)
        return found

    async def latency(
        self, request: pb.GetLatencyDistributionRequest
    ) -> pb.GetLatencyDistributionResponse:
        """How long something took."""
        found: pb.GetLatencyDistributionResponse = await self.call(
            self.stub.GetLatencyDistribution, request
        )
        return found
