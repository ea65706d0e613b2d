"""The phase of an error, on real sockets: a wrong NOT_SENT would register a product twice."""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from tests.contract.authority import Authority

from registrar.connectors.kit import http as kit_http
from registrar.connectors.kit.http import (
    HttpClient,
    NoAnswer,
    NotSent,
    Reply,
    Request,
    Unsendable,
)
from registrar.outbound import Reach

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@asynccontextmanager
async def server(serve: Serve) -> AsyncIterator[str]:
    """Plain TCP, so that every byte is the test's own."""
    tasks: set[asyncio.Task[None] | None] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    made = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{made.sockets[0].getsockname()[1]}"
    finally:
        made.close()
        for task in tasks:
            if task is not None:
                task.cancel()
                await task


@asynccontextmanager
async def client() -> AsyncIterator[HttpClient]:
    """Closed at the end."""
    made = HttpClient(reach=Reach(local=True))
    try:
        yield made
    finally:
        await made.close()


async def sent(url: str, method: str = "POST") -> Reply:
    """One request."""
    async with client() as http:
        request = Request(method, url, {}, {}, json={"a": 1})
        return await http.send(request, read_timeout=2, max_body=1000)


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Head and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    return head + await reader.readexactly(length)


def answer(body: bytes, *headers: bytes) -> bytes:
    """A whole one."""
    lines = b"".join(header + b"\r\n" for header in headers)
    return OK + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body


async def test_a_refused_connection_was_never_sent() -> None:
    """Nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NotSent):
        await sent(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("url", ["http://name.invalid/", "https://127.0.0.1:1/", "ftp://a/", "x"])
async def test_what_cannot_be_reached_was_never_sent(url: str) -> None:
    """No such name, nobody behind TLS, no HTTP at all."""
    with pytest.raises(NotSent):
        await sent(url)


async def test_a_server_that_speaks_no_tls_was_never_sent_anything() -> None:
    """The handshake fails before the request."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with server(serve) as url:
        with pytest.raises(NotSent):
            await sent(url.replace("http:", "https:"))


async def hangs_up_at_once(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Without reading: but who knows what it had read."""
    writer.transport.abort()


async def hangs_up_after_reading(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Commit, then drop."""
    await read_request(reader)
    writer.transport.abort()


async def says_goodbye(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A clean end without an answer."""
    await read_request(reader)
    writer.close()


async def hangs(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """For longer than anybody waits."""
    await read_request(reader)
    await asyncio.sleep(30)


async def answers_half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The promised rest never comes."""
    await read_request(reader)
    writer.write(OK + b"Content-Length: 100\r\n\r\n{")
    writer.close()


async def speaks_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """No HTTP."""
    await read_request(reader)
    writer.write(b"\x00\x01\x02 hello\r\n\r\n")
    writer.close()


async def says_too_much(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """More than is read."""
    await read_request(reader)
    writer.write(answer(b"1" * 5000))
    writer.close()


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(
    "serve",
    [
        hangs_up_at_once,
        hangs_up_after_reading,
        says_goodbye,
        hangs,
        answers_half,
        speaks_nonsense,
        says_too_much,
    ],
)
async def test_after_the_connection_nobody_knows(serve: Serve, method: str) -> None:
    """Whatever name the library gives it."""
    async with server(serve) as url:
        with pytest.raises(NoAnswer):
            await sent(url, method)


@pytest.mark.parametrize("method", ["POST", "PUT", "GET"])
async def test_a_request_is_sent_once(method: str) -> None:
    """Also on a kept connection that the server drops: the library would send a PUT again."""
    seen = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        while True:
            await read_request(reader)
            seen += 1
            if seen > 1:
                writer.transport.abort()
                return
            writer.write(answer(b"{}"))

    async with server(serve) as url, client() as http:
        request = Request(method, url, {}, {}, json={"a": 1})
        await http.send(request, read_timeout=5, max_body=1000)
        with pytest.raises(NoAnswer):
            await http.send(request, read_timeout=5, max_body=1000)
        await asyncio.sleep(0.1)
    assert seen == 2


async def test_a_redirect_is_an_answer() -> None:
    """Followed, it would be a request to somebody else."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with server(serve) as url:
        assert (await sent(url)).status == 307


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        (b"7", 7, 7),
        (b"Wed, 21 Oct 2099 07:28:00 GMT", 86400, 86400),
        (b"Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
        (b"999999999999", 86400, 86400),
    ],
)
async def test_when_to_come_back_is_read(header: bytes, least: int, most: int) -> None:
    """As seconds and as a date; never longer than a day."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(answer(b"{}", b"Retry-After: " + header))
        writer.close()

    async with server(serve) as url:
        found = (await sent(url)).retry_after
    assert found is not None
    assert timedelta(seconds=least) <= found <= timedelta(seconds=most)


@pytest.mark.parametrize(
    ("date", "least", "most"),
    [
        (b"Date: Wed, 21 Oct 2099 07:27:53 GMT", 7, 7),
        (b"Date: yesterday", 86400, 86400),
        (b"Date: Wed, 21 Oct 2099 07:28:53 GMT", 0, 0),
    ],
)
async def test_a_date_to_come_back_is_by_the_clock_of_whoever_gave_it(
    date: bytes, least: int, most: int
) -> None:
    """Ours may be wrong, and a customer would wait for as long as that."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(answer(b"{}", b"Retry-After: Wed, 21 Oct 2099 07:28:00 GMT", date))
        writer.close()

    async with server(serve) as url:
        found = (await sent(url)).retry_after
    assert found is not None
    assert timedelta(seconds=least) <= found <= timedelta(seconds=most)


@pytest.mark.parametrize("header", [b"soon", b"-1", b"\xc2\xb2"])
async def test_nonsense_about_coming_back_is_ignored(header: bytes) -> None:
    """No guess."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(answer(b"not json", b"Retry-After: " + header))
        writer.close()

    async with server(serve) as url:
        assert await sent(url) == Reply(200, None, None, page=True)


async def test_a_byte_now_and_then_does_not_last_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each read is in time; the whole is not."""
    monkeypatch.setattr(kit_http, "POOL_TIMEOUT", 0.2)

    async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(OK + b"Content-Length: 900\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"1")
            await asyncio.sleep(0.05)

    async with server(drips) as url:
        async with asyncio.timeout(20):
            with pytest.raises(NoAnswer):
                await sent(url)


async def test_nothing_of_one_request_is_seen_in_the_next(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No cookie in its head, and no address in the log."""
    caplog.set_level(logging.DEBUG)
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answer(b"{}", b"Set-Cookie: customer=ada; Path=/"))

    async with server(serve) as url, client() as http:
        request = Request("GET", url, {}, {"owner_email": "ada@canary.example"})
        for _ in range(2):
            await http.send(request, read_timeout=5, max_body=1000)
    assert len(heads) == 2
    assert b"ada@canary.example" in heads[1]
    assert b"cookie" not in heads[1].lower()
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    "request_",
    [
        Request("POST", "http://127.0.0.1:1/", {"X-A": "ż"}, {}, json={}),
        Request("POST", "http://127.0.0.1:1/", {}, {}, json={"a": "\ud800"}),
        Request("POST", "http://127.0.0.1:1/", {}, {}, json={"a": object()}),
        Request("GET", "http://127.0.0.1:1/", {}, {"a": "\ud800"}),
    ],
)
async def test_what_is_no_request_was_never_sent(request_: Request) -> None:
    """And it is ours to mend: nobody was unreachable."""
    async with client() as http:
        with pytest.raises(Unsendable):
            await http.send(request_, read_timeout=5, max_body=1000)


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b"<html>", (None, True)), (b" ", (None, False)), (b"[1]", ([1], False))],
)
async def test_a_page_is_told_from_silence(body: bytes, expected: tuple[object, bool]) -> None:
    """Neither has a body to read."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(answer(body))
        writer.close()

    async with server(serve) as url:
        reply = await sent(url)
    assert (reply.body, reply.page) == expected


async def test_who_cannot_prove_who_they_are_is_sent_nothing(tmp_path: Path) -> None:
    """A certificate that nobody known has signed; who knows its authority is served."""
    authority = Authority()
    key, certificate = authority.into(tmp_path)
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(certificate, key)
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.read(10))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=theirs) as listening:
        port = listening.sockets[0].getsockname()[1]
        with pytest.raises(NotSent, match="Certificate"):
            await sent(f"https://127.0.0.1:{port}/")
        assert asked == []
        known = ssl.create_default_context(cadata=authority.root.decode())
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=known)
        writer.write(b"hello")
        assert await reader.read() == b""
        writer.close()
    assert asked == [b"hello"]
