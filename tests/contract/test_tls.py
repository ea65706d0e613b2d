"""With credentials of its own a server speaks TLS, and nothing else."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub
from tests.contract.authority import Authority

from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.testing.desk import Desk, OneCatalogue, authenticate
from registrar.testing.desk import connectors as operators

Stub = Any  # the generated classes have their asynchronous type only in their stub files
health: Any = health_pb2


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Whom clients trust."""
    return Authority()


@pytest.fixture
async def address(authority: Authority) -> AsyncIterator[str]:
    """Of a server with that certificate."""
    desk = Desk()
    settings = ServerSettings(credentials=grpc.ssl_server_credentials([authority.pair()]))
    server = GrpcServer(
        Uses(desk, OneCatalogue(), authenticate, desk.ping, operators(desk.store)), settings
    )
    yield f"127.0.0.1:{await server.start()}"
    await server.drain()


async def answer(channel: grpc.aio.Channel) -> int:
    """The server's health."""
    stub: Stub = HealthStub(channel)
    status: int = (await stub.Check(health.HealthCheckRequest(), timeout=10)).status
    return status


async def test_a_client_that_trusts_the_certificate_is_served(
    address: str, authority: Authority
) -> None:
    """Under the name it was made for."""
    trusting = grpc.ssl_channel_credentials(root_certificates=authority.root)
    async with grpc.aio.secure_channel(address, trusting) as channel:
        assert await answer(channel) == health.HealthCheckResponse.SERVING


async def test_a_client_in_clear_is_not_served(address: str) -> None:
    """Nor is one that trusts somebody else."""
    other = grpc.ssl_channel_credentials(root_certificates=Authority().root)
    for channel in (
        grpc.aio.insecure_channel(address),
        grpc.aio.secure_channel(address, other),
    ):
        async with channel:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await answer(channel)
            assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
