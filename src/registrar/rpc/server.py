"""The gRPC server: built, started and drained. One event loop a process; made after any fork."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import grpc
from grpc_health.v1.health_pb2_grpc import add_HealthServicer_to_server

from registrar.app.api_keys import ApiKeys
from registrar.app.artifacts import Artifacts
from registrar.app.commands import Authenticate, Manufacturers, Registrations
from registrar.app.connector_watch import ConnectorWatches
from registrar.app.connectors import Connectors
from registrar.app.notifications.settings import NotificationSettings
from registrar.app.rate_limits import RateLimits
from registrar.app.statistics.analytics import Analytics
from registrar.ports.clock import SystemClock
from registrar.ports.tracing import Tracer
from registrar.rpc import reflection
from registrar.rpc.admin_service import AdminServicer
from registrar.rpc.analytics_service import AnalyticsServicer
from registrar.rpc.artifact_service import ArtifactServicer
from registrar.rpc.connector_service import ConnectorServicer
from registrar.rpc.health import (
    ADMINISTRATION,
    ANALYTICS,
    ARTIFACTS,
    CONNECTORS,
    NOTIFICATIONS,
    REGISTRATIONS,
    Health,
)
from registrar.rpc.interceptors import Surroundings
from registrar.rpc.lanes import Lanes, Limits
from registrar.rpc.notification_service import NotificationServicer
from registrar.rpc.registration_service import RegistrationServicer
from registrar.v1.analytics_service_pb2_grpc import add_AnalyticsServiceServicer_to_server
from registrar.v1.artifact_service_pb2_grpc import add_ArtifactServiceServicer_to_server
from registrar.v1.connector_service_pb2_grpc import add_ConnectorServiceServicer_to_server
from registrar.v1.notification_service_pb2_grpc import add_NotificationServiceServicer_to_server
from registrar.v1.registration_admin_service_pb2_grpc import (
    add_RegistrationAdminServiceServicer_to_server,
)
from registrar.v1.registration_service_pb2_grpc import add_RegistrationServiceServicer_to_server

SERVICES = (
    REGISTRATIONS,
    CONNECTORS,
    ARTIFACTS,
    NOTIFICATIONS,
    ADMINISTRATION,
    ANALYTICS,
    "grpc.health.v1.Health",
)

OPTIONS: tuple[tuple[str, int], ...] = (
    # 4,000 calls at once: 495 of them CANCELLED at the default, none at this.
    ("grpc.server.max_pending_requests", 10_000),
    ("grpc.server.max_pending_requests_hard_limit", 20_000),
    # Of one connection. Without it four that opened streams and reset them, with no key, left
    # the others six answers in eight seconds; a client that needs more calls opens connections.
    ("grpc.max_concurrent_streams", 1_000),
    # Who connects and says nothing holds a connection no longer; 120 s by default.
    ("grpc.server_handshake_timeout_ms", 10_000),
    ("grpc.max_receive_message_length", 4 * 1024 * 1024),
    ("grpc.so_reuseport", 1),
    # Finds clients that vanished without a word.
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    # Our clients ping every 30 s; by default a server hangs up on such as floods.
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
)


class Tracing(Tracer, Protocol):
    """Where calls are traced: the interceptor stands outermost."""

    def server_interceptor(self) -> grpc.aio.ServerInterceptor:
        """A span a call."""
        ...


@dataclass(frozen=True, slots=True)
class Uses:
    """What the server serves. `probe` raises StoreUnavailable without a database."""

    registrations: Registrations
    catalogue: Manufacturers
    authenticate: Authenticate
    probe: Callable[[], Awaitable[None]]
    connectors: Connectors
    tracing: Tracing | None = None
    artifacts: Artifacts | None = None
    """None: attempts have no files, and ArtifactService is not there."""
    notifications: NotificationSettings | None = None
    """None: NotificationService is not there."""
    connector_watches: ConnectorWatches | None = None
    """None: the usual ones."""
    analytics: Analytics | None = None
    """None: AnalyticsService is not there."""
    api_keys: ApiKeys | None = None
    """None: RegistrationAdminService is not there."""
    rate_limits: RateLimits | None = None
    """None: a key may call as often as it likes."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Times in seconds. Port 0 takes a free one."""

    address: str = "127.0.0.1:0"
    credentials: grpc.ServerCredentials | None = None
    """None: in clear."""
    health_address: str = ""
    """Where health alone is served, in clear; empty: nowhere."""
    default_deadline: float = 30.0
    """For calls without one; watches and waits end by themselves."""
    propagation: float = 0.0
    """How long load balancers take to see NOT_SERVING."""
    grace: float = 5.0
    probe_interval: float = 2.0
    patience: float = 30.0
    """How long a watch's client may leave a message unread before it is let go: TOO_SLOW."""
    limits: Limits = field(default_factory=Limits)


LAST_WORDS = 0.3
"""Seconds of the grace in which whoever still waits is told so."""


class GrpcServer:
    """Keep a reference until `drain` has returned: a collected server cuts its calls."""

    def __init__(self, uses: Uses, settings: ServerSettings) -> None:
        self._uses = uses
        self._settings = settings
        self._lanes = Lanes(settings.limits)
        self._watches = uses.connector_watches or ConnectorWatches(
            uses.connectors.all, SystemClock()
        )
        self.health = Health(uses.probe, interval=settings.probe_interval)
        self._around = Surroundings(
            uses.authenticate,
            self._lanes,
            rate_limits=uses.rate_limits,
            default_deadline=settings.default_deadline,
            tracer=uses.tracing,
        )
        self.health_port = 0
        """Of the port for health alone, where there is one."""
        self._probed: grpc.aio.Server | None = None
        self._started: tuple[grpc.aio.Server, asyncio.Task[None]] | None = None
        """The server, and the task that probes the database."""

    async def start(self) -> int:
        """Listen; the bound port. RuntimeError where the address is taken."""
        settings = self._settings
        server = self._build()
        if settings.credentials is None:
            port = server.add_insecure_port(settings.address)
        else:
            port = server.add_secure_port(settings.address, settings.credentials)
        await self.health.look()
        await self._probes()
        await server.start()
        self._started = server, asyncio.create_task(self.health.watch_database())
        return port

    async def _probes(self) -> None:
        """A port of their own for probes that speak no TLS; it says nothing else."""
        if self._settings.health_address:
            self._probed = grpc.aio.server(options=OPTIONS)
            add_HealthServicer_to_server(self.health, self._probed)
            self.health_port = self._probed.add_insecure_port(self._settings.health_address)
            await self._probed.start()

    def _build(self) -> grpc.aio.Server:
        uses = self._uses
        outermost = (uses.tracing.server_interceptor(),) if uses.tracing else ()
        server = grpc.aio.server(interceptors=(*outermost, self._around), options=OPTIONS)
        patience = self._settings.patience
        registrations = RegistrationServicer(
            uses.registrations, patience=patience, artifacts=uses.artifacts
        )
        add_RegistrationServiceServicer_to_server(registrations, server)
        connectors = ConnectorServicer(
            uses.catalogue, uses.connectors, self._watches, patience=patience
        )
        add_ConnectorServiceServicer_to_server(connectors, server)
        if uses.artifacts is not None:
            files = ArtifactServicer(uses.registrations, uses.artifacts, patience=patience)
            add_ArtifactServiceServicer_to_server(files, server)
        if uses.notifications is not None:
            notifications = NotificationServicer(uses.notifications)
            add_NotificationServiceServicer_to_server(notifications, server)
        if uses.analytics is not None:
            add_AnalyticsServiceServicer_to_server(AnalyticsServicer(uses.analytics), server)
        if uses.api_keys is not None:
            add_RegistrationAdminServiceServicer_to_server(AdminServicer(uses.api_keys), server)
        add_HealthServicer_to_server(self.health, server)
        there = {
            ARTIFACTS: uses.artifacts,
            NOTIFICATIONS: uses.notifications,
            ADMINISTRATION: uses.api_keys,
            ANALYTICS: uses.analytics,
        }
        shown = [name for name in SERVICES if there.get(name, self) is not None]
        server.add_generic_rpc_handlers(reflection.handlers(shown))
        return server

    async def drain(self) -> None:
        """Say so, wait until it is known, end the streams, let short calls finish. Repeatable."""
        started, self._started = self._started, None
        if started is None:
            return
        server, probing = started
        await self.health.drain()
        await asyncio.sleep(self._settings.propagation)
        self._lanes.draining = True
        self._uses.registrations.drain()
        self._watches.drain()
        await self.health.end_watches()
        stopping = asyncio.create_task(server.stop(self._settings.grace))
        await asyncio.wait([stopping], timeout=max(0.0, self._settings.grace - LAST_WORDS))
        self._around.end()
        await stopping
        if self._probed is not None:
            # Last: until then it says that this server is leaving.
            await self._probed.stop(None)
        probing.cancel()
        with suppress(asyncio.CancelledError):
            await probing
