"""ExportCustomerData and EraseCustomerData over the wire: one customer, and nobody else."""

import uuid
from collections.abc import Mapping
from typing import Any

import grpc
import pytest
from tests.contract.file_gateway import A, B, Gateway

from registrar.client import Client
from registrar.client.errors import CallError
from registrar.v1 import registration_pb2 as pb
from registrar.v1 import registration_service_pb2 as service
from registrar.v1.enums_pb2 import RegistrationState

ADA = {"user_ref": "u-1"}
ADA_MAIL = {"email": "A@EXAMPLE.ORG"}


def customer(user_ref: str = "u-1", email: str = "a@example.org") -> pb.Customer:
    """With names that would be found."""
    return pb.Customer(given_name="Ada", family_name="Łoś", email=email, user_ref=user_ref)


async def exported(gateway: Gateway, whose: Mapping[str, str], key: Any = A) -> list[Any]:  # noqa: ANN401 - gRPC metadata
    """All parts."""
    request: Any = service.ExportCustomerDataRequest(**whose)
    return [one async for one in gateway.registrations.ExportCustomerData(request, metadata=key)]


async def erased(
    gateway: Gateway,
    whose: Mapping[str, str],
    key: Any = A,  # noqa: ANN401 - gRPC metadata
    request_id: str = "",
) -> service.EraseCustomerDataResponse:
    """How far it is."""
    request: Any = service.EraseCustomerDataRequest(
        request_id=request_id or str(uuid.uuid4()), **whose
    )
    made: service.EraseCustomerDataResponse = await gateway.registrations.EraseCustomerData(
        request, metadata=key
    )
    return made


@pytest.mark.parametrize("whose", [ADA, ADA_MAIL], ids=["user", "mailbox"])
async def test_a_customer_is_exported_and_forgotten(
    file_gateway: Gateway, whose: dict[str, str]
) -> None:
    """What was bought, by whom, the history and the files; afterwards the skeleton alone."""
    proof = await file_gateway.upload()
    mine = (await file_gateway.submit(proof.id, customer=customer())).registration
    other = await file_gateway.submit(customer=customer("u-2", "b@example.org"))
    (one,) = await exported(file_gateway, whose)
    assert one.registration == mine
    assert [event.sequence for event in one.events] == [1]
    assert [(file.id, file.sha256) for file in one.artifacts] == [(proof.id, proof.sha256)]
    made = await erased(file_gateway, whose)
    assert (made.registration_count, list(made.pending_registration_ids)) == (1, [])
    assert made.HasField("complete_time")
    request = service.GetRegistrationRequest(registration_id=mine.id)
    now = (await file_gateway.registrations.GetRegistration(request, metadata=A)).registration
    assert now.state == RegistrationState.REGISTRATION_STATE_CANCELLED
    assert now.erase_time == now.update_time
    assert not now.HasField("customer")
    assert "Łoś" not in str(now)
    assert await exported(file_gateway, whose) == []
    assert len(await exported(file_gateway, {"user_ref": "u-2"})) == 1
    again = service.GetRegistrationRequest(registration_id=other.registration.id)
    kept = await file_gateway.registrations.GetRegistration(again, metadata=A)
    assert kept.registration.customer.user_ref == "u-2"
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await file_gateway.download(proof.id)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_it_shows_in_the_history_and_in_a_list(file_gateway: Gateway) -> None:
    """As an event of its own; a page that has an erased one is a page like others."""
    mine = (await file_gateway.submit(customer=customer())).registration
    other = (await file_gateway.submit(customer=customer("u-2"))).registration
    await erased(file_gateway, ADA)
    events = service.ListRegistrationEventsRequest(registration_id=mine.id)
    found = await file_gateway.registrations.ListRegistrationEvents(events, metadata=A)
    assert [one.WhichOneof("payload") for one in found.events] == ["submitted", "erased"]
    listed = await file_gateway.registrations.ListRegistrations(
        service.ListRegistrationsRequest(), metadata=A
    )
    shown = {one.id: one.HasField("customer") for one in listed.registrations}
    assert shown == {mine.id: False, other.id: True}


async def test_another_tenant_finds_nobody(file_gateway: Gateway) -> None:
    """Nor can it end what it cannot see; the same request is another one of theirs."""
    await file_gateway.submit(customer=customer())
    for whose in (ADA, ADA_MAIL):
        assert await exported(file_gateway, whose, B) == []
        once = str(uuid.uuid4())
        assert (await erased(file_gateway, whose, B, once)).registration_count == 0
        assert len(await exported(file_gateway, whose)) == 1
    assert (await erased(file_gateway, ADA, A, once)).registration_count == 1


async def test_a_request_is_one_erasure(file_gateway: Gateway) -> None:
    """Made again it tells the same; what came later stays."""
    await file_gateway.submit(customer=customer())
    once = str(uuid.uuid4())
    made = await erased(file_gateway, ADA, request_id=once)
    await file_gateway.submit(customer=customer())
    assert await erased(file_gateway, ADA, request_id=once) == made
    assert len(await exported(file_gateway, ADA)) == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"request_id": "1", "user_ref": "u"}, "request_id"),
        ({"request_id": str(uuid.uuid4())}, "customer"),
        ({"request_id": str(uuid.uuid4()), "email": ""}, "customer"),
    ],
)
async def test_what_is_asked_wrongly_is_said(
    file_gateway: Gateway, given: dict[str, str], field: str
) -> None:
    """With the field; nobody is everybody."""
    await file_gateway.submit(customer=customer())
    request: Any = service.EraseCustomerDataRequest(**given)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await file_gateway.registrations.EraseCustomerData(request, metadata=A)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert field in str(caught.value.trailing_metadata())
    assert len(await exported(file_gateway, ADA)) == 1


async def test_the_client_does_both(file_gateway: Gateway) -> None:
    """And passes on what the service refuses."""
    await file_gateway.submit(customer=customer())
    async with Client(f"127.0.0.1:{file_gateway.port}", "key-a") as client:
        parts = [one async for one in client.customers.export(email="a@example.org")]
        assert [one.registration.customer.user_ref for one in parts] == ["u-1"]
        made = await client.customers.erase(user_ref="u-1")
        assert made.registration_count == 1
        with pytest.raises(CallError):
            await client.customers.erase()
        with pytest.raises(CallError):
            [one async for one in client.customers.export()]
