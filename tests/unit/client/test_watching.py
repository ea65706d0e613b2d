"""The client without a service: resuming, duplicates, errors; over grpcio-testing's channel."""

import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import google.rpc.error_details_pb2 as details
import grpc
import grpc_testing
import pytest
from google.rpc.status_pb2 import Status

from registrar.client import CallError, ResumeTokenExpired, WatchPolicy
from registrar.client.channel import OPTIONS
from registrar.client.errors import from_call, from_status
from registrar.client.messages import (
    GetRegistrationRequest,
    Registration,
    RegistrationEvent,
    WatchClosingReason,
    WatchRegistrationsRequest,
    WatchRegistrationsResponse,
)
from registrar.client.watching import ResumingWatch
from registrar.v1 import registration_service_pb2 as pb
from registrar.v1.registration_service_pb2_grpc import RegistrationServiceStub

Said = WatchRegistrationsResponse | Exception
COMPLETE = WatchClosingReason.WATCH_CLOSING_REASON_COMPLETE
DRAINING = WatchClosingReason.WATCH_CLOSING_REASON_DRAINING


class Lost(grpc.RpcError):
    """A call that ended."""

    def __init__(self, code: grpc.StatusCode, status: Status | None = None) -> None:
        super().__init__()
        self._code = code
        self._status = status

    def code(self) -> grpc.StatusCode:
        """Its code."""
        return self._code

    def details(self) -> str:
        """Its text."""
        return "lost"

    def trailing_metadata(self) -> Any:  # noqa: ANN401 - grpc has its own type of it
        """Its details."""
        if self._status is None:
            return ()
        return (("grpc-status-details-bin", self._status.SerializeToString()),)


def event(sequence: int) -> WatchRegistrationsResponse:
    """One of reg_1."""
    made = RegistrationEvent(registration_id="reg_1", sequence=sequence)
    return WatchRegistrationsResponse(resume_token=f"t{sequence}", event=made)


def closing(reason: WatchClosingReason.ValueType, seconds: float = 0) -> WatchRegistrationsResponse:
    """The last message of a call."""
    made = WatchRegistrationsResponse(resume_token="end")  # noqa: S106 - no password
    made.closing.reason = reason
    made.closing.reconnect_delay.FromTimedelta(timedelta(seconds=seconds))
    return made


class Service:
    """Calls by script; remembers where each began."""

    def __init__(self, *calls: list[Said]) -> None:
        self.calls = list(calls)
        self.tokens: list[str] = []
        self.slept: list[float] = []

    async def open(
        self, request: WatchRegistrationsRequest
    ) -> AsyncIterator[WatchRegistrationsResponse]:
        """The next one."""
        self.tokens.append(request.resume_token)
        for said in self.calls.pop(0):
            if isinstance(said, Exception):
                raise said
            yield said

    async def sleep(self, seconds: float) -> None:
        """No test waits."""
        self.slept.append(seconds)

    async def watched(self) -> list[WatchRegistrationsResponse]:
        """Everything, with jitter at its upper bound."""
        policy = WatchPolicy(draw=lambda _low, high: high, sleep=self.sleep)
        watch = ResumingWatch(WatchRegistrationsRequest(), self.open, policy)
        return [message async for message in watch]


@pytest.mark.parametrize(
    "end",
    [
        Lost(grpc.StatusCode.UNAVAILABLE),
        Lost(grpc.StatusCode.CANCELLED),
        TimeoutError(),
        closing(DRAINING, 2),
    ],
)
async def test_a_watch_goes_on_where_it_was(end: Said) -> None:
    """After the last token; an event that comes again is told once."""
    service = Service([event(1), event(2), end], [event(2), event(3), closing(COMPLETE)])
    told = await service.watched()
    sequences = [one.event.sequence for one in told if one.WhichOneof("message") == "event"]
    assert sequences == [1, 2, 3]
    assert service.tokens[1] == ("end" if isinstance(end, WatchRegistrationsResponse) else "t2")
    assert service.slept == [2.0 if isinstance(end, WatchRegistrationsResponse) else 0.1]


async def test_the_way_back_is_longer_every_time() -> None:
    """Doubling up to its bound; a message begins anew. A silent end is no reason to hurry."""
    lost: list[list[Said]] = [[Lost(grpc.StatusCode.UNAVAILABLE)] for _ in range(10)]
    service = Service(*lost, [], [event(1), Lost(grpc.StatusCode.UNAVAILABLE)], [closing(COMPLETE)])
    await service.watched()
    assert service.slept[:4] == [0.1, 0.2, 0.4, 0.8]
    assert service.slept[8:] == [20.0, 20.0, 20.0, 0.1]


def status(reason: str, *more: Any) -> Status:  # noqa: ANN401 - messages
    """With its details."""
    made = Status(code=3, message="No.")
    for one in (details.ErrorInfo(reason=reason, domain="registrar"), *more):
        made.details.add().Pack(one)
    return made


async def test_what_resuming_cannot_mend_is_raised() -> None:
    """An expired token has a type of its own."""
    expired = Lost(grpc.StatusCode.OUT_OF_RANGE, status("RESUME_TOKEN_EXPIRED"))
    with pytest.raises(ResumeTokenExpired):
        await Service([event(1), expired]).watched()
    with pytest.raises(CallError):
        await Service([Lost(grpc.StatusCode.NOT_FOUND)]).watched()


def test_an_error_is_read_from_its_details() -> None:
    """Reason, fields, the other registration, when to come back, the request."""
    retry = details.RetryInfo()
    retry.retry_delay.FromTimedelta(timedelta(seconds=2))
    violation = details.BadRequest.FieldViolation(field="a.b", description="Is wrong.")
    error = from_status(
        status(
            "FIELD_INVALID",
            details.BadRequest(field_violations=[violation]),
            details.ResourceInfo(resource_name="reg_1"),
            retry,
            details.RequestInfo(request_id="r"),
            details.Help(),
        )
    )
    assert str(error) == "FIELD_INVALID: No. (a.b: Is wrong.)"
    assert (error.existing_id, error.request_id) == ("reg_1", "r")
    assert error.retry_after == timedelta(seconds=2)


def test_the_service_config_repeats_what_may_be_repeated() -> None:
    """UNAVAILABLE only, and no watch."""
    config = json.loads(str(dict(OPTIONS)["grpc.service_config"]))
    calls, watch = config["methodConfig"]
    assert calls["retryPolicy"]["retryableStatusCodes"] == ["UNAVAILABLE"]
    assert watch["name"][0]["method"] == "WatchRegistrations"
    assert "retryPolicy" not in watch


def over_channel(serve: Callable[[Any, Any], None], call: Callable[[Any], Any]) -> Any:  # noqa: ANN401
    """`call` on a stub, `serve` on the other side of a testing channel."""
    service = pb.DESCRIPTOR.services_by_name["RegistrationService"]
    channel = grpc_testing.channel([service], grpc_testing.strict_real_time())
    method = service.methods_by_name["GetRegistration"]
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(call, RegistrationServiceStub(channel))
        serve(channel, method)
        return answer.result(5)


def test_a_call_carries_its_request_and_brings_its_answer() -> None:
    """Over a channel of grpcio-testing."""

    def serve(channel: Any, method: Any) -> None:  # noqa: ANN401
        _, request, rpc = channel.take_unary_unary(method)
        assert request == GetRegistrationRequest(registration_id="reg_1")
        answer = pb.GetRegistrationResponse(registration=Registration(id="reg_1"))
        rpc.terminate(answer, (), grpc.StatusCode.OK, "")

    got = over_channel(
        serve, lambda stub: stub.GetRegistration(GetRegistrationRequest(registration_id="reg_1"))
    )
    assert got.registration.id == "reg_1"


def test_a_refused_call_is_read_from_its_trailers() -> None:
    """As they travel."""

    def serve(channel: Any, method: Any) -> None:  # noqa: ANN401
        _, _, rpc = channel.take_unary_unary(method)
        sent = status("STATE_CONFLICT").SerializeToString()
        trailers = (("grpc-status-details-bin", sent),)
        rpc.terminate(None, trailers, grpc.StatusCode.FAILED_PRECONDITION, "No.")

    def call(stub: Any) -> CallError:  # noqa: ANN401
        try:
            stub.GetRegistration(GetRegistrationRequest())
        except grpc.RpcError as error:
            return from_call(error)
        raise AssertionError("it was not refused")

    assert over_channel(serve, call).reason == "STATE_CONFLICT"
