"""With credentials of its own a server speaks TLS, and nothing else."""

import ipaddress
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub

from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.testing.desk import Desk, OneCatalogue, authenticate
from registrar.testing.desk import connectors as operators

Stub = Any  # the generated classes have their asynchronous type only in their stub files
health: Any = health_pb2


def certificate() -> tuple[bytes, bytes]:
    """A key and a certificate of this machine's own address, signed by itself, for an hour."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "registrar")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    clear = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    return (
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, clear),
        made.public_bytes(pem),
    )


@pytest.fixture(scope="module")
def pair() -> tuple[bytes, bytes]:
    """Key and certificate."""
    return certificate()


@pytest.fixture
async def address(pair: tuple[bytes, bytes]) -> AsyncIterator[str]:
    """Of a server with that certificate."""
    desk = Desk()
    settings = ServerSettings(credentials=grpc.ssl_server_credentials([pair]))
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
    address: str, pair: tuple[bytes, bytes]
) -> None:
    """Under the name it was made for."""
    trusting = grpc.ssl_channel_credentials(root_certificates=pair[1])
    async with grpc.aio.secure_channel(address, trusting) as channel:
        assert await answer(channel) == health.HealthCheckResponse.SERVING


async def test_a_client_in_clear_is_not_served(address: str) -> None:
    """Nor is one that trusts somebody else."""
    other = grpc.ssl_channel_credentials(root_certificates=certificate()[1])
    for channel in (
        grpc.aio.insecure_channel(address),
        grpc.aio.secure_channel(address, other),
    ):
        async with channel:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await answer(channel)
            assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
