"""All conversion between the contract and the domain, both directions from `mapping`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from registrar.app.commands import (
    Closing,
    Heartbeat,
    Selection,
    Submit,
    Submitted,
    View,
    WatchMessage,
    WatchStart,
)
from registrar.domain.artifact import Artifact
from registrar.domain.errors import InvalidRequest, Violation
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.paper import Proof
from registrar.domain.registration import Attempt, Event
from registrar.rpc import mapping
from registrar.rpc.artifact_messages import ARTIFACT
from registrar.rpc.fields import DATE, Found, read_duration, read_time, write_duration, write_time
from registrar.v1 import connector_service_pb2 as connectors
from registrar.v1 import registration_pb2 as pb
from registrar.v1 import registration_service_pb2 as service

MAX_WATCHED = 100


def write_event(event: Event) -> pb.RegistrationEvent:
    """The payload's name in the oneof is the event's kind."""
    payload, fields = mapping.PAYLOADS[event.kind]
    given = {
        name: read(event.detail[key]) for name, (key, read) in fields.items() if key in event.detail
    }
    made = pb.RegistrationEvent(
        registration_id=event.registration_id,
        sequence=event.sequence,
        event_time=write_time(event.at),
        actor=event.actor,
        state=mapping.STATE.write(event.state),  # type: ignore[arg-type]  # the wrapper's own int type
    )
    getattr(made, event.kind.value).CopyFrom(payload(**given))
    return made


class EventMessages:
    """The message of each event, made once for however many watchers are told of it."""

    def __init__(self, most: int = 1_000) -> None:
        self._most = most
        self._made: dict[int, tuple[Event, pb.RegistrationEvent]] = {}

    def of(self, event: Event) -> pb.RegistrationEvent:
        """By identity: the log hands the same object to all. Kept, lest its id is used again."""
        if id(event) not in self._made:
            if len(self._made) >= self._most:
                self._made.clear()
            self._made[id(event)] = event, write_event(event)
        return self._made[id(event)][1]


def write_attempt(attempt: Attempt, files: Iterable[Artifact] = ()) -> pb.Attempt:
    """One attempt, with those of its registration's files that it has made."""
    mine = [ARTIFACT.write(one) for one in files if one.attempt == attempt.number]
    return mapping.ATTEMPT.write(attempt, artifacts=mine)


def write_manufacturer(manufacturer: Manufacturer) -> connectors.Manufacturer:
    """What callers may see of a manufacturer."""
    return mapping.MANUFACTURER.write(manufacturer)


def write_view(view: View) -> pb.Registration:
    """One message of what stands in the open and what was sealed."""
    return pb.Registration(**_view(view))


def _view(view: View) -> dict[str, Any]:
    made = mapping.STANDING.values(view.registration)
    if view.registration.erased_at is None:
        made |= mapping.SHOWN.values(view.submission)
    if view.guide is not None:
        made["action_required"] |= {"guide": mapping.GUIDE.values(view.guide)}
    return made


def write_proof(view: View, manufacturer: Manufacturer, proof: Proof) -> pb.ProofPack:
    """What was registered, and how that is known."""
    return pb.ProofPack(
        registration=write_view(view),
        manufacturer_name=manufacturer.name,
        fictitious=manufacturer.fictitious,
        registered_on=DATE.write(proof.registered_on or proof.known_at.date()),
        known_time=write_time(proof.known_at),
        basis=proof.basis.value,
        evidence=proof.evidence,
    )


def write_submitted(submitted: Submitted) -> service.SubmitRegistrationResponse:
    """The answer to a submission."""
    return service.SubmitRegistrationResponse(
        registration=_view(submitted.view),  # type: ignore[arg-type]  # one message less to copy
        created=submitted.created,
        resume_token=submitted.resume_token,
        plan=[mapping.PLANNED.write(one) for one in submitted.plan],
    )


def write_heartbeat(at: datetime) -> pb.WatchHeartbeat:
    """Nothing happened."""
    return pb.WatchHeartbeat(server_time=write_time(at))


def write_closing(closing: Closing) -> pb.WatchClosing:
    """The last message."""
    reason: Any = mapping.CLOSING.write(mapping.ClosingReason(closing.reason))
    return pb.WatchClosing(reason=reason, reconnect_delay=write_duration(closing.reconnect_delay))


def write_watched(
    message: WatchMessage, events: EventMessages
) -> service.WatchRegistrationsResponse:
    """One message of a watch."""
    body: dict[str, Any]
    match message.body:
        case View() as view:
            body = {"snapshot": write_view(view)}
        case Event() as event:
            body = {"event": events.of(event)}
        case Heartbeat(at):
            body = {"heartbeat": write_heartbeat(at)}
        case closing:
            body = {"closing": write_closing(closing)}
    return service.WatchRegistrationsResponse(resume_token=message.resume_token, **body)


def read_submit(request: service.SubmitRegistrationRequest, traceparent: str = "") -> Submit:
    """Violations travel on, so that validation can add its own and report all at once."""
    found = Found()

    def time_of(name: str) -> datetime | None:
        value = getattr(request, name) if request.HasField(name) else None  # type: ignore[arg-type]
        return read_time(value, name, found)

    return Submit(
        request_id=request.request_id,
        manufacturer_id=request.manufacturer_id,
        brand=request.brand,
        submission=mapping.SUBMISSION.read(request, "", found),
        allowed_tiers=mapping.TIERS.read(request.allowed_tiers, "allowed_tiers", found),
        priority=mapping.PRIORITY.given(request.priority, "priority", found),
        not_before=time_of("not_before"),
        complete_by=time_of("complete_by"),
        duplicates=mapping.DUPLICATES.given(
            request.duplicate_policy, "duplicate_policy", found
        ).value,
        validate_only=request.validate_only,
        traceparent=traceparent,
        violations=tuple(found),
    )


def check(found: Found) -> None:
    """Raises where reading met violations."""
    if found:
        raise InvalidRequest(tuple(found))


def read_selection(message: pb.RegistrationFilter) -> Selection:
    """The filter; raises InvalidRequest."""
    found = Found()
    made = mapping.SELECTION.read(message, "filter.", found)
    check(found)
    return made


def read_watch(request: service.WatchRegistrationsRequest) -> WatchStart:
    """Ids or a filter; raises InvalidRequest."""
    found = Found()
    target: tuple[str, ...] | Selection = tuple(dict.fromkeys(request.registration_ids.ids))
    if request.HasField("filter"):
        target = mapping.SELECTION.read(request.filter, "filter.", found)
    elif not request.HasField("registration_ids"):
        found.add("registration_ids", "required", "Ids or a filter are needed.")
    elif not 1 <= len(request.registration_ids.ids) <= MAX_WATCHED:
        found.add("registration_ids.ids", "length", f"Between 1 and {MAX_WATCHED} ids are needed.")
    beat = read_optional_duration(request, "heartbeat_interval", found)
    check(found)
    return WatchStart(target, request.resume_token, request.send_initial_state, beat)


def read_optional_duration(
    message: Any,  # noqa: ANN401 - any message with such a field
    name: str,
    found: Found,
) -> timedelta | None:
    """None where unset."""
    value: Duration | None = getattr(message, name) if message.HasField(name) else None
    return read_duration(value, name, found)


def masked(message: pb.Registration, mask: FieldMask) -> pb.Registration:
    """Only the fields of the mask; all without one."""
    if not mask.paths:
        return message
    made = pb.Registration()
    mask.MergeMessage(message, made)
    return made


def check_mask(mask: FieldMask) -> None:
    """Before anything is read, so that the error does not depend on there being rows."""
    if not mask.IsValidForDescriptor(pb.Registration.DESCRIPTOR):
        problem = "Names a field that a Registration does not have."
        raise InvalidRequest((Violation("read_mask", "unknown_field", problem),))
