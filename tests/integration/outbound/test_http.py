"""Nothing makes a connector's client ask what it should not: real sockets, and a fake look-up."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.integration.connectors import maker
from tests.integration.outbound.names import Listener, Names, listening

from registrar.connectors.kit import addresses, manifest
from registrar.connectors.kit.addresses import ConnectorSettings
from registrar.connectors.kit.connector import HttpConnector
from registrar.connectors.kit.http import HttpClient, NotSent, Reply, Request
from registrar.domain import destination
from registrar.domain.outcome import Code, Effect
from registrar.outbound import Reach

HERE = "127.0.0.1"


@pytest.fixture
async def inside() -> AsyncIterator[Listener]:
    """What must not be asked."""
    async with listening() as made:
        yield made


async def asked(url: str, reach: Reach, names: Names, times: int = 1) -> list[Reply]:
    """So many requests of one client."""
    http = HttpClient(reach=reach, look_up=names.look_up)
    request = Request("POST", url, {}, {"who": "ada@canary.example"}, json={})
    try:
        return [await http.send(request, read_timeout=2, max_body=99) for _ in range(times)]
    finally:
        await http.close()


WRITTEN = [
    "127.0.0.1",
    "127.9.9.9",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",  # noqa: S104 - asked, not listened on
    "127.0.0.1.",
    "127\N{IDEOGRAPHIC FULL STOP}0\N{IDEOGRAPHIC FULL STOP}0\N{IDEOGRAPHIC FULL STOP}1",
    "\N{FULLWIDTH DIGIT ONE}27.0.0.1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::127.0.0.1]",
    "[2002:7f00:1::1]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "169.254.169.254",
    "168.63.129.16",
    "100.100.100.200",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fec0::1]",
    "[ff02::1]",
    "good.example@127.0.0.1",
    "good.example:80@127.0.0.1",
    "good.example%2f@127.0.0.1",
]


@pytest.mark.parametrize("host", WRITTEN)
async def test_an_address_inside_is_not_asked(host: str, inside: Listener) -> None:
    """However it is written, and before anything is connected to."""
    with pytest.raises(NotSent, match=r"NotAllowed|a user in the URL|InvalidURL"):
        await asked(f"http://{host}:{inside.port}/", Reach(), Names([]))
    assert inside.heard == []


@pytest.mark.parametrize(
    "url",
    [
        "http://good.example@evil.example/",
        "http://good.example:80@evil.example/",
        "http://evil.example/@good.example",
        "http://evil.example#@good.example/",
        "http://evil.example\\@good.example/",
        "http://good.example.evil.example/",
        "http://evil.example:80",
        "http://good.example:8080/",
        "https://good.example/",
        "http://127.0.0.1/",
    ],
)
async def test_nobody_else_is_asked(url: str) -> None:
    """Whatever stands before or behind the host; the name is not even looked up."""
    names = Names([["93.184.215.14"]])
    with pytest.raises(NotSent, match=r"NotListed|a user in the URL|InvalidURL"):
        await asked(url, Reach.of(["http://good.example/"]), names)
    assert names.asked == []


NAMED = [
    [HERE],
    ["::1"],
    ["10.0.0.1"],
    ["169.254.169.254"],
    ["fd00:ec2::254"],
    ["fe80::1%lo"],
    [f"::ffff:{HERE}"],
    [f"64:ff9b::{HERE}"],
    ["2002:7f00:1::1"],
    ["93.184.215.14", HERE],
    [],
]


@pytest.mark.parametrize("found", NAMED, ids=" ".join)
@pytest.mark.parametrize("host", ["partner.example", "partner.example.", "PARTNER.example"])
async def test_a_name_that_leads_inside_is_not_asked(
    host: str, found: list[str], inside: Listener
) -> None:
    """By any of its addresses, although it is the manufacturer's own."""
    names = Names([found])
    own = Reach.of([f"http://partner.example:{inside.port}/"])
    with pytest.raises(NotSent, match="NotAllowed"):
        await asked(f"http://{host}:{inside.port}/", own, names)
    assert (len(names.asked), inside.heard) == (1, [])


async def test_this_host_is_asked_where_the_operator_has_written_it(inside: Listener) -> None:
    """The sandbox's address; at that port alone."""
    own = Reach.of([f"http://{HERE}:{inside.port}/"])
    (reply,) = await asked(f"http://{HERE}:{inside.port}/", own, Names([]))
    assert (reply.status, len(inside.heard)) == (200, 1)
    async with listening() as other:
        with pytest.raises(NotSent, match="NotListed"):
            await asked(f"http://{HERE}:{other.port}/", own, Names([]))
        assert other.heard == []


def of_the_internet(address: IPv4Address | IPv6Address, *, local: bool = False) -> bool:
    """As if this host were a public one: no other can be connected to from a test."""
    del local
    return str(address) == HERE


async def test_the_address_that_was_checked_is_the_one_that_is_used(
    monkeypatch: pytest.MonkeyPatch, inside: Listener
) -> None:
    """A name that leads elsewhere by its second look-up has one look-up a connection."""
    monkeypatch.setattr(destination, "allowed", of_the_internet)
    url = f"http://partner.example:{inside.port}/"
    names = Names([[HERE], ["127.0.0.2"]])
    # Nobody but the fake knows the name: only what it said first leads to the server.
    (reply,) = await asked(url, Reach.of([url]), names)
    assert (reply.status, len(names.asked), len(inside.heard)) == (200, 1, 1)
    with pytest.raises(NotSent, match="NotAllowed"):
        await asked(url, Reach.of([url]), names)
    assert (len(names.asked), len(inside.heard)) == (2, 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["http://127.0.0.1:{}/", "//127.0.0.1:{}/", "http://localhost:{}/"])
async def test_a_redirect_leads_nowhere(status: int, to: str, inside: Listener) -> None:
    """It is an answer; also with a client that may ask everybody."""

    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 {status} x\r\nLocation: {to.format(inside.port)}\r\n"
        writer.write(f"{head}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()

    server = await asyncio.start_server(redirect, HERE, 0)
    port = server.sockets[0].getsockname()[1]
    (reply,) = await asked(f"http://{HERE}:{port}/", Reach(local=True), Names([[HERE]]))
    server.close()
    assert (reply.status, inside.heard) == (status, [])


async def test_a_proxy_of_the_environment_is_not_used(
    monkeypatch: pytest.MonkeyPatch, inside: Listener
) -> None:
    """It would look names up by itself."""
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://{HERE}:{inside.port}")
    with pytest.raises(NotSent):
        await asked("http://partner.example/", Reach(), Names([]))
    assert inside.heard == []


async def test_a_refusal_names_the_host_and_nothing_of_the_customers() -> None:
    """Neither the path nor the query."""
    with capture_logs() as lines, pytest.raises(NotSent) as caught:
        await asked("http://partner.example/ada", Reach(), Names([["10.0.0.1"]]))
    assert str(caught.value) == "partner.example: NotAllowed"
    assert [(one["event"], one["host"], one["why"]) for one in lines] == [
        ("outbound_refused", "partner.example", "NotAllowed")
    ]
    assert "ada" not in str(lines)


def connector(folder: Path, urls: dict[str, str], names: Names) -> HttpConnector:
    """Acme's, with a token from where the settings say, by this look-up."""
    loaded = manifest.load(maker.folder(folder, maker.BODY) / "acme" / "manifest.yaml")
    assert loaded.api is not None
    settings = ConnectorSettings(urls, maker.SECRETS)
    http = HttpClient(reach=addresses.reach("acme", loaded.api, settings), look_up=names.look_up)
    exchange = addresses.exchange("acme", loaded.api, http, settings)
    return HttpConnector(loaded.api, "1", exchange)


@pytest.mark.parametrize(
    ("found", "codes", "acts"),
    [
        ([HERE], (Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT), 0),
        (["10.0.0.1"], (Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT), 0),
    ],
)
async def test_a_token_is_not_asked_for_inside(
    tmp_path: Path, found: Sequence[str], codes: tuple[Code, Effect], acts: int
) -> None:
    """By the same client; nothing is sent without one."""
    made, names = maker.maker(maker.BODY), Names([list(found)])
    async with maker.running(made) as base:
        port = base.rpartition(":")[2]
        urls = {"acme": base, "acme.token": f"http://login.example:{port}/oauth/token"}
        one = connector(tmp_path, urls, names)
        outcome = await one.submit(maker.job())
        await one.exchange.http.close()
    assert (outcome.code, outcome.effect) == codes
    assert outcome.message == "login.example: NotAllowed"
    assert (len(names.asked), len(made.sent)) == (1, acts)


async def test_a_token_is_asked_for_where_the_operator_says(tmp_path: Path) -> None:
    """Also on this host, in an address of its own."""
    made, names = maker.maker(maker.BODY), Names([])
    async with maker.running(made) as base:
        one = connector(tmp_path, {"acme": base, "acme.token": f"{base}/oauth/token"}, names)
        outcome = await one.submit(maker.job())
        await one.exchange.http.close()
    assert (outcome.code, outcome.effect) == (Code.REGISTERED, Effect.ACCEPTED)
