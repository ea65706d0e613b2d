"""The mapping between the contract and dead letters and bulk operations, both directions."""

from __future__ import annotations

from uuid import UUID

from registrar.app.bulk import Glance
from registrar.domain.bulk import (
    BulkFilter,
    BulkKind,
    BulkOperation,
    BulkState,
    BulkWish,
    Skip,
)
from registrar.domain.dead_letter import Cause
from registrar.ports.dead_letters import DeadLetterGroup
from registrar.rpc.assist import check_request_id
from registrar.rpc.convert import check
from registrar.rpc.fields import STRINGS, TIME, EnumMap, Field, Found, Mapping, write_time
from registrar.rpc.mapping import STATE, TIER, TIERS
from registrar.v1 import registration_admin_service_pb2 as pb

KIND = EnumMap(pb.BulkOperationKind, BulkKind)
STANDING = EnumMap(pb.BulkOperationState, BulkState)
SKIP = EnumMap(pb.BulkSkipReason, Skip)
FILTER = Mapping(
    pb.BulkFilter,
    BulkFilter,
    Field("registration_ids", STRINGS),
    Field("manufacturer_ids", STRINGS),
    Field("tiers", TIERS),
    Field("states", STATE.many()),
    Field("failure_codes", STRINGS),
    Field("fingerprints", STRINGS),
    Field("create_time_after", TIME, "created_after"),
    Field("create_time_before", TIME, "created_before"),
    Field("fail_time_after", TIME, "failed_after"),
    Field("fail_time_before", TIME, "failed_before"),
)
CAUSE = Mapping(
    pb.DeadLetterGroup,
    Cause,
    "manufacturer_id",
    Field("tier", TIER.codec()),
    Field("failure_code", attribute="code"),
    "manufacturer_code",
    "field",
)
OPERATION = Mapping(
    pb.BulkOperation,
    BulkOperation,
    "id",
    "request_id",
    Field("state", STANDING.codec()),
    Field("matched_count", attribute="matched"),
    Field("done_count", attribute="done"),
    Field("failed_count", attribute="failed"),
    "actor",
    Field("create_time", TIME, "requested_at"),
    Field("end_time", TIME, "ended_at"),
)


def write_group(group: DeadLetterGroup) -> pb.DeadLetterGroup:
    """With the parts of its cause."""
    return CAUSE.write(
        group.cause,
        fingerprint=group.cause.fingerprint,
        count=group.count,
        count_is_capped=group.is_capped,
        oldest_time=write_time(group.oldest),
        newest_time=write_time(group.newest),
        example_registration_ids=group.examples,
        message=group.message,
    )


def read_wish(request: pb.CreateBulkOperationRequest) -> BulkWish:
    """Raises InvalidRequest for what cannot be read."""
    found = Found()
    kind = KIND.read(request.kind, "kind", found)
    if not request.kind:
        found.add("kind", "required", "What is to be done is needed.")
    where = FILTER.read(request.filter, "filter.", found)
    check(found)
    return BulkWish(
        kind or BulkKind.RETRY,
        where,
        request.reason,
        request.items_per_second,
        request.acknowledge_duplicate_risk,
    )


def read_request_id(request_id: str) -> str:
    """In the one way to write it. Raises InvalidRequest."""
    check_request_id(request_id)
    return str(UUID(request_id))


def write_operation(made: BulkOperation) -> pb.BulkOperation:
    """With all that was wished."""
    wish = made.wish
    return OPERATION.write(
        made,
        kind=KIND.write(wish.kind),
        filter=FILTER.write(wish.where),
        reason=wish.reason,
        items_per_second=wish.rate,
        acknowledge_duplicate_risk=wish.acknowledge_duplicate_risk,
        skipped_counts=[
            {"reason": SKIP.write(one), "count": count} for one, count in made.skipped.items()
        ],
        remaining_count=made.remaining,
    )


def write_glance(glance: Glance) -> pb.CreateBulkOperationResponse:
    """Of a dry run."""
    return pb.CreateBulkOperationResponse(
        matched_count=glance.count,
        count_is_capped=glance.is_capped,
        sample_registration_ids=glance.sample,
    )
