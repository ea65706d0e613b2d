"""The proxy of a context, byte by byte: what is no SOCKS, and what leads nowhere."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from structlog.testing import capture_logs
from tests.integration.outbound.names import Listener, Names, listening

from registrar.connectors.kit.web import proxy as proxying
from registrar.connectors.kit.web.proxy import DONE, RULED_OUT, UNREACHABLE, UNSUPPORTED, Proxy
from registrar.domain import destination
from registrar.outbound import Reach

HERE = "127.0.0.1"
HELLO = b"\x05\x01\x00"


@pytest.fixture
async def site() -> AsyncIterator[Listener]:
    """What is to be reached."""
    async with listening() as made:
        yield made


@asynccontextmanager
async def through(
    reach: Reach, names: Names | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to the proxy."""
    proxy = Proxy(reach, (names or Names([])).look_up)
    port = int((await proxy.start()).rpartition(":")[2])
    reader, writer = await asyncio.open_connection(HERE, port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await proxy.close()


def wish(host: str, port: int, command: int = 1) -> bytes:
    """For a connection: to an address as such, to a name by its length."""
    try:
        known = ip_address(host)
        where = bytes([1 if known.version == 4 else 4]) + known.packed
    except ValueError:
        where = bytes([3, len(host)]) + host.encode()
    return bytes([5, command, 0]) + where + port.to_bytes(2, "big")


async def told(
    reach: Reach, host: str, port: int, names: Names | None = None, command: int = 1
) -> int:
    """The code of the reply."""
    async with through(reach, names) as (reader, writer):
        writer.write(HELLO + wish(host, port, command))
        assert await reader.readexactly(2) == b"\x05\x00"
        return (await reader.readexactly(10))[1]


async def test_both_ends_hear_each_other(site: Listener) -> None:
    """As they speak."""
    async with through(Reach.of([f"http://{HERE}:{site.port}"])) as (reader, writer):
        writer.write(HELLO + wish(HERE, site.port))
        assert (await reader.readexactly(12))[3] == DONE
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert (await reader.read()).endswith(b"{}")
    assert site.heard == [b"GET / HTTP/1.1\r\n\r\n"]


@pytest.mark.parametrize("host", ["other.example", "127.0.0.1", "::1", "", "\x00", "a" * 255])
async def test_another_host_is_ruled_out(host: str, site: Listener) -> None:
    """And not looked up."""
    names = Names([[HERE]])
    reach = Reach.of(["https://form.example"])
    with capture_logs() as lines:
        assert await told(reach, host, site.port, names) == RULED_OUT
    # Pages name hosts as they like: what they say is not kept.
    assert (names.asked, site.heard, lines) == ([], [], [])


@pytest.mark.parametrize("found", [[HERE], ["10.0.0.1"], ["93.184.215.14", "::1"], []])
async def test_a_name_that_leads_inside_is_not_reached(found: list[str], site: Listener) -> None:
    """And that is said in the log, as it is one of the form's."""
    names = Names([found])
    reach = Reach.of([f"http://form.example:{site.port}"])
    with capture_logs() as lines:
        assert await told(reach, "form.example", site.port, names) == UNREACHABLE
    assert (len(names.asked), site.heard) == (1, [])
    assert [(one["event"], one["host"]) for one in lines] == [("outbound_refused", "form.example")]


async def test_what_leads_nowhere_is_unreachable() -> None:
    """No such name, or nobody there."""
    assert await told(Reach(), "form.example", 80) == UNREACHABLE
    with socket.create_server((HERE, 0)) as free:
        port = free.getsockname()[1]
    assert await told(Reach(local=True), HERE, port) == UNREACHABLE


async def test_a_second_address_is_tried(monkeypatch: pytest.MonkeyPatch, site: Listener) -> None:
    """Where nobody answers at the first."""

    def anywhere(address: IPv4Address | IPv6Address, *, local: bool = False) -> bool:
        return bool(address) or local

    monkeypatch.setattr(destination, "allowed", anywhere)
    monkeypatch.setattr(proxying, "CONNECT_SECONDS", 0.5)
    names = Names([["::1", HERE]])
    assert await told(Reach(), "form.example", site.port, names) == DONE
    assert (len(names.asked), len(site.heard)) == (1, 1)


async def test_only_connections_are_made(site: Listener) -> None:
    """Neither a port to listen on nor datagrams."""
    for command in (2, 3):
        assert await told(Reach(local=True), HERE, site.port, command=command) == UNSUPPORTED
    assert site.heard == []


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"GET / HTTP/1.1\r\n\r\n" + b"x" * 99, b"\x05\xff"),
        (b"\x04\x01\x00\x50\x7f\x00\x00\x01\x00", b"\x05\xff"),
        (b"\x05\x01\x02", b"\x05\xff"),
        (HELLO + b"\x05\x01\x00\x09", b"\x05\x00"),
    ],
)
async def test_what_is_no_such_wish_is_left(said: bytes, answer: bytes) -> None:
    """Another protocol or version, a password, an unknown kind of address."""
    async with through(Reach(local=True)) as (reader, writer):
        writer.write(said)
        assert await reader.readexactly(2) == answer
        assert await reader.read() == b""


async def test_who_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while."""
    monkeypatch.setattr(proxying, "GREETING_SECONDS", 0.1)
    async with through(Reach(local=True)) as (reader, writer):
        writer.write(HELLO[:1])
        assert await reader.read() == b""


async def test_nothing_stays_open_behind_a_proxy() -> None:
    """Its end is the end of what goes through it."""
    ended = asyncio.Event()

    async def holds(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        ended.set()
        writer.close()

    server = await asyncio.start_server(holds, HERE, 0)
    port = server.sockets[0].getsockname()[1]
    async with through(Reach(local=True)) as (reader, writer):
        writer.write(HELLO + wish(HERE, port))
        assert (await reader.readexactly(12))[3] == DONE
    async with asyncio.timeout(5):
        await ended.wait()
    server.close()
