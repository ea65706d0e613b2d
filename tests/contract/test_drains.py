"""Calls that outlast a drain: told to come back, by the service and not by a stream cut off."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from tests.contract.test_calls import KEY

from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.testing.desk import Desk, OneCatalogue, authenticate
from registrar.testing.desk import connectors as operators
from registrar.v1 import registration_service_pb2 as pb
from registrar.v1.registration_service_pb2_grpc import RegistrationServiceStub

GRACE = 1.0
MANY = 20
SAID = "This process is shutting down; another one will answer."
Scene = tuple[GrpcServer, Desk, grpc.aio.Channel]


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """A service whose calls take far longer than its drain."""
    desk = Desk()
    desk.delay = 30.0
    uses = Uses(desk, OneCatalogue(), authenticate, desk.ping, operators(desk.store))
    server = GrpcServer(uses, ServerSettings(grace=GRACE))
    address = f"127.0.0.1:{await server.start()}"
    async with grpc.aio.insecure_channel(address) as channel:
        yield server, desk, channel
    await server.drain()


def asked(channel: grpc.aio.Channel) -> Any:  # noqa: ANN401 - the stubs' calls share no type
    """A call that has begun."""
    stub: Any = RegistrationServiceStub(channel)
    request = pb.GetRegistrationRequest(registration_id="reg_1")
    return stub.GetRegistration(request, metadata=KEY, timeout=20)


async def busy(desk: Desk, calls: int) -> None:
    """Until so many are being served."""
    async with asyncio.timeout(10):
        while desk.busy < calls:  # noqa: ASYNC110 - the desk counts, and tells nobody
            await asyncio.sleep(0.01)


async def test_who_outlasts_the_drain_is_told_to_come_back(scene: Scene) -> None:
    """Each with a reason, in time, and none with what gRPC says of a stream that was cut off."""
    server, desk, channel = scene
    calls = [asked(channel) for _ in range(MANY)]
    await busy(desk, MANY)
    began = time.monotonic()
    await server.drain()
    assert time.monotonic() - began < GRACE + 1
    assert {(await one.code(), await one.details()) for one in calls} == {
        (grpc.StatusCode.UNAVAILABLE, SAID)
    }
    trailers = [dict(await one.trailing_metadata()) for one in calls]
    assert all(one["x-request-id"] for one in trailers)


async def test_who_is_done_in_time_is_answered(scene: Scene) -> None:
    """A drain is no end of what can still be finished."""
    server, desk, channel = scene
    desk.delay = GRACE / 3
    call = asked(channel)
    await busy(desk, 1)
    await server.drain()
    assert await call.code() is grpc.StatusCode.NOT_FOUND


async def test_who_has_gone_is_told_nothing(scene: Scene) -> None:
    """A caller that gives up while the drain lasts ends its call as ever."""
    server, desk, channel = scene
    call = asked(channel)
    await busy(desk, 1)
    draining = asyncio.create_task(server.drain())
    call.cancel()
    await draining
    assert await call.code() is grpc.StatusCode.CANCELLED
    assert desk.busy == 0
