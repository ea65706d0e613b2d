"""Both couriers by one suite; and what only the real one can meet."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from tests.integration.notify.receiver import Receiver, Said, running

from registrar.notify.courier import HttpCourier, looked_up
from registrar.notify.memory import MemoryCourier
from registrar.ports.notifier import Answer, Courier, Verdict
from registrar.testing.courier_suite import *  # noqa: F403 - the tests are the content
from registrar.testing.courier_suite import SECRET, System, call

OTHER = "whsec_b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyMTI="


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A tenant's system."""
    async with running(SECRET) as made:
        yield made


@pytest.fixture
async def real() -> AsyncIterator[HttpCourier]:
    """To this host."""
    made = HttpCourier(local=True, seconds=2)
    yield made
    await made.close()


@dataclass
class Memory:
    """The other end of the memory twin."""

    courier: MemoryCourier
    url: str = "https://hooks.example/"

    def arrived(self) -> list[tuple[str, Any]]:
        """Of each webhook."""
        return [(one.id, one.payload) for one in self.courier.calls]

    def will_say(self, status: int, retry_after: int = 0) -> None:
        """To the next one."""
        verdict = Verdict.GONE if status == 410 else Verdict.LATER
        pause = timedelta(seconds=retry_after) if retry_after else None
        self.courier.answers.append(Answer(verdict, str(status), pause))


@pytest.fixture(params=["memory", "http"])
def ends(request: pytest.FixtureRequest) -> tuple[Courier, System]:
    """Both ends of either courier."""
    if request.param == "memory":
        twin = MemoryCourier()
        return twin, Memory(twin)
    return request.getfixturevalue("real"), request.getfixturevalue("receiver")


@pytest.fixture
def courier(ends: tuple[Courier, System]) -> Courier:
    """What is tried."""
    return ends[0]


@pytest.fixture
def system(ends: tuple[Courier, System]) -> System:
    """Its other end."""
    return ends[1]


async def test_a_receiver_can_tell_who_sent_it(real: HttpCourier, receiver: Receiver) -> None:
    """By the rules of Standard Webhooks; while two secrets are in force, by either."""
    await real.post(call(receiver.url))
    assert receiver.verified()
    assert not receiver.verified(secrets=[OTHER])
    await real.post(call(receiver.url, OTHER, SECRET))
    assert receiver.verified()
    assert receiver.verified(secrets=[OTHER])
    old = replace(call(receiver.url), at=datetime.now(UTC) - timedelta(minutes=6))
    await real.post(old)
    assert not receiver.verified()


async def test_a_webhook_goes_out_as_its_address_says(
    real: HttpCourier, receiver: Receiver
) -> None:
    """With its query, and what is encoded in it; as JSON in UTF-8, without a cookie."""
    receiver.said.append(Said(204, {"Set-Cookie": "a=b; Path=/"}))
    for _ in range(2):
        await real.post(call(f"{receiver.url}/a%2Fb?c=d%26e"))
    path, headers, body = receiver.requests[1]
    assert path == "/hooks/a%2Fb?c=d%26e"
    assert (headers["Content-Type"], headers["User-Agent"]) == ("application/json", "registrar")
    assert "Cookie" not in headers
    assert "reg_Łódź".encode() in body


async def test_a_redirect_is_not_followed(real: HttpCourier, receiver: Receiver) -> None:
    """It could lead inside."""
    receiver.said.append(Said(307, {"Location": receiver.url}))
    assert await real.post(call(receiver.url)) == Answer(Verdict.LATER, "307")
    assert len(receiver.requests) == 1


async def test_a_system_that_says_nothing_is_not_waited_for(receiver: Receiver) -> None:
    """Nor one that is not there."""
    made = HttpCourier(local=True, seconds=0.3)
    receiver.said.append(Said(204, after=5))
    assert await made.post(call(receiver.url)) == Answer(Verdict.LATER, "timeout")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        answer = await made.post(call(f"http://127.0.0.1:{port}/"))
    assert answer == Answer(Verdict.LATER, "ClientConnectorError")
    await made.close()
    await made.close()


async def test_an_answer_without_an_end_is_not_read(real: HttpCourier) -> None:
    """Its first line is enough."""

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                writer.write(b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n")
                await writer.drain()
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(endless, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with asyncio.timeout(1):
        answer = await real.post(call(f"http://127.0.0.1:{port}/"))
    assert answer == Answer(Verdict.SENT, "200")
    server.close()


async def test_what_is_no_http_is_no_answer(real: HttpCourier) -> None:
    """And its words are not kept."""

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"220 secret.internal ESMTP\r\n")
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    answer = await real.post(call(f"http://127.0.0.1:{port}/"))
    assert answer.verdict is Verdict.LATER
    assert "secret" not in answer.code
    server.close()


@pytest.mark.parametrize("status", [429, 503])
async def test_a_pause_may_be_told_as_an_instant(
    real: HttpCourier, receiver: Receiver, status: int
) -> None:
    """What cannot be read is none."""
    soon = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
    for text in (soon, "Thu, 01 Jan 1970 00:00:00 GMT", "soon", "1" * 30):
        receiver.said.append(Said(status, {"Retry-After": text}))
    found = [(await real.post(call(receiver.url))).retry_after for _ in range(4)]
    assert found[0] is not None
    assert timedelta(minutes=4) < found[0] <= timedelta(minutes=5)
    assert found[1:] == [timedelta(0), None, timedelta(seconds=10**6)]


@dataclass
class Names:
    """What names lead to, one answer a look-up."""

    answers: list[list[str]]
    asked: int = 0

    async def look_up(self, host: str, port: int) -> list[str]:
        """The next one."""
        del host, port
        self.asked += 1
        return self.answers.pop(0)


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["fe80::1%eth0"],
        ["::ffff:127.0.0.1"],
        ["93.184.215.14", "192.168.0.1"],
        [],
    ],
)
async def test_a_name_that_leads_inside_is_not_followed(addresses: list[str]) -> None:
    """By any of its addresses."""
    names = Names([addresses])
    made = HttpCourier(look_up=names.look_up)
    assert await made.post(call("https://hooks.example/")) == Answer(Verdict.LATER, "not_allowed")
    assert names.asked == 1
    await made.close()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://127.0.0.1/", "not_allowed"),
        ("https://[::1]/", "not_allowed"),
        ("http://hooks.example/", "not_allowed"),
        ("https://2130706433/", "not_allowed"),
    ],
)
async def test_an_address_that_leads_inside_is_not_followed(url: str, code: str) -> None:
    """However it is written; also where other rules held when it was set."""
    made = HttpCourier()
    assert await made.post(call(url)) == Answer(Verdict.LATER, code)
    await made.close()


async def test_the_address_that_was_checked_is_the_one_that_is_used(receiver: Receiver) -> None:
    """A name is looked up once a webhook: what it leads to afterwards makes no difference."""
    names = Names([["127.0.0.1"], ["10.0.0.1"]])
    made = HttpCourier(local=True, look_up=names.look_up, seconds=2)
    port = receiver.url.split(":")[2].split("/")[0]
    url = f"https://hooks.example:{port}/"
    # The receiver speaks no TLS: that it was reached shows all the same.
    answer = await made.post(call(url))
    assert (answer.verdict, answer.code) == (Verdict.LATER, "ClientConnectorSSLError")
    assert names.asked == 1
    assert await made.post(call(url)) == Answer(Verdict.LATER, "not_allowed")
    await made.close()


async def test_a_name_is_looked_up_by_the_system() -> None:
    """Where nobody says otherwise."""
    assert set(await looked_up("localhost", 80)) <= {"127.0.0.1", "::1"}
