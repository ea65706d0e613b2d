"""One tenant tries every method on what belongs to another: nothing is there."""

import uuid
from collections.abc import Mapping
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from tests.contract.every_method import called, message, methods
from tests.contract.file_gateway import A, B, Gateway

from registrar.domain.bulk import BulkOperation
from registrar.testing.store_bulk_suite import operation
from registrar.testing.store_dead_letters_suite import failed
from registrar.v1 import registration_admin_service_pb2 as pb

OWN = {
    "ListRegistrations": "of the caller's tenant",
    "WatchRegistrations": "of the caller's tenant",
    "SubmitRegistration": "makes a new one",
    "BatchSubmitRegistrations": "makes new ones",
    "UploadProof": "brings a new one",
    "ListDeadLetters": "of the caller's tenant",
    "CreateBulkOperation": "of the caller's tenant",
    "ListBulkOperations": "of the caller's tenant",
}
"""Take no id of something that is there already; each has a test below."""
NEEDED = {
    "attempt_number": 1,
    "request_id": str(uuid.uuid4()),
    "reference": "R-1",
    "reason": "asked",
}
"""Without which a request is wrong, whoever makes it."""
IDS = {"registration_id", "artifact_id", "bulk_operation_id"}


def aimed(method: MethodDescriptor) -> bool:
    """Whether it takes the id of something."""
    return bool(IDS & set(method.input_type.fields_by_name))


OF_TENANTS = [
    one
    for one in methods()
    if one.containing_service.name in {"RegistrationService", "ArtifactService"}
    or "Bulk" in one.name
    or one.name == "ListDeadLetters"
]
"""But those of keys, of the tenant's settings, and of connectors, which are everybody's."""
AIMED = [one for one in OF_TENANTS if aimed(one)]


def at(method: MethodDescriptor, ids: Mapping[str, str]) -> Message:
    """What somebody would send who has seen the ids."""
    made: Any = message(method)
    for name, value in ids.items():
        if name in method.input_type.fields_by_name:
            setattr(made, name, value)
    for name, value in NEEDED.items():
        if name in method.input_type.fields_by_name:
            setattr(made, name, value)
    if "completed" in method.input_type.fields_by_name:
        made.completed.manufacturer_reference = "R-1"
    return made


def test_every_method_is_tried() -> None:
    """A new one takes an id, or is named here with a test."""
    assert {one.name for one in OF_TENANTS} - {one.name for one in AIMED} == {
        *OWN,
        "LookupRegistration",
        "ExportCustomerData",
        "EraseCustomerData",
    }


@pytest.mark.parametrize("method", AIMED, ids=lambda one: one.name)
async def test_what_belongs_to_another_is_not_there(
    file_gateway: Gateway, method: MethodDescriptor
) -> None:
    """Word for word what is said of an id that nobody has; and nothing has changed."""
    proof = await file_gateway.upload()
    made = await file_gateway.submit(proof.id)
    mine = made.registration.id
    operation = await file_gateway.store.bulk.begin(operation_of(mine), [mine])
    ids = {"registration_id": mine, "artifact_id": proof.id, "bulk_operation_id": operation.id}
    before = await file_gateway.store.get("tenant-a", [mine])
    async with grpc.aio.insecure_channel(f"127.0.0.1:{file_gateway.port}") as channel:
        answers = []
        for known in (ids, {name: one[:-4] + "0000" for name, one in ids.items()}):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await called(channel, method, at(method, known), B)
            answers.append((caught.value.code(), caught.value.details()))
    assert answers[0] == answers[1]
    assert answers[0][0] is grpc.StatusCode.NOT_FOUND
    assert await file_gateway.store.get("tenant-a", [mine]) == before
    assert await file_gateway.store.bulk.get("tenant-a", operation.id) == operation


async def test_lists_and_watches_show_nothing_of_another(file_gateway: Gateway) -> None:
    """Not even that it is there."""
    made = await file_gateway.submit(external_reference="R-7")
    every = {one.name: one for one in OF_TENANTS}
    lookup: Any = message(every["LookupRegistration"])
    lookup.external_reference = "R-7"
    watch: Any = message(every["WatchRegistrations"])
    watch.registration_ids.ids.append(made.registration.id)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{file_gateway.port}") as channel:
        listing = every["ListRegistrations"]
        assert "reg_" not in str(await called(channel, listing, message(listing), B))
        assert made.registration.id in str(await called(channel, listing, message(listing), A))
        for name, request in (("LookupRegistration", lookup), ("WatchRegistrations", watch)):
            assert await called(channel, every[name], request, A)
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await called(channel, every[name], request, B)
            assert caught.value.code() is grpc.StatusCode.NOT_FOUND


def operation_of(registration_id: str) -> BulkOperation:
    """Of tenant-a, that has taken this one."""
    return operation(1, id=f"blk_{uuid.uuid4().hex[:24]}", request_id=registration_id)


async def test_failures_and_operations_of_another_are_not_listed(file_gateway: Gateway) -> None:
    """Nor can what belongs to another be named in a wish, or met by one."""
    mine = await failed(file_gateway.store)
    await file_gateway.store.bulk.begin(operation_of(mine.id), [mine.id])
    every = {one.name: one for one in OF_TENANTS}
    wish = pb.CreateBulkOperationRequest(
        request_id=str(uuid.uuid4()),
        kind=pb.BULK_OPERATION_KIND_ABANDON,
        filter=pb.BulkFilter(registration_ids=[mine.id], manufacturer_ids=["acme"]),
        reason="asked",
    )
    async with grpc.aio.insecure_channel(f"127.0.0.1:{file_gateway.port}") as channel:
        for name in ("ListDeadLetters", "ListBulkOperations"):
            request = message(every[name])
            assert str((await called(channel, every[name], request, A))[0])
            assert str((await called(channel, every[name], request, B))[0]) == ""
        for registration_ids in ([mine.id], []):
            wish.filter.registration_ids[:] = registration_ids
            for dry_run in (True, False):
                wish.dry_run, wish.request_id = dry_run, str(uuid.uuid4())
                (answer,) = await called(channel, every["CreateBulkOperation"], wish, B)
                assert answer.matched_count == 0
        wish.dry_run = True
        (answer,) = await called(channel, every["CreateBulkOperation"], wish, A)
        assert list(answer.sample_registration_ids) == [mine.id]


async def test_the_same_product_and_request_are_two_tenants_own(file_gateway: Gateway) -> None:
    """Neither learns by a refusal that the other has it, and no proof crosses over."""
    proof = await file_gateway.upload()
    first = await file_gateway.submit(proof.id)
    same = {"request_id": first.registration.request_id, "product": first.registration.product}
    second = await file_gateway.submit(key=B, **same)
    assert second.created
    assert second.registration.id != first.registration.id
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await file_gateway.submit((await file_gateway.upload()).id, key=B)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
