"""Who has no key and means harm does not keep others from their answers."""

import asyncio
import sys
import time

import pytest
from tests.contract.flooding import PREFACE, SETTINGS, frame

from registrar.client import Client
from registrar.rpc import server as servers
from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.testing.desk import Desk, OneCatalogue, authenticate
from registrar.testing.desk import connectors as operators

FLOOD_SECONDS = 4.0
MAX_CONCURRENT_STREAMS = 3
"""The number of this setting in HTTP/2."""


async def test_streams_that_are_reset_at_once_cost_nobody_an_answer(
    server: tuple[GrpcServer, int],
) -> None:
    """Rapid reset, CVE-2023-44487: over four connections, by a process of its own."""
    flooding = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.contract.flooding", str(server[1]), str(FLOOD_SECONDS)),
        stdout=asyncio.subprocess.PIPE,
    )
    answered = 0
    async with Client(f"127.0.0.1:{server[1]}", "key-a") as client:
        while flooding.returncode is None:
            async with asyncio.timeout(20):
                assert await client.health() == "SERVING"
            answered += 1
            await asyncio.sleep(0.02)
    said, _ = await flooding.communicate()
    assert int(said) > 10_000
    assert answered > 10


async def test_a_connection_is_told_how_many_calls_it_may_have(
    server: tuple[GrpcServer, int],
) -> None:
    """Which is what bounds the work that a flood can leave behind."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server[1])
    writer.write(PREFACE + frame(SETTINGS))
    head = await reader.readexactly(9)
    assert head[3] == SETTINGS
    said = await reader.readexactly(int.from_bytes(head[:3], "big"))
    told = {
        int.from_bytes(said[at : at + 2], "big"): int.from_bytes(said[at + 2 : at + 6], "big")
        for at in range(0, len(said), 6)
    }
    assert told[MAX_CONCURRENT_STREAMS] == 1_000
    writer.close()


async def test_who_connects_and_says_nothing_is_let_go(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or says a byte now and then; two hundred of them leave room for others."""
    usual = dict(servers.OPTIONS)
    assert usual["grpc.server_handshake_timeout_ms"] <= 10_000
    quick = usual | {"grpc.server_handshake_timeout_ms": 1_500}
    monkeypatch.setattr(servers, "OPTIONS", tuple(quick.items()))
    uses = Uses(desk, OneCatalogue(), authenticate, desk.ping, operators(desk.store))
    server = GrpcServer(uses, ServerSettings(grace=0.5))
    port = await server.start()

    async def silent(number: int) -> float:
        """Seconds until it is let go."""
        began = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        async def dripping() -> None:
            for byte in PREFACE[:-1] if number % 2 else b"":
                writer.write(bytes([byte]))
                await asyncio.sleep(0.5)

        drip = asyncio.create_task(dripping())
        async with asyncio.timeout(30):
            while await reader.read(4_096):
                pass
        drip.cancel()
        writer.close()
        return time.monotonic() - began

    waiting = asyncio.gather(*(silent(number) for number in range(200)))
    async with Client(f"127.0.0.1:{port}", "key-a") as client:
        while not waiting.done():
            async with asyncio.timeout(20):
                assert await client.health() == "SERVING"
            await asyncio.sleep(0.05)
    assert max(await waiting) < 20
    await server.drain()
