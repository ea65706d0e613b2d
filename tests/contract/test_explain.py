"""ExplainRegistration over a real channel."""

import grpc
import pytest
from tests.contract.test_calls import KEY, OTHER_KEY, Stub, refused, request

from registrar.testing.desk import Desk
from registrar.v1 import enums_pb2 as enums
from registrar.v1 import registration_service_pb2 as service
from registrar.v1.registration_service_pb2_grpc import RegistrationServiceStub


@pytest.fixture
def stub(channel: grpc.aio.Channel) -> Stub:
    """The service."""
    return RegistrationServiceStub(channel)


async def test_a_registration_is_explained(stub: Stub, desk: Desk) -> None:
    """Its state, what was tried, what follows and when; nothing of the customer."""
    made = await stub.SubmitRegistration(request(), metadata=KEY)
    key = made.registration.id
    asked = service.ExplainRegistrationRequest(registration_id=key)
    fresh = await stub.ExplainRegistration(asked, metadata=KEY)
    assert (fresh.registration_id, fresh.revision) == (key, 1)
    assert fresh.state == enums.REGISTRATION_STATE_PENDING
    assert fresh.summary == "It is accepted and waits for a free worker."
    assert fresh.HasField("next_time")
    await desk.attempt(key)
    running = await stub.ExplainRegistration(asked, metadata=KEY)
    assert [one.number for one in running.attempts] == [1]
    assert running.next == "The answer of the attempt under way decides."
    assert not [word for word in ("Łucja", "Nowak", "l@example.org") if word in str(running)]


async def test_of_another_tenant_nothing_is_explained(stub: Stub) -> None:
    """It does not exist."""
    made = await stub.SubmitRegistration(request(), metadata=KEY)
    asked = service.ExplainRegistrationRequest(registration_id=made.registration.id)
    code, _, _ = await refused(stub.ExplainRegistration(asked, metadata=OTHER_KEY))
    assert code is grpc.StatusCode.NOT_FOUND
