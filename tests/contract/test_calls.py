"""What callers meet: a real server, and a channel without any option of ours."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import google.rpc.error_details_pb2 as details
import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.rpc.status_pb2 import Status
from google.type.date_pb2 import Date
from structlog.testing import capture_logs

from registrar.client import Client
from registrar.domain import errors, lifecycle
from registrar.domain.lifecycle import Moment
from registrar.rpc.server import GrpcServer
from registrar.testing.desk import Desk
from registrar.v1 import connector_service_pb2 as connectors
from registrar.v1 import enums_pb2 as enums
from registrar.v1 import registration_pb2 as pb
from registrar.v1 import registration_service_pb2 as service
from registrar.v1.connector_service_pb2_grpc import ConnectorServiceStub
from registrar.v1.registration_service_pb2_grpc import RegistrationServiceStub

Stub = Any  # the generated classes have their asynchronous type only in their stub files
Value = Any  # whatever a field takes
KEY = (("authorization", "Bearer key-a"),)
OTHER_KEY = (("authorization", "Bearer key-b"),)


def request(**more: Value) -> service.SubmitRegistrationRequest:
    """A submission that nothing is wrong with."""
    given: dict[str, Any] = {
        "request_id": str(uuid.uuid4()),
        "manufacturer_id": "acme",
        "brand": "Acme",
        "customer": pb.Customer(given_name="Łucja", family_name="Nowak", email="l@example.org"),
        "product": pb.Product(serial_number=f"AC{uuid.uuid4().int % 10**10:010}"),
        "purchase": pb.Purchase(date=Date(year=2026, month=11, day=1), country="PL"),
    }
    return service.SubmitRegistrationRequest(**(given | more))


async def refused(call: Awaitable[Any]) -> tuple[grpc.StatusCode, details.ErrorInfo, Status]:
    """Code, ErrorInfo and the whole status of a call that must fail."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    trailing: Any = caught.value.trailing_metadata()
    status = Status.FromString(trailing["grpc-status-details-bin"])
    info = details.ErrorInfo()
    assert status.details[0].Unpack(info)
    return caught.value.code(), info, status


def violations(status: Status) -> list[tuple[str, str]]:
    """Paths and reasons."""
    bad = details.BadRequest()
    assert status.details[1].Unpack(bad)
    return [(one.field, one.reason) for one in bad.field_violations]


@pytest.fixture
def stub(channel: grpc.aio.Channel) -> Stub:
    """The service."""
    return RegistrationServiceStub(channel)


async def submitted(stub: Stub, **more: Value) -> str:
    """The id of a fresh registration."""
    answer = await stub.SubmitRegistration(request(**more), metadata=KEY)
    return answer.registration.id


async def test_what_is_submitted_comes_back(stub: Stub) -> None:
    """Every field of the submission, in any script."""
    sent = request(
        labels={"channel": "app"}, priority=enums.PRIORITY_INTERACTIVE, external_reference="A-1"
    )
    answer = await stub.SubmitRegistration(sent, metadata=KEY)
    got = (
        await stub.GetRegistration(
            service.GetRegistrationRequest(registration_id=answer.registration.id), metadata=KEY
        )
    ).registration
    assert (answer.created, answer.resume_token) == (True, "token")
    assert got == answer.registration
    assert (got.customer.given_name, got.product) == ("Łucja", sent.product)
    assert (got.priority, got.state) == (
        enums.PRIORITY_INTERACTIVE,
        enums.REGISTRATION_STATE_PENDING,
    )
    assert (dict(got.labels), got.revision) == ({"channel": "app"}, 1)


async def test_the_same_request_again_is_the_same_registration(stub: Stub) -> None:
    """And another body under its id is refused."""
    sent = request()
    first = await stub.SubmitRegistration(sent, metadata=KEY)
    again = await stub.SubmitRegistration(sent, metadata=KEY)
    assert (again.registration.id, again.created) == (first.registration.id, False)
    sent.brand = "Nova"
    code, info, _ = await refused(stub.SubmitRegistration(sent, metadata=KEY))
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED")


async def test_validate_only_returns_the_plan(stub: Stub) -> None:
    """And stores nothing."""
    answer = await stub.SubmitRegistration(request(validate_only=True), metadata=KEY)
    assert [(one.tier, one.reason) for one in answer.plan] == [
        # The desk's catalogue has no connector.
        (enums.FULFILLMENT_TIER_API, "not_configured"),
        (enums.FULFILLMENT_TIER_WEB_AUTOMATION, "not_in_manifest"),
        (enums.FULFILLMENT_TIER_MANUAL_ASSIST, "not_in_manifest"),
    ]
    assert answer.plan[0].status == enums.PLANNED_TIER_STATUS_WILL_WAIT
    assert answer.plan[1].explanation == "The manufacturer has no such route."
    listed = await stub.ListRegistrations(service.ListRegistrationsRequest(), metadata=KEY)
    assert len(listed.registrations) == 0


async def test_a_batch_answers_item_by_item(stub: Stub) -> None:
    """One refusal does not spoil the others, and carries the same details as alone."""
    bad = request(priority=99)
    batch = service.BatchSubmitRegistrationsRequest(requests=[request(), bad, request()])
    answer = await stub.BatchSubmitRegistrations(batch, metadata=KEY)
    kinds = [one.WhichOneof("result") for one in answer.results]
    assert kinds == ["response", "error", "response"]
    assert answer.results[1].request_id == bad.request_id
    assert violations(answer.results[1].error) == [("priority", "UNKNOWN_VALUE")]


@pytest.mark.parametrize("count", [0, 501])
async def test_a_batch_has_its_bounds(stub: Stub, count: int) -> None:
    """1 to 500."""
    batch = service.BatchSubmitRegistrationsRequest(requests=[request()] * count)
    _, _, status = await refused(stub.BatchSubmitRegistrations(batch, metadata=KEY))
    assert violations(status) == [("requests", "LENGTH")]


@pytest.mark.parametrize(
    "metadata", [(), (("authorization", "Bearer no"),), (("authorization", "Basic key-a"),)]
)
async def test_no_call_without_a_key(stub: Stub, metadata: Value) -> None:
    """UNAUTHENTICATED, for unary and streaming calls."""
    code, info, _ = await refused(stub.SubmitRegistration(request(), metadata=metadata))
    assert (code, info.reason) == (grpc.StatusCode.UNAUTHENTICATED, "API_KEY_INVALID")
    watch = service.WatchRegistrationsRequest(filter=pb.RegistrationFilter())
    code, _, _ = await refused(stub.WatchRegistrations(watch, metadata=metadata).read())
    assert code is grpc.StatusCode.UNAUTHENTICATED


async def test_a_method_that_does_not_exist_is_unimplemented(channel: grpc.aio.Channel) -> None:
    """Of a newer contract, say: with a key or without, and as often as it is asked."""
    method: Any = channel.unary_unary("/registrar.v1.RegistrationService/PraiseRegistration")
    codes = []
    for metadata in (KEY, (), KEY):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await method(b"", metadata=metadata)
        codes.append(caught.value.code())
    assert codes == [grpc.StatusCode.UNIMPLEMENTED] * 3


async def test_another_tenants_registration_does_not_exist(stub: Stub) -> None:
    """NOT_FOUND, not PERMISSION_DENIED."""
    wanted = service.GetRegistrationRequest(registration_id=await submitted(stub))
    code, info, _ = await refused(stub.GetRegistration(wanted, metadata=OTHER_KEY))
    assert (code, info.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")


async def test_unreadable_values_are_all_named_at_once(stub: Stub) -> None:
    """With their paths."""
    sent = request(
        allowed_tiers=[99, enums.FULFILLMENT_TIER_API, 0],
        usage=99,
        duplicate_policy=99,
        customer=pb.Customer(type=99),  # type: ignore[arg-type]  # no value of the enum
    )
    sent.purchase.date.month = 13
    sent.purchase.channel = 99  # type: ignore[assignment]  # no value of the enum
    sent.purchase.price.value = "12,50"
    sent.not_before.seconds = 10**14
    _, _, status = await refused(stub.SubmitRegistration(sent, metadata=KEY))
    assert sorted(violations(status)) == [
        ("allowed_tiers", "UNSPECIFIED"),
        ("allowed_tiers[0]", "UNKNOWN_VALUE"),
        ("customer.type", "UNKNOWN_VALUE"),
        ("duplicate_policy", "UNKNOWN_VALUE"),
        ("not_before", "TIMESTAMP"),
        ("purchase.channel", "UNKNOWN_VALUE"),
        ("purchase.date", "DATE"),
        ("purchase.price", "DECIMAL"),
        ("usage", "UNKNOWN_VALUE"),
    ]


async def test_200_violations_arrive_as_20(stub: Stub, desk: Desk) -> None:
    """Uncapped, the client would see RESOURCE_EXHAUSTED."""
    many = tuple(errors.Violation(f"product.identifiers[{n}]", "x", "y" * 500) for n in range(200))
    desk.error = errors.InvalidRequest(many)
    code, _, status = await refused(stub.SubmitRegistration(request(), metadata=KEY))
    assert (code, len(violations(status))) == (grpc.StatusCode.INVALID_ARGUMENT, 20)


async def test_10_mb_are_refused(stub: Stub) -> None:
    """And the connection still serves."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.SubmitRegistration(request(locale="x" * 10_000_000), metadata=KEY)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    await submitted(stub)


async def test_a_call_without_a_deadline_ends_all_the_same(stub: Stub, desk: Desk) -> None:
    """By the default of the server."""
    desk.delay = 30
    code, info, _ = await refused(stub.SubmitRegistration(request(), metadata=KEY))
    assert (code, info.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED")


async def test_a_longer_deadline_of_the_caller_holds(stub: Stub, desk: Desk) -> None:
    """The default is only for calls without one."""
    desk.delay = 2.3
    await stub.SubmitRegistration(request(), metadata=KEY, timeout=10)


async def test_the_database_away_is_said_at_once(stub: Stub, desk: Desk) -> None:
    """UNAVAILABLE with RetryInfo, no false OK."""
    desk.error = errors.StoreUnavailable()
    code, info, status = await refused(stub.SubmitRegistration(request(), metadata=KEY))
    assert (code, info.reason) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")
    assert status.details[1].TypeName() == "google.rpc.RetryInfo"


@pytest.mark.parametrize("error", [RuntimeError("secret"), asyncio.CancelledError("secret")])
async def test_a_defect_tells_the_client_nothing_but_the_request_id(
    stub: Stub, desk: Desk, error: BaseException
) -> None:
    """A CancelledError of our own making would otherwise leave the client without an answer."""
    desk.error = error
    with capture_logs() as lines:
        call = stub.SubmitRegistration(
            request(), metadata=(*KEY, ("x-request-id", "mine-1")), timeout=5
        )
        code, info, status = await refused(call)
    assert (code, info.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert b"secret" not in status.SerializeToString()
    assert b"mine-1" in status.SerializeToString()
    assert "secret" not in str(lines)


async def test_every_call_leaves_one_line_without_personal_data(stub: Stub) -> None:
    """Method, code, tenant and time."""
    with capture_logs() as lines:
        await submitted(stub)
    (line,) = [one for one in lines if one["event"] == "rpc"]
    assert (line["method"], line["code"], line["tenant"]) == (
        "SubmitRegistration",
        "OK",
        "tenant-a",
    )
    assert "Nowak" not in str(line)


async def test_a_defect_is_logged_with_its_place(stub: Stub, desk: Desk) -> None:
    """So that the request id leads somewhere."""
    desk.error = RuntimeError("secret")
    with capture_logs() as lines:
        await refused(stub.SubmitRegistration(request(), metadata=KEY))
    (line,) = [one for one in lines if one["event"] == "rpc"]
    assert (line["log_level"], line["error"]) == ("error", "RuntimeError")
    assert any(place.startswith("_trouble:") for place in line["where"])


async def test_4000_calls_at_once_are_all_served(
    server: tuple[GrpcServer, int], desk: Desk
) -> None:
    """Over four connections. None is cancelled, and no more than the lane allows run at a time."""
    desk.delay = 0.001
    own, address = (("grpc.use_local_subchannel_pool", 1),), f"127.0.0.1:{server[1]}"
    channels = [grpc.aio.insecure_channel(address, options=own) for _ in range(4)]
    stubs: list[Stub] = [RegistrationServiceStub(channel) for channel in channels]
    calls = [
        stub.SubmitRegistration(request(), metadata=KEY, timeout=50)
        for stub in stubs
        for _ in range(1000)
    ]
    answers = await asyncio.gather(*calls)
    assert sum(answer.created for answer in answers) == 4000
    assert desk.busiest <= 64
    for channel in channels:
        await channel.close()


async def test_more_calls_than_a_connection_has_wait_in_the_client(
    server: tuple[GrpcServer, int],
) -> None:
    """What a new connection refuses, before it has said how many it takes, is asked again."""
    async with Client(f"127.0.0.1:{server[1]}", "key-a") as client:
        calls = (client.submit(request()) for _ in range(1500))
        answers = await asyncio.gather(*calls)
    assert sum(answer.created for answer in answers) == 1500


async def test_a_list_is_paged_masked_and_ordered(stub: Stub) -> None:
    """Newest first by default."""
    ids = [await submitted(stub) for _ in range(3)]
    mask = FieldMask(paths=["id", "product.serial_number"])
    first = service.ListRegistrationsRequest(page_size=2, read_mask=mask)
    page = await stub.ListRegistrations(first, metadata=KEY)
    assert [one.id for one in page.registrations] == [ids[2], ids[1]]
    assert page.registrations[0].product.serial_number.startswith("AC")
    assert not page.registrations[0].HasField("customer")
    assert page.watch_token == "watch-token"  # noqa: S105 - the desk's
    first.page_token = page.next_page_token
    rest = await stub.ListRegistrations(first, metadata=KEY)
    assert ([one.id for one in rest.registrations], rest.next_page_token) == ([ids[0]], "")
    oldest = service.ListRegistrationsRequest(order_by="create_time asc")
    listed = await stub.ListRegistrations(oldest, metadata=KEY)
    assert [one.id for one in listed.registrations] == ids


BAD_LISTS: list[tuple[service.ListRegistrationsRequest, str]] = [
    (service.ListRegistrationsRequest(order_by="state"), "order_by"),
    (service.ListRegistrationsRequest(page_size=-1), "page_size"),
    (service.ListRegistrationsRequest(read_mask=FieldMask(paths=["nothing"])), "read_mask"),
    (
        service.ListRegistrationsRequest(filter=pb.RegistrationFilter(states=[99])),  # type: ignore[list-item]  # no value of the enum
        "filter.states[0]",
    ),
]


@pytest.mark.parametrize(("sent", "field"), BAD_LISTS, ids=[field for _, field in BAD_LISTS])
async def test_a_bad_list_names_the_field(
    stub: Stub, sent: service.ListRegistrationsRequest, field: str
) -> None:
    """Before anything is read."""
    _, _, status = await refused(stub.ListRegistrations(sent, metadata=KEY))
    assert [path for path, _ in violations(status)] == [field]


async def test_a_registration_is_found_by_what_the_caller_knows(stub: Stub) -> None:
    """By reference, by serial number; a look-up for nothing is refused."""
    key = await submitted(
        stub, external_reference="R-7", product=pb.Product(serial_number="AC0000000007")
    )
    serial = service.ManufacturerSerial(manufacturer_id="acme", serial_number="AC0000000007")
    for wanted in (
        service.LookupRegistrationRequest(external_reference="R-7"),
        service.LookupRegistrationRequest(manufacturer_serial=serial),
    ):
        assert (await stub.LookupRegistration(wanted, metadata=KEY)).registration.id == key
    _, _, status = await refused(
        stub.LookupRegistration(service.LookupRegistrationRequest(), metadata=KEY)
    )
    assert violations(status) == [("key", "REQUIRED")]


async def test_history_and_attempts_are_paged(stub: Stub, desk: Desk) -> None:
    """A token of another list is refused."""
    key = await submitted(stub)
    await desk.attempt(key)
    first = service.ListRegistrationEventsRequest(registration_id=key, page_size=1)
    page = await stub.ListRegistrationEvents(first, metadata=KEY)
    assert [one.WhichOneof("payload") for one in page.events] == ["submitted"]
    first.page_token = page.next_page_token
    rest = await stub.ListRegistrationEvents(first, metadata=KEY)
    assert [one.sequence for one in rest.events] == [2]
    assert rest.events[0].attempt_started == pb.RegistrationEvent.AttemptStarted(
        attempt=1, tier=enums.FULFILLMENT_TIER_API, trigger=enums.ATTEMPT_TRIGGER_INITIAL
    )
    assert rest.next_page_token == ""
    wrong = service.ListAttemptsRequest(registration_id=key, page_token=page.next_page_token)
    code, info, _ = await refused(stub.ListAttempts(wrong, metadata=KEY))
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_INVALID")


async def test_attempts_are_listed_and_got(stub: Stub, desk: Desk) -> None:
    """By number; one that is not there is NOT_FOUND."""
    key = await submitted(stub)
    await desk.attempt(key)
    listed = await stub.ListAttempts(service.ListAttemptsRequest(registration_id=key), metadata=KEY)
    got = await stub.GetAttempt(
        service.GetAttemptRequest(registration_id=key, number=1), metadata=KEY
    )
    assert list(listed.attempts) == [got.attempt]
    assert got.attempt.effect == enums.SUBMISSION_EFFECT_UNKNOWN
    code, _, _ = await refused(
        stub.GetAttempt(service.GetAttemptRequest(registration_id=key, number=2), metadata=KEY)
    )
    assert code is grpc.StatusCode.NOT_FOUND


async def test_cancel_then_retry_is_a_conflict(stub: Stub) -> None:
    """CANCELLED cannot be left."""
    key, token = await submitted(stub), str(uuid.uuid4())
    cancel = service.CancelRegistrationRequest(
        registration_id=key, request_id=token, reason="mistake"
    )
    answer = await stub.CancelRegistration(cancel, metadata=KEY)
    assert answer.registration.state == enums.REGISTRATION_STATE_CANCELLED
    retry = service.RetryRegistrationRequest(registration_id=key, request_id=token)
    code, info, _ = await refused(stub.RetryRegistration(retry, metadata=KEY))
    assert (code, info.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT")


async def test_a_failed_registration_is_tried_again(stub: Stub, desk: Desk) -> None:
    """FAILED can be left."""
    key = await submitted(stub)
    before = (await desk.store.get("tenant-a", [key]))[key].registration
    late = lifecycle.pass_deadline(before, Moment(datetime.now(UTC)))
    assert await desk.store.write([late], timedelta(0)) == [True]
    retry = service.RetryRegistrationRequest(registration_id=key, request_id=str(uuid.uuid4()))
    answer = await stub.RetryRegistration(retry, metadata=KEY)
    assert answer.registration.state == enums.REGISTRATION_STATE_PENDING


async def test_a_change_needs_a_request_id(stub: Stub) -> None:
    """A UUID."""
    cancel = service.CancelRegistrationRequest(registration_id="x", request_id="7")
    _, _, status = await refused(stub.CancelRegistration(cancel, metadata=KEY))
    assert violations(status) == [("request_id", "UUID")]


async def test_wait_returns_with_the_change(stub: Stub) -> None:
    """Or without one, when its time is over."""
    key = await submitted(stub)
    wanted = service.WaitRegistrationRequest(registration_id=key, after_revision=1)
    wanted.max_wait.FromMilliseconds(100)
    assert not (await stub.WaitRegistration(wanted, metadata=KEY)).changed
    wanted.max_wait.FromSeconds(20)
    waiting = asyncio.ensure_future(stub.WaitRegistration(wanted, metadata=KEY))
    await asyncio.sleep(2.3)
    cancel = service.CancelRegistrationRequest(registration_id=key, request_id=str(uuid.uuid4()))
    await stub.CancelRegistration(cancel, metadata=KEY)
    answer = await waiting
    assert (answer.changed, answer.registration.revision) == (True, 2)


async def test_wait_answers_before_the_callers_deadline(stub: Stub) -> None:
    """Not with DEADLINE_EXCEEDED."""
    key = await submitted(stub)
    wanted = service.WaitRegistrationRequest(registration_id=key, after_revision=1)
    answer = await stub.WaitRegistration(wanted, metadata=KEY, timeout=1.5)
    assert not answer.changed


async def test_a_negative_wait_is_refused(stub: Stub) -> None:
    """With its path."""
    wanted = service.WaitRegistrationRequest(registration_id="x")
    wanted.max_wait.FromSeconds(-1)
    _, _, status = await refused(stub.WaitRegistration(wanted, metadata=KEY))
    assert violations(status) == [("max_wait", "DURATION")]


async def test_a_watch_begins_with_a_snapshot_and_lives_on(stub: Stub) -> None:
    """Beyond the default deadline of other calls."""
    key = await submitted(stub)
    watch = service.WatchRegistrationsRequest(registration_ids=service.RegistrationIds(ids=[key]))
    call = stub.WatchRegistrations(watch, metadata=KEY)
    assert (await call.read()).snapshot.id == key
    assert (await call.read()).WhichOneof("message") == "heartbeat"
    await asyncio.sleep(2.3)
    await submitted(stub)
    assert (await call.read()).WhichOneof("message") == "heartbeat"
    call.cancel()


async def test_watches_have_a_limit_of_their_own(stub: Stub, desk: Desk) -> None:
    """And give their place back when the client vanishes."""
    watch = service.WatchRegistrationsRequest(filter=pb.RegistrationFilter())
    calls = [stub.WatchRegistrations(watch, metadata=KEY) for _ in range(3)]
    for call in calls:
        await call.read()
    code, info, _ = await refused(stub.WatchRegistrations(watch, metadata=KEY).read())
    assert (code, info.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "WATCH_LIMIT")
    await submitted(stub)
    for call in calls:
        call.cancel()
    await eventually(lambda: desk.watching == 0)
    await stub.WatchRegistrations(watch, metadata=KEY).read()


async def eventually(holds: Callable[[], bool]) -> None:
    """Within five seconds."""
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - what is awaited sets no event
            await asyncio.sleep(0.01)


BAD_WATCHES: list[tuple[service.WatchRegistrationsRequest, str]] = [
    (service.WatchRegistrationsRequest(), "registration_ids"),
    (
        service.WatchRegistrationsRequest(registration_ids=service.RegistrationIds()),
        "registration_ids.ids",
    ),
    (
        service.WatchRegistrationsRequest(
            registration_ids=service.RegistrationIds(ids=["x"] * 101)
        ),
        "registration_ids.ids",
    ),
]


@pytest.mark.parametrize(("sent", "field"), BAD_WATCHES, ids=["nothing", "none", "many"])
async def test_a_watch_of_nothing_is_refused(
    stub: Stub, sent: service.WatchRegistrationsRequest, field: str
) -> None:
    """1 to 100 ids, or a filter."""
    _, _, status = await refused(stub.WatchRegistrations(sent, metadata=KEY).read())
    assert [path for path, _ in violations(status)] == [field]


async def test_the_manufacturers_are_listed(channel: grpc.aio.Channel) -> None:
    """With their rules."""
    stub: Stub = ConnectorServiceStub(channel)
    listed = await stub.ListManufacturers(connectors.ListManufacturersRequest(), metadata=KEY)
    wanted = connectors.GetManufacturerRequest(manufacturer_id="acme")
    got = (await stub.GetManufacturer(wanted, metadata=KEY)).manufacturer
    assert list(listed.manufacturers) == [got]
    assert got.identifier_rules[0].patterns == ["AC[0-9]{10}"]
    wanted.manufacturer_id = "nobody"
    code, _, _ = await refused(stub.GetManufacturer(wanted, metadata=KEY))
    assert code is grpc.StatusCode.NOT_FOUND


async def test_a_drain_ends_watches_and_lets_calls_finish(
    stub: Stub, server: tuple[GrpcServer, int], desk: Desk
) -> None:
    """closing{DRAINING} and OK; well within the grace."""
    key = await submitted(stub)
    watch = service.WatchRegistrationsRequest(registration_ids=service.RegistrationIds(ids=[key]))
    call = stub.WatchRegistrations(watch, metadata=KEY)
    await call.read()
    desk.delay = 0.3
    slow = asyncio.ensure_future(stub.SubmitRegistration(request(), metadata=KEY, timeout=5))
    await asyncio.sleep(0.1)
    async with asyncio.timeout(3):
        await server[0].drain()
    kinds = []
    while (message := await call.read()) is not grpc.aio.EOF:
        kinds.append(message.WhichOneof("message"))
    assert (kinds[-1], await call.code()) == ("closing", grpc.StatusCode.OK)
    assert (await slow).created
