"""The client: typed calls with deadlines, errors with their details, a watch that resumes."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import grpc
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub

from registrar.client import channel, messages
from registrar.client.analytics import AnalyticsCalls
from registrar.client.api_keys import ApiKeyCalls
from registrar.client.artifacts import ArtifactCalls
from registrar.client.audit import AuditCalls
from registrar.client.bulk import BulkCalls
from registrar.client.circuits import CircuitCalls
from registrar.client.customers import CustomerCalls
from registrar.client.errors import cut_off, from_call
from registrar.client.manual import ManualCalls
from registrar.client.notifications import NotificationCalls
from registrar.client.overrides import OverrideCalls
from registrar.client.watching import ResumingWatch, WatchPolicy
from registrar.v1.analytics_service_pb2_grpc import AnalyticsServiceStub
from registrar.v1.artifact_service_pb2_grpc import ArtifactServiceStub
from registrar.v1.connector_service_pb2_grpc import ConnectorServiceStub
from registrar.v1.enums_pb2 import FulfillmentTier
from registrar.v1.notification_service_pb2_grpc import NotificationServiceStub
from registrar.v1.registration_admin_service_pb2_grpc import RegistrationAdminServiceStub
from registrar.v1.registration_service_pb2_grpc import RegistrationServiceStub

if TYPE_CHECKING:
    # Only the type stubs tell the two kinds of channel apart.
    from registrar.v1.connector_service_pb2_grpc import ConnectorServiceAsyncStub
    from registrar.v1.registration_service_pb2_grpc import RegistrationServiceAsyncStub

Answer = TypeVar("Answer")
LONGEST_WAIT = timedelta(seconds=60)
PROBE_SECONDS = 20.0
"""What a probe may take on top of a call."""
CUT_OFF = (0.2, 0.5, 1.0)
"""Longest pauses, in seconds, before a call is tried again that a stopping server has cut off."""


class Client:
    """`async with Client(address, api_key) as client:`. Every call raises CallError.

    `timeout` in seconds. `interceptors` are those of OpenTelemetry, say:
    `aio_client_interceptors()` of `opentelemetry.instrumentation.grpc`. `options` are gRPC's, and
    win over ours.
    """

    def __init__(  # noqa: PLR0913 - what a channel has
        self,
        address: str,
        api_key: str,
        *,
        credentials: grpc.ChannelCredentials | None = None,
        timeout: float = 10.0,
        interceptors: Sequence[grpc.aio.ClientInterceptor] = (),
        options: channel.Options = (),
    ) -> None:
        self._channel = channel.connect(address, credentials, interceptors, options)
        self._metadata = (("authorization", f"Bearer {api_key}"),)
        self._timeout = timeout
        self._registrations: RegistrationServiceAsyncStub = RegistrationServiceStub(self._channel)
        self._connectors: ConnectorServiceAsyncStub = ConnectorServiceStub(self._channel)
        self.overrides = OverrideCalls(self._call, self._connectors)
        self.circuits = CircuitCalls(self._call, self._connectors, self._metadata)
        self.artifacts = ArtifactCalls(
            self._call, ArtifactServiceStub(self._channel), self._metadata
        )
        administration = RegistrationAdminServiceStub(self._channel)
        self.api_keys = ApiKeyCalls(self._call, administration)
        self.audit = AuditCalls(self._call, administration)
        self.analytics = AnalyticsCalls(self._call, AnalyticsServiceStub(self._channel))
        self.bulk = BulkCalls(self._call, administration)
        self.notifications = NotificationCalls(self._call, NotificationServiceStub(self._channel))
        self.customers = CustomerCalls(self._call, self._registrations, self._metadata)
        self.manual = ManualCalls(self._call, self._registrations, self._metadata, timeout)
        self._health: Any = HealthStub(self._channel)

    async def __aenter__(self) -> Self:
        """Nothing is opened before the first call."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends what is still open."""
        await self._channel.close()

    async def _call(
        self,
        method: Callable[..., Awaitable[Answer]],
        request: object,
        seconds: float | None = None,
    ) -> Answer:
        pauses = iter(CUT_OFF)
        while True:
            try:
                return await method(
                    request, metadata=self._metadata, timeout=seconds or self._timeout
                )
            except grpc.aio.AioRpcError as error:
                # Our own cancellation does not come this way. It is a server that stopped before it
                # took the call up, or said what we missed; each of our calls may be repeated.
                pause = next(pauses, None) if cut_off(error) else None
                if pause is None:
                    raise from_call(error) from error
            await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - full jitter, no secret

    async def submit(
        self, request: messages.SubmitRegistrationRequest
    ) -> messages.SubmitRegistrationResponse:
        """Durable when it returns. A `request_id` is made where there is none, and kept."""
        request.request_id = request.request_id or str(uuid.uuid4())
        return await self._call(self._registrations.SubmitRegistration, request)

    async def submit_many(
        self, requests: Sequence[messages.SubmitRegistrationRequest]
    ) -> list[messages.BatchSubmitResult]:
        """At most 500; one result each, in order."""
        for one in requests:
            one.request_id = one.request_id or str(uuid.uuid4())
        batch = messages.BatchSubmitRegistrationsRequest(requests=requests)
        answer = await self._call(self._registrations.BatchSubmitRegistrations, batch)
        return list(answer.results)

    async def get(self, registration_id: str) -> messages.Registration:
        """One registration."""
        request = messages.GetRegistrationRequest(registration_id=registration_id)
        return (await self._call(self._registrations.GetRegistration, request)).registration

    async def lookup(self, request: messages.LookupRegistrationRequest) -> messages.Registration:
        """The newest that matches."""
        return (await self._call(self._registrations.LookupRegistration, request)).registration

    async def pages(
        self, request: messages.ListRegistrationsRequest
    ) -> AsyncIterator[messages.Registration]:
        """All that match, page by page."""
        while True:
            page = await self._call(self._registrations.ListRegistrations, request)
            for one in page.registrations:
                yield one
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def events(self, registration_id: str) -> list[messages.RegistrationEvent]:
        """The whole history."""
        request = messages.ListRegistrationEventsRequest(registration_id=registration_id)
        found: list[messages.RegistrationEvent] = []
        while True:
            page = await self._call(self._registrations.ListRegistrationEvents, request)
            found += page.events
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    async def attempts(self, registration_id: str) -> list[messages.Attempt]:
        """By number."""
        request = messages.ListAttemptsRequest(registration_id=registration_id)
        return list((await self._call(self._registrations.ListAttempts, request)).attempts)

    async def explain(self, registration_id: str) -> messages.ExplainRegistrationResponse:
        """Why it is in its state, and what follows."""
        request = messages.ExplainRegistrationRequest(registration_id=registration_id)
        return await self._call(self._registrations.ExplainRegistration, request)

    async def cancel(self, registration_id: str, reason: str = "") -> messages.Registration:
        """Asks to stop."""
        request = messages.CancelRegistrationRequest(
            registration_id=registration_id, reason=reason, request_id=str(uuid.uuid4())
        )
        return (await self._call(self._registrations.CancelRegistration, request)).registration

    async def retry(
        self, registration_id: str, *, acknowledge_duplicate_risk: bool = False
    ) -> messages.Registration:
        """Asks for another try."""
        request = messages.RetryRegistrationRequest(
            registration_id=registration_id,
            request_id=str(uuid.uuid4()),
            acknowledge_duplicate_risk=acknowledge_duplicate_risk,
        )
        return (await self._call(self._registrations.RetryRegistration, request)).registration

    async def wait(self, registration_id: str, after_revision: int) -> messages.Registration:
        """When the revision is greater, or after a minute."""
        request = messages.WaitRegistrationRequest(
            registration_id=registration_id, after_revision=after_revision
        )
        request.max_wait.FromTimedelta(LONGEST_WAIT)
        seconds = LONGEST_WAIT.total_seconds() + self._timeout
        answer = await self._call(self._registrations.WaitRegistration, request, seconds)
        return answer.registration

    def watch(
        self, request: messages.WatchRegistrationsRequest, policy: WatchPolicy | None = None
    ) -> ResumingWatch:
        """`async for message in client.watch(request)`; resumes by itself."""
        own = messages.WatchRegistrationsRequest()
        own.CopyFrom(request)

        def open_call(
            now: messages.WatchRegistrationsRequest,
        ) -> AsyncIterator[messages.WatchRegistrationsResponse]:
            call: Any = self._registrations.WatchRegistrations(now, metadata=self._metadata)
            return aiter(call)

        return ResumingWatch(own, open_call, policy or WatchPolicy())

    async def manufacturers(self) -> list[messages.Manufacturer]:
        """Those that the service knows."""
        request = messages.ListManufacturersRequest()
        return list((await self._call(self._connectors.ListManufacturers, request)).manufacturers)

    async def manufacturer(self, manufacturer_id: str) -> messages.Manufacturer:
        """One of them."""
        request = messages.GetManufacturerRequest(manufacturer_id=manufacturer_id)
        return (await self._call(self._connectors.GetManufacturer, request)).manufacturer

    async def connectors(self) -> list[messages.Connector]:
        """All of them, by manufacturer and tier."""
        request = messages.ListConnectorsRequest()
        found: list[messages.Connector] = []
        while True:
            page = await self._call(self._connectors.ListConnectors, request)
            found += page.connectors
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    async def pause(
        self,
        manufacturer_id: str,
        tier: FulfillmentTier.ValueType,
        reason: str,
        until: datetime | None = None,
    ) -> messages.Connector:
        """Its submissions wait, until then or until it is resumed."""
        request = messages.PauseConnectorRequest(
            manufacturer_id=manufacturer_id, tier=tier, reason=reason
        )
        if until is not None:
            request.until.FromDatetime(until)
        return (await self._call(self._connectors.PauseConnector, request)).connector

    async def resume(
        self, manufacturer_id: str, tier: FulfillmentTier.ValueType
    ) -> messages.Connector:
        """What waited for it goes on."""
        request = messages.ResumeConnectorRequest(manufacturer_id=manufacturer_id, tier=tier)
        return (await self._call(self._connectors.ResumeConnector, request)).connector

    async def probe(
        self, manufacturer_id: str, tier: FulfillmentTier.ValueType
    ) -> messages.Connector:
        """Asked now; `last_probe` tells."""
        request = messages.ProbeConnectorRequest(manufacturer_id=manufacturer_id, tier=tier)
        answer = await self._call(
            self._connectors.ProbeConnector, request, self._timeout + PROBE_SECONDS
        )
        return answer.connector

    async def drift(self, manufacturer_id: str = "") -> list[messages.FormDrift]:
        """How forms have changed; of one manufacturer, or of all that have one."""
        request = messages.ListFormDriftRequest(manufacturer_id=manufacturer_id)
        found: list[messages.FormDrift] = []
        while True:
            page = await self._call(self._connectors.ListFormDrift, request)
            found += page.forms
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    async def accept_form(self, manufacturer_id: str) -> messages.FormDrift:
        """What is there is as it should be."""
        request = messages.AcceptFormRequest(manufacturer_id=manufacturer_id)
        return (await self._call(self._connectors.AcceptForm, request)).form

    async def health(self, service: str = "") -> str:
        """SERVING, NOT_SERVING or SERVICE_UNKNOWN."""
        request = health_pb2.HealthCheckRequest(service=service)
        answer = await self._call(self._health.Check, request)
        return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
