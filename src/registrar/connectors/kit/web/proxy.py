"""A SOCKS 5 proxy (RFC 1928) for one context: all that its pages ask for goes through it.

A browser looks names up by itself, and would do so again after a check. It tells this proxy names
instead; each is looked up once, and the address that was checked is the one connected to. What is
inside a connection, TLS as a rule, passes as it is.
"""

from __future__ import annotations

import asyncio
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from contextlib import suppress
from ipaddress import ip_address

import structlog

from registrar.outbound import Address, LookUp, NotAllowed, NotListed, Reach, looked_up, resolved

CONNECT_SECONDS = 5.0
"""For each address of a name."""
GREETING_SECONDS = 10.0
CHUNK = 65536
DONE, RULED_OUT, UNREACHABLE, UNSUPPORTED = 0, 2, 4, 7
"""Replies; Chromium takes every one but the first alike."""
_VERSION, _NO_METHOD, _CONNECT, _IPV4, _NAME, _IPV6 = 5, 0xFF, 1, 1, 3, 4

_log = structlog.get_logger("registrar.browser")


class _NoSocks(Exception):
    """Somebody else's protocol."""


class Proxy:
    """To the hosts of `reach`, and nobody else."""

    def __init__(self, reach: Reach, look_up: LookUp = looked_up) -> None:
        self._reach = reach
        self._look_up = look_up
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self) -> str:
        """Its URL, of this host alone. Raises OSError."""
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0)
        return f"socks5://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """With every connection."""
        if self._server is not None:
            self._server.close()
        for one in self._open:
            one.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _accepted(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.create_task(self._served(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _served(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            with suppress(OSError, IncompleteReadError, _NoSocks):
                async with asyncio.timeout(GREETING_SECONDS):
                    host, port = await _asked(reader, writer)
                await self._passed(host, port, reader, writer)
        finally:
            writer.close()

    async def _passed(
        self, host: str, port: int, reader: StreamReader, writer: StreamWriter
    ) -> None:
        try:
            there = await self._connected(host, port)
        except NotListed:
            await _reply(writer, RULED_OUT)
        except NotAllowed as error:
            # Its host is one of the form's, so its name is nothing personal.
            _log.warning("outbound_refused", host=host, why=type(error).__name__)
            await _reply(writer, UNREACHABLE)
        except (OSError, ValueError):
            await _reply(writer, UNREACHABLE)
        else:
            await _reply(writer, DONE)
            await _relayed((reader, writer), there)

    async def _connected(self, host: str, port: int) -> tuple[StreamReader, StreamWriter]:
        """To the first address that answers. Raises OSError."""
        found = await resolved(self._reach, host, port, self._look_up)
        for one in found[:-1]:
            with suppress(OSError):
                return await _opened(one, port)
        return await _opened(found[-1], port)


async def _opened(address: Address, port: int) -> tuple[StreamReader, StreamWriter]:
    async with asyncio.timeout(CONNECT_SECONDS):
        return await asyncio.open_connection(str(address), port)


async def _asked(reader: StreamReader, writer: StreamWriter) -> tuple[str, int]:
    """The host and the port that it wants. Raises _NoSocks, IncompleteReadError, OSError."""
    version, count = await reader.readexactly(2)
    methods = await reader.readexactly(count)
    agreed = version == _VERSION and 0 in methods
    writer.write(bytes([_VERSION, 0 if agreed else _NO_METHOD]))
    if not agreed:
        raise _NoSocks
    _, command, _, kind = await reader.readexactly(4)
    host = await _host(reader, kind)
    port = int.from_bytes(await reader.readexactly(2), "big")
    if command != _CONNECT:
        await _reply(writer, UNSUPPORTED)
        raise _NoSocks
    return host, port


async def _host(reader: StreamReader, kind: int) -> str:
    if kind == _NAME:
        (size,) = await reader.readexactly(1)
        return (await reader.readexactly(size)).decode("ascii", "replace")
    if kind not in {_IPV4, _IPV6}:
        raise _NoSocks
    return str(ip_address(await reader.readexactly(4 if kind == _IPV4 else 16)))


async def _reply(writer: StreamWriter, code: int) -> None:
    writer.write(bytes([_VERSION, code, 0, _IPV4, 0, 0, 0, 0, 0, 0]))
    await writer.drain()


async def _relayed(
    here: tuple[StreamReader, StreamWriter], there: tuple[StreamReader, StreamWriter]
) -> None:
    """Until one of the two has said all: HTTP needs no half of a connection."""
    ways = [
        asyncio.create_task(_copied(here[0], there[1])),
        asyncio.create_task(_copied(there[0], here[1])),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in ways:
            one.cancel()
        there[1].close()
        await asyncio.gather(*ways, return_exceptions=True)


async def _copied(reader: StreamReader, writer: StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
