"""One table from domain errors to gRPC status, and the details that travel with it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

import google.rpc.error_details_pb2 as details
import grpc
from google.protobuf.any_pb2 import Any as ProtoAny
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status

from registrar.domain import errors
from registrar.rpc.fields import write_duration
from registrar.v1.errors_pb2 import ErrorReason

DOMAIN = "registrar"
MAX_VIOLATIONS = 20
"""Trailers are cut at 16 KB, and a client then sees RESOURCE_EXHAUSTED instead of the error."""

_Code = grpc.StatusCode
_MAX_PATH, _MAX_TEXT, _MAX_MESSAGE = 100, 160, 300


@dataclass(frozen=True, slots=True)
class Rule:
    """What a class of errors becomes."""

    code: grpc.StatusCode
    reason: ErrorReason.ValueType


TABLE: dict[type[BaseException], Rule] = {
    errors.RegistrarError: Rule(_Code.INTERNAL, ErrorReason.ERROR_REASON_INTERNAL),
    errors.InvalidRequest: Rule(_Code.INVALID_ARGUMENT, ErrorReason.ERROR_REASON_FIELD_INVALID),
    errors.UnknownManufacturer: Rule(
        _Code.INVALID_ARGUMENT, ErrorReason.ERROR_REASON_MANUFACTURER_UNKNOWN
    ),
    errors.RequestIdReused: Rule(
        _Code.INVALID_ARGUMENT, ErrorReason.ERROR_REASON_REQUEST_ID_REUSED
    ),
    errors.PageTokenInvalid: Rule(
        _Code.INVALID_ARGUMENT, ErrorReason.ERROR_REASON_PAGE_TOKEN_INVALID
    ),
    errors.ResumeTokenInvalid: Rule(
        _Code.INVALID_ARGUMENT, ErrorReason.ERROR_REASON_RESUME_TOKEN_INVALID
    ),
    errors.DeadlineMissing: Rule(_Code.INVALID_ARGUMENT, ErrorReason.ERROR_REASON_DEADLINE_MISSING),
    errors.DuplicateRegistration: Rule(
        _Code.ALREADY_EXISTS, ErrorReason.ERROR_REASON_DUPLICATE_REGISTRATION
    ),
    errors.NotFound: Rule(_Code.NOT_FOUND, ErrorReason.ERROR_REASON_NOT_FOUND),
    errors.Erased: Rule(_Code.NOT_FOUND, ErrorReason.ERROR_REASON_NOT_FOUND),
    errors.StateConflict: Rule(_Code.FAILED_PRECONDITION, ErrorReason.ERROR_REASON_STATE_CONFLICT),
    errors.OutcomeUnverified: Rule(
        _Code.FAILED_PRECONDITION, ErrorReason.ERROR_REASON_OUTCOME_UNVERIFIED
    ),
    errors.EtagMismatch: Rule(_Code.ABORTED, ErrorReason.ERROR_REASON_ETAG_MISMATCH),
    errors.ApiKeyInvalid: Rule(_Code.UNAUTHENTICATED, ErrorReason.ERROR_REASON_API_KEY_INVALID),
    errors.ScopeMissing: Rule(_Code.PERMISSION_DENIED, ErrorReason.ERROR_REASON_SCOPE_MISSING),
    errors.ResumeTokenExpired: Rule(
        _Code.OUT_OF_RANGE, ErrorReason.ERROR_REASON_RESUME_TOKEN_EXPIRED
    ),
    errors.LimitReached: Rule(_Code.RESOURCE_EXHAUSTED, ErrorReason.ERROR_REASON_RATE_LIMITED),
    errors.RateLimited: Rule(_Code.RESOURCE_EXHAUSTED, ErrorReason.ERROR_REASON_RATE_LIMITED),
    errors.WatchLimit: Rule(_Code.RESOURCE_EXHAUSTED, ErrorReason.ERROR_REASON_WATCH_LIMIT),
    errors.Backlogged: Rule(_Code.RESOURCE_EXHAUSTED, ErrorReason.ERROR_REASON_BACKLOGGED),
    errors.PaperFailed: Rule(_Code.INTERNAL, ErrorReason.ERROR_REASON_INTERNAL),
    errors.Unavailable: Rule(_Code.UNAVAILABLE, ErrorReason.ERROR_REASON_OVERLOADED),
    errors.Overloaded: Rule(_Code.UNAVAILABLE, ErrorReason.ERROR_REASON_OVERLOADED),
    errors.Draining: Rule(_Code.UNAVAILABLE, ErrorReason.ERROR_REASON_DRAINING),
    errors.StoreUnavailable: Rule(_Code.UNAVAILABLE, ErrorReason.ERROR_REASON_STORE_UNAVAILABLE),
    errors.ArtifactsUnavailable: Rule(
        _Code.UNAVAILABLE, ErrorReason.ERROR_REASON_ARTIFACTS_UNAVAILABLE
    ),
    errors.GatesUnavailable: Rule(_Code.UNAVAILABLE, ErrorReason.ERROR_REASON_GATES_UNAVAILABLE),
    errors.ProbeUnanswered: Rule(_Code.UNAVAILABLE, ErrorReason.ERROR_REASON_PROBE_UNANSWERED),
    errors.ConfigurationError: Rule(_Code.INTERNAL, ErrorReason.ERROR_REASON_INTERNAL),
    TimeoutError: Rule(_Code.DEADLINE_EXCEEDED, ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED),
    # Only what the server inflicted on itself arrives here; see `interceptors`.
    asyncio.CancelledError: Rule(_Code.INTERNAL, ErrorReason.ERROR_REASON_INTERNAL),
}

_MESSAGES = {
    _Code.INTERNAL: "The gateway has a defect; the request id finds it in the log.",
    _Code.DEADLINE_EXCEEDED: "The time of the call ran out; the outcome is not known.",
}
"""Said instead of the error's own text, which may hold anything."""


def rule_of(error: BaseException) -> Rule:
    """The rule of the nearest class that has one; INTERNAL for what is not ours."""
    for kind in type(error).__mro__:
        if kind in TABLE:
            return TABLE[kind]
    return TABLE[errors.RegistrarError]


def reason_name(rule: Rule) -> str:
    """As it travels."""
    return ErrorReason.Name(rule.reason).removeprefix("ERROR_REASON_")


def to_status(error: BaseException, request_id: str = "") -> Status:
    """The whole answer. Nothing of an unexpected error's text is in it."""
    rule = rule_of(error)
    parts: list[Message] = [details.ErrorInfo(reason=reason_name(rule), domain=DOMAIN)]
    parts += _details(error, reason_name(rule))
    if request_id:
        parts.append(details.RequestInfo(request_id=request_id))
    number: int = rule.code.value[0]
    text = _MESSAGES.get(rule.code) or _cut(str(error), _MAX_MESSAGE)
    return Status(code=number, message=text, details=[_packed(part) for part in parts])


def trailers(status: Status) -> tuple[tuple[str, str | bytes], ...]:
    """Where gRPC clients look for details."""
    return (("grpc-status-details-bin", status.SerializeToString()),)


def _packed(message: Message) -> ProtoAny:
    made = ProtoAny()
    made.Pack(message)
    return made


def _cut(text: str, most: int) -> str:
    # In bytes: that is what trailers are counted in.
    return text.encode()[:most].decode(errors="ignore")


def _details(error: BaseException, reason: str) -> Sequence[Message]:
    match error:
        case errors.InvalidRequest(violations=violations) if violations:
            return [_bad_request(violations)]
        case errors.DuplicateRegistration(registration_id=existing):
            kind = "registrar.v1.Registration"
            return [details.ResourceInfo(resource_type=kind, resource_name=existing)]
        case errors.StateConflict():
            broken = details.PreconditionFailure.Violation(type=reason, description=str(error))
            return [details.PreconditionFailure(violations=[broken])]
        case errors.LimitReached(retry_after=delay, subject=whose):
            over = details.QuotaFailure.Violation(subject=whose, description=str(error))
            retry = details.RetryInfo(retry_delay=write_duration(delay))
            return [details.QuotaFailure(violations=[over]), retry]
        case errors.Unavailable(retry_after=delay):
            return [details.RetryInfo(retry_delay=write_duration(delay))]
        case _:
            return []


def _bad_request(violations: Sequence[errors.Violation]) -> details.BadRequest:
    return details.BadRequest(
        field_violations=[
            details.BadRequest.FieldViolation(
                field=_cut(one.field, _MAX_PATH),
                description=_cut(one.description, _MAX_TEXT),
                reason=re.sub(r"[^A-Z0-9]+", "_", one.rule.upper())[:63],
            )
            for one in violations[:MAX_VIOLATIONS]
        ]
    )
