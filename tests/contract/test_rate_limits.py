"""What a client is told that calls too often: by a real server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import google.rpc.error_details_pb2 as details
import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub
from tests.contract.test_calls import KEY, OTHER_KEY, refused, request

from registrar.admission.quotas import MemoryQuotas
from registrar.app.batching import Batcher
from registrar.app.rate_limits import RateLimits
from registrar.client.errors import from_call
from registrar.ports.quotas import Asked
from registrar.resilience.quota import Quota, Taken
from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.testing.desk import Desk, OneCatalogue, authenticate
from registrar.testing.desk import connectors as operators
from registrar.v1 import registration_service_pb2 as service
from registrar.v1.registration_service_pb2_grpc import RegistrationServiceStub

LIMITS: dict[str, Quota | None] = {"submit": Quota(3, 60, 3), "read": Quota(2, 60, 2)}


@asynccontextmanager
async def limited(desk: Desk) -> AsyncIterator[grpc.aio.Channel]:
    """To a server that takes three submissions and two reads a minute."""
    counting: Batcher[Asked, Taken] = Batcher(MemoryQuotas().take)
    uses = Uses(
        *(desk, OneCatalogue(), authenticate, desk.ping, operators(desk.store)),
        rate_limits=RateLimits(counting.add, LIMITS),
    )
    server = GrpcServer(uses, ServerSettings(grace=0.5))
    async with grpc.aio.insecure_channel(f"127.0.0.1:{await server.start()}") as channel:
        yield channel
    await server.drain()


def told(trailing: Any) -> dict[str, str]:  # noqa: ANN401 - of gRPC
    """What is said of the quota."""
    return {key: value for key, value in trailing if key.startswith("ratelimit")}


async def test_each_answer_says_what_is_left_and_the_last_when_to_come_back(desk: Desk) -> None:
    """With the details that a client can read; another key has its own."""
    async with limited(desk) as channel:
        stub: Any = RegistrationServiceStub(channel)
        policy = '"submit";q=3;w=60;burst=3'
        for left in (2, 1, 0):
            call = stub.SubmitRegistration(request(), metadata=KEY)
            await call
            reset = 20 * (3 - left)
            assert told(await call.trailing_metadata()) == {
                "ratelimit-policy": policy,
                "ratelimit": f'"submit";r={left};t={reset}',
            }
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.SubmitRegistration(request(), metadata=KEY)
        assert told(caught.value.trailing_metadata())["ratelimit"] == '"submit";r=0;t=60'
        error = from_call(caught.value)
        assert error.reason == "RATE_LIMITED"
        assert error.retry_after is not None
        assert timedelta(seconds=15) < error.retry_after <= timedelta(seconds=20)
        code, info, status = await refused(stub.SubmitRegistration(request(), metadata=KEY))
        assert (code, info.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED")
        over = details.QuotaFailure()
        assert status.details[1].Unpack(over)
        assert [one.subject for one in over.violations] == ["api_key"]
        await stub.SubmitRegistration(request(), metadata=OTHER_KEY)
        assert len(desk.traces) == 4


async def test_a_batch_costs_as_much_as_it_holds(desk: Desk) -> None:
    """What is too much for now is refused as a whole: nothing of it was done."""
    async with limited(desk) as channel:
        stub: Any = RegistrationServiceStub(channel)
        two = service.BatchSubmitRegistrationsRequest(requests=[request(), request()])
        call = stub.BatchSubmitRegistrations(two, metadata=KEY)
        await call
        assert told(await call.trailing_metadata())["ratelimit"] == '"submit";r=1;t=40'
        code, info, _ = await refused(stub.BatchSubmitRegistrations(two, metadata=KEY))
        assert (code, info.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED")
        assert len(desk.traces) == 2
        await stub.SubmitRegistration(request(), metadata=KEY)


async def test_a_stream_costs_one_and_health_nothing(desk: Desk) -> None:
    """Whoever may not read any more can still be probed."""
    async with limited(desk) as channel:
        stub: Any = RegistrationServiceStub(channel)
        for _ in range(2):
            watch = stub.WatchRegistrations(service.WatchRegistrationsRequest(), metadata=KEY)
            await watch.initial_metadata()
            watch.cancel()
        watch = stub.WatchRegistrations(service.WatchRegistrationsRequest(), metadata=KEY)
        code, info, _ = await refused(watch.read())
        assert (code, info.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED")
        probe: Any = HealthStub(channel)
        for _ in range(5):
            call = probe.Check(health_pb2.HealthCheckRequest())
            await call
            assert told(await call.trailing_metadata()) == {}
