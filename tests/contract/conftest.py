"""A real grpc.aio server over use cases in memory."""

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from tests.contract.file_gateway import Gateway, opened

from registrar.rpc.lanes import LaneLimits, Limits
from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.testing.desk import Desk, OneCatalogue, authenticate
from registrar.testing.desk import connectors as operators

# Short enough to outlive it in a test, long enough for a busy machine.
DEFAULT_DEADLINE = 2.0


@pytest.fixture
async def desk() -> Desk:
    """The use cases."""
    return Desk()


@pytest.fixture
async def server(desk: Desk) -> AsyncIterator[tuple[GrpcServer, int]]:
    """The server and its port."""
    settings = ServerSettings(
        default_deadline=DEFAULT_DEADLINE,
        grace=5.0,
        probe_interval=0.05,
        limits=Limits(writes=LaneLimits(64, 10_000), watches=LaneLimits(3, 0)),
    )
    made = GrpcServer(
        Uses(desk, OneCatalogue(), authenticate, desk.ping, operators(desk.store)), settings
    )
    port = await made.start()
    yield made, port
    await made.drain()


@pytest.fixture
async def channel(server: tuple[GrpcServer, int]) -> AsyncIterator[grpc.aio.Channel]:
    """To that server, with no option of ours."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server[1]}") as made:
        yield made


@pytest.fixture
async def file_gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    """Over the real use cases, its files in a folder of its own."""
    async with opened(tmp_path) as made:
        yield made
