"""What a call may end with, read from the details that the service sends along."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import google.rpc.error_details_pb2 as details
import grpc
from google.rpc.status_pb2 import Status

DETAILS = "grpc-status-details-bin"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One broken rule."""

    field: str
    description: str


@dataclass
class CallError(Exception):
    """`reason` is an ErrorReason without its prefix; empty where there was no answer."""

    code: grpc.StatusCode
    message: str
    reason: str = ""
    fields: tuple[FieldProblem, ...] = ()
    existing_id: str = ""
    """Of DUPLICATE_REGISTRATION."""
    retry_after: timedelta | None = None
    request_id: str = ""
    status: Status | None = field(default=None, repr=False)

    def __str__(self) -> str:
        """For people."""
        problems = "; ".join(f"{one.field}: {one.description}" for one in self.fields)
        known = self.reason or self.code.name
        return f"{known}: {self.message}" + (f" ({problems})" if problems else "")


class ResumeTokenExpired(CallError):
    """Too much time has passed: list, then watch from the list's `watch_token`."""


def from_status(status: Status) -> CallError:
    """Of a `google.rpc.Status`, as trailers and batch results carry it."""
    codes = {one.value[0]: one for one in grpc.StatusCode}
    made = CallError(codes.get(status.code, grpc.StatusCode.UNKNOWN), status.message, status=status)
    for packed in status.details:
        _read(made, packed)
    if made.reason == "RESUME_TOKEN_EXPIRED":
        given = {name: getattr(made, name) for name in made.__dataclass_fields__}
        return ResumeTokenExpired(**given)
    return made


def _read(made: CallError, packed: object) -> None:
    info, request = details.ErrorInfo(), details.RequestInfo()
    bad, retry, resource = details.BadRequest(), details.RetryInfo(), details.ResourceInfo()
    unpack = getattr(packed, "Unpack")  # noqa: B009 - Any has no type of its own in the stubs
    if unpack(info):
        made.reason = info.reason
    elif unpack(bad):
        found = [FieldProblem(one.field, one.description) for one in bad.field_violations]
        made.fields = tuple(found)
    elif unpack(retry):
        made.retry_after = retry.retry_delay.ToTimedelta()
    elif unpack(request):
        made.request_id = request.request_id
    elif unpack(resource):
        made.existing_id = resource.resource_name


def from_call(error: Any) -> CallError:  # noqa: ANN401 - grpc.aio's and grpc's share no type
    """Of what grpc raised."""
    code: grpc.StatusCode = error.code()
    for key, value in error.trailing_metadata() or ():
        if key == DETAILS and isinstance(value, bytes):
            return from_status(Status.FromString(value))
    if missed(error):
        return CallError(grpc.StatusCode.UNAVAILABLE, "The service ended the call early.")
    return CallError(code, error.details() or "")


def missed(error: Any) -> bool:  # noqa: ANN401 - see above
    """The words of gRPC itself: the service's answer was lost, or its process has ended."""
    internal: bool = error.code() is grpc.StatusCode.INTERNAL
    said: str = error.details() or ""
    return internal and (said == "Internal error from Core" or "RST_STREAM" in said)


def cut_off(error: Any) -> bool:  # noqa: ANN401 - see above
    """Nobody knows what the service would have said."""
    return error.code() is grpc.StatusCode.CANCELLED or missed(error)
