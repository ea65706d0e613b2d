"""AnalyticsService: how the registrations of the caller's tenant are doing."""

from __future__ import annotations

from registrar.app.statistics.analytics import Analytics
from registrar.rpc import analytics_messages as messages
from registrar.rpc.call import Context, caller
from registrar.v1 import analytics_service_pb2 as pb
from registrar.v1.analytics_service_pb2_grpc import AnalyticsServiceServicer


class AnalyticsServicer(AnalyticsServiceServicer):
    """Over the use cases; `scopes` says which key may what."""

    def __init__(self, analytics: Analytics) -> None:
        self._analytics = analytics

    async def GetSummary(  # noqa: N802 - gRPC's name
        self, request: pb.GetSummaryRequest, context: Context
    ) -> pb.GetSummaryResponse:
        """See the contract."""
        del context
        question = messages.read_question(request, self._analytics.clock.now())
        return messages.write_summary(await self._analytics.summary(caller(), question))

    async def QueryTimeSeries(  # noqa: N802
        self, request: pb.QueryTimeSeriesRequest, context: Context
    ) -> pb.QueryTimeSeriesResponse:
        """See the contract."""
        del context
        asked = messages.read_series(request, self._analytics.clock.now())
        return messages.write_series(await self._analytics.series(caller(), *asked))

    async def QueryBreakdown(  # noqa: N802
        self, request: pb.QueryBreakdownRequest, context: Context
    ) -> pb.QueryBreakdownResponse:
        """See the contract."""
        del context
        asked = messages.read_breakdown(request, self._analytics.clock.now())
        return messages.write_breakdown(await self._analytics.breakdown(caller(), *asked))

    async def GetFunnel(  # noqa: N802
        self, request: pb.GetFunnelRequest, context: Context
    ) -> pb.GetFunnelResponse:
        """See the contract."""
        del context
        question = messages.read_question(request, self._analytics.clock.now())
        return messages.write_funnel(await self._analytics.funnel(caller(), question))

    async def GetLatencyDistribution(  # noqa: N802
        self, request: pb.GetLatencyDistributionRequest, context: Context
    ) -> pb.GetLatencyDistributionResponse:
        """See the contract."""
        del context
        asked = messages.read_timed(request, self._analytics.clock.now())
        return messages.write_latency(await self._analytics.latency(caller(), *asked))
