"""What operators meet: overrides of error rules over a real server."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.timestamp_pb2 import Timestamp
from tests.contract.test_calls import KEY, refused, violations

from registrar.domain.override import Change
from registrar.ports.store import Store
from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.testing.desk import Desk, OneCatalogue, authenticate
from registrar.testing.desk import connectors as operators
from registrar.v1 import connector_service_pb2 as pb
from registrar.v1.connector_service_pb2_grpc import ConnectorServiceStub

Stub = Any  # the generated classes have their asynchronous type only in their stub files
NUMBERS = [1, 2.5, "a", False, None]
RULE: dict[str, Any] = {
    "when": {
        "status": [418, 419],
        "path": "error.code",
        "values": NUMBERS,
        "also": [{"path": "errors", "empty": True}, {"path": "items[*].id", "values": ["x"]}],
    },
    "code": "invalid.field",
    "effect": "SUBMISSION_EFFECT_UNKNOWN",
    "retry_after": "30.500s",
    "guidance": "Look again.",
    "reference": "id",
    "field": "field",
    "canonical": "product.serial_number",
}
ASKED: dict[str, Any] = {
    "manufacturer_id": "acme",
    "tier": "FULFILLMENT_TIER_API",
    "order": -3,
    "rule": RULE,
    "reason": " they answer 418 ",
}


def instant(delay: timedelta) -> Timestamp:
    """From now, to the microsecond."""
    made = Timestamp()
    made.FromDatetime(datetime.now(UTC) + delay)
    return made


def asked(
    ahead: timedelta | None = timedelta(hours=1),
    **changes: Any,  # noqa: ANN401 - JSON of its fields
) -> pb.CreateErrorOverrideRequest:
    """A request; without an end where `ahead` is None."""
    made = ParseDict(ASKED | changes, pb.CreateErrorOverrideRequest())
    if ahead is not None:
        made.expire_time.CopyFrom(instant(ahead))
    return made


@pytest.fixture
def store() -> Store:
    """Of the server."""
    return Desk().store


@pytest.fixture
async def stub(store: Store) -> AsyncIterator[Stub]:
    """To a server of its own."""
    desk, known = Desk(), OneCatalogue()
    made = operators(store, known)
    server = GrpcServer(Uses(desk, known, authenticate, desk.ping, made), ServerSettings())
    async with grpc.aio.insecure_channel(f"127.0.0.1:{await server.start()}") as channel:
        yield ConnectorServiceStub(channel)
    await server.drain()


async def created(stub: Stub, request: pb.CreateErrorOverrideRequest) -> pb.ErrorOverride:
    """As the service answers."""
    answer = await stub.CreateErrorOverride(request, metadata=KEY)
    made: pb.ErrorOverride = answer.error_override
    return made


async def listed(stub: Stub, **filters: Any) -> list[pb.ErrorOverride]:  # noqa: ANN401 - its fields
    """All pages."""
    request, found = pb.ListErrorOverridesRequest(**filters), list[pb.ErrorOverride]()
    while True:
        page = await stub.ListErrorOverrides(request, metadata=KEY)
        found += page.error_overrides
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token


async def test_an_override_comes_back_as_it_was_made(stub: Stub, store: Store) -> None:
    """Each value with its type; with who and when, and kept in the shape of a manifest."""
    request = asked()
    made = await created(stub, request)
    assert (made.rule, made.order, made.manufacturer_id) == (request.rule, -3, "acme")
    assert (made.reason, made.created_by) == ("they answer 418", "key:a")
    assert made.expire_time == request.expire_time
    assert abs(made.create_time.ToDatetime(UTC) - datetime.now(UTC)) < timedelta(minutes=1)
    assert await listed(stub) == await listed(stub, manufacturer_id="acme") == [made]
    assert await listed(stub, manufacturer_id="samsung") == []
    (kept,) = await store.overrides.all()
    assert kept.rule["when"]["in"] == NUMBERS
    assert [type(one) for one in kept.rule["when"]["in"]] == [type(one) for one in NUMBERS]
    assert kept.rule["retry_after"] == 30.5


async def test_the_smallest_rule_is_enough(stub: Stub, store: Store) -> None:
    """What is not given is not there."""
    small = {"when": {"status": [418]}, "code": "unmapped", "effect": "SUBMISSION_EFFECT_UNKNOWN"}
    made = await created(stub, asked(rule=small))
    assert made.rule == ParseDict(small, pb.ErrorRule())
    (kept,) = await store.overrides.all()
    assert kept.rule == {"when": {"status": [418]}, "code": "unmapped", "effect": "unknown"}


async def test_a_repeated_call_makes_one_override(stub: Stub) -> None:
    """By its request_id, which is its tenant's own; another body is refused."""
    request = asked(request_id="r1")
    made = await created(stub, request)
    assert await created(stub, request) == made
    other = await stub.CreateErrorOverride(request, metadata=(("authorization", "Bearer key-b"),))
    assert other.error_override.id != made.id
    request.reason = "another"
    code, info, _ = await refused(stub.CreateErrorOverride(request, metadata=KEY))
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED")
    assert len(await listed(stub)) == 2


async def test_a_call_may_only_check(stub: Stub, store: Store) -> None:
    """Nothing is made, and nothing goes."""
    shown = await created(stub, asked(validate_only=True))
    assert (shown.id, shown.reason, await listed(stub)) == ("", "they answer 418", [])
    made = await created(stub, asked())
    request = pb.DeleteErrorOverrideRequest(id=made.id, reason="mended", validate_only=True)
    assert (await stub.DeleteErrorOverride(request, metadata=KEY)).error_override == made
    assert await listed(stub) == [made]
    assert len(await store.overrides.changes(made.id)) == 1


async def test_an_override_is_ended_and_told_of(stub: Stub, store: Store) -> None:
    """Once; the audit keeps both."""
    made = await created(stub, asked())
    for reason in ("", "r" * 257):
        late = stub.DeleteErrorOverride(
            pb.DeleteErrorOverrideRequest(id=made.id, reason=reason), metadata=KEY
        )
        code, _, status = await refused(late)
        wanted = (grpc.StatusCode.INVALID_ARGUMENT, [("reason", "LENGTH")])
        assert (code, violations(status)) == wanted
    request = pb.DeleteErrorOverrideRequest(id=made.id, reason="mended")
    assert (await stub.DeleteErrorOverride(request, metadata=KEY)).error_override == made
    assert await listed(stub, show_expired=True) == []
    for checking in (False, True):
        request.validate_only = checking
        code, _, _ = await refused(stub.DeleteErrorOverride(request, metadata=KEY))
        assert code is grpc.StatusCode.NOT_FOUND
    changes = await store.overrides.changes(made.id)
    assert [(one.change, one.by, one.reason) for one in changes] == [
        (Change.CREATED, "key:a", "they answer 418"),
        (Change.DELETED, "key:a", "mended"),
    ]
    assert changes[0].after == changes[1].before
    assert changes[0].after is not None
    assert changes[0].after["acknowledged"] is False


async def test_overrides_come_in_order_and_in_pages(stub: Stub) -> None:
    """Expired ones only where they are asked for."""
    soon = asked(timedelta(seconds=2), order=1)
    made = [await created(stub, one) for one in (asked(order=5), soon, asked(order=-1000))]
    third, first, second = made[0], made[2], made[1]
    assert await listed(stub, page_size=1) == [first, second, third]
    ends = made[1].expire_time.ToDatetime(UTC)
    while datetime.now(UTC) <= ends:
        assert await listed(stub, show_expired=True) == [first, second, third]
    assert await listed(stub) == [first, third]


@pytest.mark.parametrize(
    ("ahead", "changes", "field", "rule"),
    [
        (None, {}, "expire_time", "REQUIRED"),
        (timedelta(seconds=-1), {}, "expire_time", "FUTURE"),
        (timedelta(days=91), {}, "expire_time", "TOO_LATE"),
        (None, {"expire_time": "0001-01-01T00:00:00Z"}, "expire_time", "FUTURE"),
        (timedelta(1), {"reason": ""}, "reason", "LENGTH"),
        (timedelta(1), {"tier": 0}, "tier", "REQUIRED"),
        (timedelta(1), {"tier": "FULFILLMENT_TIER_WEB_AUTOMATION"}, "tier", "UNSUPPORTED"),
        (timedelta(1), {"manufacturer_id": ""}, "manufacturer_id", "REQUIRED"),
        (timedelta(1), {"order": 1001}, "order", "RANGE"),
        (timedelta(1), {"request_id": "r" * 65}, "request_id", "LENGTH"),
        (timedelta(1), {"rule": RULE | {"code": "ok.registered"}}, "rule.code", "NEVER_SUCCESS"),
        (timedelta(1), {"rule": RULE | {"effect": 0}}, "rule.effect", "REQUIRED"),
        (timedelta(1), {"rule": RULE | {"effect": 99}}, "rule.effect", "UNKNOWN_VALUE"),
        (
            timedelta(1),
            {"rule": RULE | {"effect": "SUBMISSION_EFFECT_NOT_SENT"}},
            "rule.effect",
            "ENUM",
        ),
        (
            timedelta(1),
            {"rule": RULE | {"effect": "SUBMISSION_EFFECT_REFUSED"}},
            "acknowledge_duplicate_risk",
            "REQUIRED",
        ),
        (
            timedelta(1),
            {"rule": RULE | {"when": {"path": "a", "values": [{"a": 1}]}}},
            "rule.when.values[0]",
            "TYPE",
        ),
        (timedelta(1), {"rule": RULE | {"when": {}}}, "rule.when", "ANY_OF"),
        (
            timedelta(1),
            {"rule": RULE | {"retry_after": "0s"}},
            "rule.retry_after",
            "EXCLUSIVE_MINIMUM",
        ),
        (timedelta(1), {"rule": RULE | {"retry_after": "-1s"}}, "rule.retry_after", "DURATION"),
    ],
)
async def test_an_override_that_cannot_be_is_refused(
    stub: Stub, ahead: timedelta | None, changes: dict[str, Any], field: str, rule: str
) -> None:
    """With the field and the rule; and nothing is made."""
    call = stub.CreateErrorOverride(asked(ahead, **changes), metadata=KEY)
    code, _, status = await refused(call)
    assert (code, violations(status)) == (grpc.StatusCode.INVALID_ARGUMENT, [(field, rule)])
    assert await listed(stub, show_expired=True) == []


async def test_a_value_that_is_not_given_is_null(stub: Stub, store: Store) -> None:
    """As JSON has it."""
    request = asked()
    del request.rule.when.values[:]
    request.rule.when.values.add()
    await created(stub, request)
    (kept,) = await store.overrides.all()
    assert kept.rule["when"]["in"] == [None]


async def test_a_refusal_is_taken_with_its_risk_and_audited(stub: Stub, store: Store) -> None:
    """The flag is in the audit's line."""
    refusing = RULE | {"effect": "SUBMISSION_EFFECT_REFUSED"}
    made = await created(stub, asked(rule=refusing, acknowledge_duplicate_risk=True))
    assert made.acknowledge_duplicate_risk
    (change,) = await store.overrides.changes(made.id)
    assert change.after is not None
    assert change.after["acknowledged"] is True


async def test_only_connectors_that_are_known_have_overrides(stub: Stub) -> None:
    """An override of nobody would look as if it held."""
    call = stub.CreateErrorOverride(asked(manufacturer_id="nobody"), metadata=KEY)
    assert (await refused(call))[0] is grpc.StatusCode.NOT_FOUND
