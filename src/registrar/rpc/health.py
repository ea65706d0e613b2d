"""Health by service: the database decides for RegistrationService, no manufacturer ever does.

Not the stock servicer: that one answers UNIMPLEMENTED to List, and its open Watch streams hold up a
stopping server.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthServicer

from registrar.rpc.call import Context

# Any: the type stubs have not heard of List.
pb: Any = health_pb2

REGISTRATIONS = "registrar.v1.RegistrationService"
CONNECTORS = "registrar.v1.ConnectorService"
ARTIFACTS = "registrar.v1.ArtifactService"
NOTIFICATIONS = "registrar.v1.NotificationService"
ADMINISTRATION = "registrar.v1.RegistrationAdminService"
ANALYTICS = "registrar.v1.AnalyticsService"
OVERALL = ""
UNKNOWN: int = pb.HealthCheckResponse.SERVICE_UNKNOWN
PROBE_SECONDS = 2.0


class Health(HealthServicer):
    """`probe` raises, or takes too long, where the database does not answer."""

    def __init__(
        self, probe: Callable[[], Awaitable[None]], *, interval: float = PROBE_SECONDS
    ) -> None:
        self._probe = probe
        self._interval = interval
        self._status: dict[str, int] = dict.fromkeys(
            (
                *(OVERALL, REGISTRATIONS, CONNECTORS, ARTIFACTS),
                *(NOTIFICATIONS, ADMINISTRATION, ANALYTICS),
            ),
            pb.HealthCheckResponse.SERVING,
        )
        self._changed = asyncio.Condition()
        self._draining = False
        self._ended = False

    async def Check(  # noqa: N802 - gRPC's name
        self, request: health_pb2.HealthCheckRequest, context: Context
    ) -> health_pb2.HealthCheckResponse:
        """The present status; NOT_FOUND for a service that is not here, as the protocol wants."""
        status = self._status.get(request.service)
        if status is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, "No such service.")
        made: health_pb2.HealthCheckResponse = pb.HealthCheckResponse(status=status)
        return made

    async def List(  # noqa: N802
        self, request: object, context: Context
    ) -> Any:  # noqa: ANN401 - the stub's own
        """All of them."""
        del request, context
        statuses = {
            name: pb.HealthCheckResponse(status=status) for name, status in self._status.items()
        }
        return pb.HealthListResponse(statuses=statuses)

    async def Watch(  # noqa: N802
        self, request: health_pb2.HealthCheckRequest, context: Context
    ) -> AsyncIterator[health_pb2.HealthCheckResponse]:
        """The present status and every change, until the drain ends it."""
        del context
        told: int | None = None
        while not self._ended or self._now(request) != told:
            told = self._now(request)
            yield pb.HealthCheckResponse(status=told)
            async with self._changed:
                while not self._ended and self._now(request) == told:
                    await self._changed.wait()

    def _now(self, request: health_pb2.HealthCheckRequest) -> int:
        return self._status.get(request.service, UNKNOWN)

    async def watch_database(self) -> None:
        """Probe for ever."""
        while True:
            await self.look()
            await asyncio.sleep(self._interval)

    async def look(self) -> None:
        """Probe once."""
        try:
            async with asyncio.timeout(self._interval):
                await self._probe()
        except Exception:  # noqa: BLE001 - a probe that dies would freeze the last answer
            await self._set(REGISTRATIONS, serving=False)
        else:
            await self._set(REGISTRATIONS, serving=True)

    async def _set(self, service: str, *, serving: bool) -> None:
        serving = serving and not self._draining
        value = pb.HealthCheckResponse.SERVING if serving else pb.HealthCheckResponse.NOT_SERVING
        if self._status[service] != value:
            async with self._changed:
                self._status[service] = value
                self._changed.notify_all()

    async def drain(self) -> None:
        """NOT_SERVING everywhere, whatever the database says from now on."""
        self._draining = True
        for service in self._status:
            await self._set(service, serving=False)

    async def end_watches(self) -> None:
        """One open stream alone would hold up the stop for the whole grace."""
        self._ended = True
        async with self._changed:
            self._changed.notify_all()
