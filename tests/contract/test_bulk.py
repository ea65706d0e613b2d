"""Dead letters and bulk operations over a real server: what is asked, answered and refused."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from msgspec.structs import replace
from tests.contract.file_gateway import A, Gateway, refused

from registrar.app.bulk_work import BulkWork
from registrar.client import CallError, Client
from registrar.domain import lifecycle
from registrar.domain.lifecycle import Moment
from registrar.domain.registration import State
from registrar.ports.clock import SystemClock
from registrar.testing.store_bulk_suite import operation
from registrar.testing.store_dead_letters_suite import SHUT, failed, read
from registrar.v1 import enums_pb2 as enums
from registrar.v1 import registration_admin_service_pb2 as pb
from registrar.v1 import registration_pb2 as registrations
from registrar.v1.registration_admin_service_pb2_grpc import RegistrationAdminServiceStub

MOMENT = Moment(datetime(2026, 11, 30, tzinfo=UTC))
RETRY = pb.BULK_OPERATION_KIND_RETRY
FUTURE = pb.BulkFilter.FromString(b"\x22\x01\x4d")
"""With a state of a later contract, 77."""
UNSAID = pb.BulkFilter.FromString(b"\x1a\x01\x00")
"""With a tier that is not given."""


def wish(**more: Any) -> pb.CreateBulkOperationRequest:  # noqa: ANN401 - its fields
    """Retry what has failed at acme."""
    given: dict[str, Any] = {
        "request_id": str(uuid.uuid4()),
        "kind": RETRY,
        "filter": pb.BulkFilter(manufacturer_ids=["acme"]),
        "reason": "They are back.",
        "items_per_second": 100,
    }
    return pb.CreateBulkOperationRequest(**(given | more))


def client(gateway: Gateway) -> Client:
    """Of tenant-a."""
    return Client(f"127.0.0.1:{gateway.port}", "key-a")


async def test_failures_are_shown_by_their_cause(file_gateway: Gateway) -> None:
    """With all that a person needs to decide, in pages."""
    first = await failed(file_gateway.store)
    newest = await failed(file_gateway.store)
    await failed(file_gateway.store, SHUT, manufacturer_id="samsung")
    async with client(file_gateway) as calls:
        groups = [one async for one in calls.bulk.dead_letters()]
        assert [one.manufacturer_id for one in groups] == ["acme", "samsung"]
        shown = MessageToDict(groups[0], preserving_proto_field_name=True)
        assert len(shown.pop("fingerprint")) == 16
        assert shown == {
            "manufacturer_id": "acme",
            "tier": "FULFILLMENT_TIER_API",
            "failure_code": "unavailable.connect",
            "manufacturer_code": "503",
            "count": 2,
            "oldest_time": groups[0].oldest_time.ToJsonString(),
            "newest_time": groups[0].newest_time.ToJsonString(),
            "example_registration_ids": [newest.id, first.id],
            "message": "It refuses.",
        }
        assert groups[0].oldest_time.ToNanoseconds() < groups[0].newest_time.ToNanoseconds()
        of_samsung = [one async for one in calls.bulk.dead_letters("samsung")]
        assert of_samsung == groups[1:]
        await calls.bulk.create(wish(kind=pb.BULK_OPERATION_KIND_ABANDON))
    async with grpc.aio.insecure_channel(f"127.0.0.1:{file_gateway.port}") as channel:
        stub: Any = RegistrationAdminServiceStub(channel)
        page = await stub.ListDeadLetters(pb.ListDeadLettersRequest(page_size=1), metadata=A)
        assert list(page.groups) == groups[:1]
        for token, maker in ((page.next_page_token, "acme"), ("x", "")):
            request = pb.ListDeadLettersRequest(page_token=token, manufacturer_id=maker)
            code, reason, _ = await refused(stub.ListDeadLetters(request, metadata=A))
            assert (code, reason) == (grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_INVALID")


async def test_an_operation_is_made_and_followed(file_gateway: Gateway) -> None:
    """From the dry run to the end; made again it is the same."""
    made = [await failed(file_gateway.store) for _ in range(3)]
    asked = wish()
    async with client(file_gateway) as calls:
        seen = await calls.bulk.glance(asked)
        assert (seen.matched_count, seen.count_is_capped) == (3, False)
        assert set(seen.sample_registration_ids) == {one.id for one in made}
        assert not seen.HasField("bulk_operation")
        assert [one async for one in calls.bulk.every()] == []
        begun = (await calls.bulk.create(asked)).bulk_operation
        shown = MessageToDict(begun, preserving_proto_field_name=True)
        assert shown == {
            "id": begun.id,
            "request_id": asked.request_id,
            "kind": "BULK_OPERATION_KIND_RETRY",
            "filter": {"manufacturer_ids": ["acme"], "states": ["REGISTRATION_STATE_FAILED"]},
            "reason": "They are back.",
            "items_per_second": 100,
            "state": "BULK_OPERATION_STATE_RUNNING",
            "matched_count": 3,
            "remaining_count": 3,
            "actor": "caller:a",
            "create_time": begun.create_time.ToJsonString(),
        }
        assert (await calls.bulk.create(asked)).bulk_operation == begun
        await BulkWork(file_gateway.store, SystemClock()).sweep()
        over = await calls.bulk.get(begun.id)
        assert (over.state, over.done_count) == (pb.BULK_OPERATION_STATE_DONE, 3)
        assert over.HasField("end_time")
        assert [one async for one in calls.bulk.every()] == [over]
        assert await calls.bulk.cancel(begun.id) == over
    assert (await read(file_gateway.store, made[0])).state is State.PENDING


async def test_what_was_skipped_is_counted_by_reason(file_gateway: Gateway) -> None:
    """And what remains of one that is stopped."""
    store = file_gateway.store
    made = [await failed(store) for _ in range(3)]
    gone = min(one.id for one in made)
    async with client(file_gateway) as calls:
        slow = wish(items_per_second=1, request_id="")
        begun = (await calls.bulk.create(slow)).bulk_operation
        assert slow.request_id == begun.request_id
        (taken,) = [one for one in made if one.id == gone]
        again = lifecycle.retry(taken, MOMENT, acknowledge_duplicate_risk=False)
        assert await store.write([again], timedelta(0)) == [True]
        await BulkWork(store, SystemClock()).sweep()
        ended = await calls.bulk.cancel(begun.id)
    assert [(one.reason, one.count) for one in ended.skipped_counts] == [
        (pb.BULK_SKIP_REASON_STATE_CONFLICT, 1)
    ]
    assert (ended.state, ended.remaining_count) == (pb.BULK_OPERATION_STATE_CANCELLED, 2)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"request_id": "1"}, "request_id"),
        ({"kind": 0}, "kind"),
        ({"kind": 77}, "kind"),
        ({"reason": ""}, "reason"),
        ({"filter": None}, "filter"),
        ({"filter": FUTURE}, "filter.states[0]"),
        ({"filter": UNSAID}, "filter.tiers"),
        ({"items_per_second": 101}, "items_per_second"),
    ],
)
async def test_what_is_asked_wrongly_is_said(
    file_gateway: Gateway, changes: dict[str, Any], field: str
) -> None:
    """With the field; nothing is begun."""
    async with client(file_gateway) as calls:
        with pytest.raises(CallError) as caught:
            await calls.bulk.create(wish(**changes))
        assert caught.value.code is grpc.StatusCode.INVALID_ARGUMENT
        assert field in {one.field for one in caught.value.fields}
        assert [one async for one in calls.bulk.every()] == []


async def test_another_wish_of_the_same_request_is_refused(file_gateway: Gateway) -> None:
    """By its reason."""
    asked = wish()
    async with client(file_gateway) as calls:
        await calls.bulk.create(asked)
        asked.reason = "Another."
        with pytest.raises(CallError) as caught:
            await calls.bulk.create(asked)
    assert caught.value.reason == "REQUEST_ID_REUSED"


async def test_what_was_answered_says_how(file_gateway: Gateway) -> None:
    """The registration, and its history."""
    mine = (await file_gateway.submit()).registration
    stored = (await file_gateway.store.get("tenant-a", [mine.id]))[mine.id].registration
    lost = replace(stored, state=State.FAILED, revision=stored.revision)
    item = file_gateway.store._items[mine.id]  # noqa: SLF001 - a state that takes a worker to reach
    moved = replace(item.transition, registration=lost)
    file_gateway.store._items[mine.id] = replace(item, transition=moved)  # noqa: SLF001 - see above
    async with client(file_gateway) as calls:
        await calls.bulk.create(
            wish(
                kind=pb.BULK_OPERATION_KIND_ABANDON,
                filter=pb.BulkFilter(registration_ids=[mine.id]),
            )
        )
        await BulkWork(file_gateway.store, SystemClock()).sweep()
        again = registrations.Product(serial_number=mine.product.serial_number)
        successor = (await file_gateway.submit(product=again)).registration
        found = await calls.get(mine.id)
        events = await calls.events(mine.id)
    assert found.state == enums.REGISTRATION_STATE_FAILED
    assert found.successor_registration_id == successor.id
    assert found.abandon_time == events[-1].event_time
    assert (events[-1].abandoned.reason, events[-1].actor) == ("They are back.", "caller:a")


async def test_operations_are_listed_in_pages(file_gateway: Gateway) -> None:
    """Newest first, each once."""
    for _ in range(3):
        await file_gateway.store.bulk.begin(operation(), [])
    async with grpc.aio.insecure_channel(f"127.0.0.1:{file_gateway.port}") as channel:
        stub: Any = RegistrationAdminServiceStub(channel)
        request, found = pb.ListBulkOperationsRequest(page_size=2), []
        for wanted in (2, 1):
            page = await stub.ListBulkOperations(request, metadata=A)
            assert len(page.bulk_operations) == wanted
            found += [one.id for one in page.bulk_operations]
            request.page_token = page.next_page_token
    assert len(set(found)) == 3
    assert request.page_token == ""
