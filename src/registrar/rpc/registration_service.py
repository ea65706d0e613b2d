"""RegistrationService: convert, call, convert."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from registrar.app.artifacts import Artifacts
from registrar.app.assist import Assist
from registrar.app.commands import Registrations, Submitted
from registrar.app.customers import Customers
from registrar.domain.artifact import Artifact
from registrar.domain.errors import InvalidRequest, NotFound, RegistrarError, Violation
from registrar.rpc import convert, paging, status
from registrar.rpc.assist import AssistMethods, check_request_id
from registrar.rpc.call import Context, caller, current
from registrar.rpc.customers import CustomerMethods
from registrar.rpc.delivery import Delivery, too_slow
from registrar.rpc.explain import ExplainMethods
from registrar.rpc.fields import Found
from registrar.v1 import registration_service_pb2 as pb
from registrar.v1.registration_service_pb2_grpc import RegistrationServiceServicer

MAX_BATCH = 500
DEFAULT_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(seconds=60)
ANSWER_MARGIN = timedelta(milliseconds=500)
"""A wait ends this much before the call's deadline, so that its answer arrives."""

ORDERS = {"": True, "create_time desc": True, "create_time asc": False, "create_time": False}
"""To whether it descends."""


def _refuse(field: str, rule: str, description: str) -> InvalidRequest:
    return InvalidRequest((Violation(field, rule, description),))


class RegistrationServicer(
    AssistMethods, CustomerMethods, ExplainMethods, RegistrationServiceServicer
):
    """Over the use cases; errors go to the interceptor. `patience`: see `Delivery`."""

    def __init__(
        self, registrations: Registrations, *, patience: float, artifacts: Artifacts | None = None
    ) -> None:
        self._registrations = registrations
        self._artifacts = artifacts
        self._patience = patience
        events = convert.EventMessages()
        self._write = partial(convert.write_watched, events=events)

    @property
    def registrations(self) -> Registrations:
        """The use cases."""
        return self._registrations

    @property
    def assist(self) -> Assist:
        """Of the same use cases."""
        return self._registrations.assist

    @property
    def customers(self) -> Customers:
        """Of the same use cases."""
        return self._registrations.customers

    async def SubmitRegistration(  # noqa: N802 - gRPC's name
        self, request: pb.SubmitRegistrationRequest, context: Context
    ) -> pb.SubmitRegistrationResponse:
        """See the contract."""
        del context
        command = convert.read_submit(request, current().traceparent)
        submitted = await self._registrations.submit(caller(), command)
        return convert.write_submitted(submitted)

    async def BatchSubmitRegistrations(  # noqa: N802
        self, request: pb.BatchSubmitRegistrationsRequest, context: Context
    ) -> pb.BatchSubmitRegistrationsResponse:
        """See the contract."""
        del context
        if not 1 <= len(request.requests) <= MAX_BATCH:
            raise _refuse("requests", "length", f"Between 1 and {MAX_BATCH} are needed.")
        trace = current().traceparent
        commands = [convert.read_submit(one, trace) for one in request.requests]
        results = await self._registrations.submit_many(caller(), commands)
        pairs = zip(commands, results, strict=True)
        return pb.BatchSubmitRegistrationsResponse(
            results=[_result(command.request_id, result) for command, result in pairs]
        )

    async def GetRegistration(  # noqa: N802
        self, request: pb.GetRegistrationRequest, context: Context
    ) -> pb.GetRegistrationResponse:
        """See the contract."""
        del context
        view = await self._registrations.get(caller(), request.registration_id)
        return pb.GetRegistrationResponse(registration=convert.write_view(view))

    async def LookupRegistration(  # noqa: N802
        self, request: pb.LookupRegistrationRequest, context: Context
    ) -> pb.LookupRegistrationResponse:
        """See the contract."""
        del context
        serial = request.manufacturer_serial
        if not (request.external_reference or (serial.manufacturer_id and serial.serial_number)):
            problem = "A reference, or a manufacturer and serial number, is needed."
            raise _refuse("key", "required", problem)
        view = await self._registrations.lookup(
            caller(),
            external_reference=request.external_reference,
            manufacturer_id=serial.manufacturer_id,
            serial_number=serial.serial_number,
        )
        return pb.LookupRegistrationResponse(registration=convert.write_view(view))

    async def ListRegistrations(  # noqa: N802
        self, request: pb.ListRegistrationsRequest, context: Context
    ) -> pb.ListRegistrationsResponse:
        """See the contract."""
        del context
        if request.order_by not in ORDERS:
            raise _refuse("order_by", "order", 'Either "create_time desc" or "create_time asc".')
        convert.check_mask(request.read_mask)
        page = await self._registrations.page(
            caller(),
            convert.read_selection(request.filter),
            descending=ORDERS[request.order_by],
            page_size=paging.size(request.page_size, default=50),
            page_token=request.page_token,
        )
        return pb.ListRegistrationsResponse(
            registrations=[
                convert.masked(convert.write_view(one), request.read_mask) for one in page.views
            ],
            next_page_token=page.next_page_token,
            watch_token=page.watch_token,
        )

    async def WatchRegistrations(  # type: ignore[override]  # noqa: N802 - writes instead of yielding
        self, request: pb.WatchRegistrationsRequest, context: Context
    ) -> None:
        """See the contract."""
        messages = self._registrations.watch(caller(), convert.read_watch(request))
        await Delivery(messages, context, self._write, too_slow, self._patience).run()

    async def WaitRegistration(  # noqa: N802
        self, request: pb.WaitRegistrationRequest, context: Context
    ) -> pb.WaitRegistrationResponse:
        """See the contract."""
        view = await self._registrations.wait(
            caller(),
            request.registration_id,
            after_revision=request.after_revision,
            max_wait=_max_wait(request, context),
        )
        return pb.WaitRegistrationResponse(
            registration=convert.write_view(view),
            changed=view.registration.revision > request.after_revision,
        )

    async def ListRegistrationEvents(  # noqa: N802
        self, request: pb.ListRegistrationEventsRequest, context: Context
    ) -> pb.ListRegistrationEventsResponse:
        """See the contract."""
        del context
        purpose = f"events:{request.registration_id}"
        size = paging.size(request.page_size, default=100)
        after = paging.read(request.page_token, purpose, start=request.after_sequence)
        events = await self._registrations.events(
            caller(), request.registration_id, after=after, limit=size + 1
        )
        shown = list(events[:size])
        more = len(events) > size
        return pb.ListRegistrationEventsResponse(
            events=[convert.write_event(one) for one in shown],
            next_page_token=paging.write(shown[-1].sequence, purpose) if more else "",
        )

    async def ListAttempts(  # noqa: N802
        self, request: pb.ListAttemptsRequest, context: Context
    ) -> pb.ListAttemptsResponse:
        """See the contract."""
        del context
        purpose = f"attempts:{request.registration_id}"
        after = paging.read(request.page_token, purpose)
        size = paging.size(request.page_size, default=100)
        attempts = await self._registrations.attempts(caller(), request.registration_id)
        left = [one for one in attempts if one.number > after]
        more = len(left) > size
        files = await self._files(request.registration_id)
        return pb.ListAttemptsResponse(
            attempts=[convert.write_attempt(one, files) for one in left[:size]],
            next_page_token=paging.write(left[size - 1].number, purpose) if more else "",
        )

    async def GetAttempt(  # noqa: N802
        self, request: pb.GetAttemptRequest, context: Context
    ) -> pb.GetAttemptResponse:
        """See the contract."""
        del context
        attempts = await self._registrations.attempts(caller(), request.registration_id)
        for one in attempts:
            if one.number == request.number:
                files = await self._files(request.registration_id)
                return pb.GetAttemptResponse(attempt=convert.write_attempt(one, files))
        raise NotFound

    async def _files(self, registration_id: str) -> Sequence[Artifact]:
        """Of all attempts of a registration of the caller's."""
        if self._artifacts is None:
            return ()
        return await self._artifacts.listed(caller().tenant_id, registration_id)

    async def CancelRegistration(  # noqa: N802
        self, request: pb.CancelRegistrationRequest, context: Context
    ) -> pb.CancelRegistrationResponse:
        """See the contract."""
        del context
        check_request_id(request.request_id)
        view = await self._registrations.cancel(
            caller(),
            request.registration_id,
            reason=request.reason,
            etag=request.etag,
            request_id=request.request_id,
        )
        return pb.CancelRegistrationResponse(registration=convert.write_view(view))

    async def RetryRegistration(  # noqa: N802
        self, request: pb.RetryRegistrationRequest, context: Context
    ) -> pb.RetryRegistrationResponse:
        """See the contract."""
        del context
        check_request_id(request.request_id)
        view = await self._registrations.retry(
            caller(),
            request.registration_id,
            etag=request.etag,
            request_id=request.request_id,
            acknowledge_duplicate_risk=request.acknowledge_duplicate_risk,
        )
        return pb.RetryRegistrationResponse(registration=convert.write_view(view))


def _result(request_id: str, result: Submitted | RegistrarError) -> pb.BatchSubmitResult:
    if isinstance(result, Submitted):
        response = convert.write_submitted(result)
        return pb.BatchSubmitResult(request_id=request_id, response=response)
    error = status.to_status(result, current().request_id)
    return pb.BatchSubmitResult(request_id=request_id, error=error)


def _max_wait(request: pb.WaitRegistrationRequest, context: Context) -> timedelta:
    found = Found()
    wanted = convert.read_optional_duration(request, "max_wait", found)
    convert.check(found)
    remaining = context.time_remaining()
    longest = LONGEST_WAIT
    if remaining is not None:
        longest = min(longest, timedelta(seconds=max(0.0, remaining)) - ANSWER_MARGIN)
    return max(timedelta(0), min(DEFAULT_WAIT if wanted is None else wanted, longest))
