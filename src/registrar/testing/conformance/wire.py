"""A server between a connector and the sandbox: it keeps what arrives, and may answer in its place.

Requests for tokens always go through, so that every kind of credentials works as it is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from registrar.sandbox.request import answer_json

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
_SILENT = logging.getLogger("registrar.conformance.wire")
"""Its requests break off on purpose: what aiohttp says of that is of no use to anybody."""
_SILENT.disabled = True
_HOPS = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Arrived:
    """One request as the manufacturer saw it."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def repeated(self) -> tuple[object, ...]:
        """What must be the same in a repetition: all but the credentials."""
        headers = {key.lower(): value for key, value in self.headers.items()}
        headers.pop("authorization", None)
        return self.path, self.query, self.body, *sorted(headers.items())

    def holds(self, text: str) -> bool:
        """Anywhere in it."""
        body = self.body.decode("utf-8", "replace")
        return any(text in part for part in (self.path, self.query, body, *self.headers.values()))


class Wire:
    """`answer` is for every request, `once` for the next ones; else the sandbox answers."""

    def __init__(self, behind: str, token_path: str) -> None:
        self.arrived: list[Arrived] = []
        self.tokens: list[Arrived] = []
        self.answer: Answer | None = None
        self.once: list[Answer] = []
        self._behind = behind
        self._token_path = token_path
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> str:
        """Its address."""
        made = web.Application(client_max_size=1024 * 1024)
        made.router.add_route("*", "/{path:.*}", self._handle)
        # A connector is never waited for: what hangs is cut off at the end.
        self._runner = web.AppRunner(made, access_log=None, logger=_SILENT, shutdown_timeout=0.05)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._session = aiohttp.ClientSession(auto_decompress=False)
        # What the sandbox hangs up on would be sent to it a second time.
        self._session._retry_connection = False  # noqa: SLF001 - there is no public switch
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Stop listening."""
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        one = Arrived(
            request.method,
            request.path,
            request.query_string,
            request.headers.copy(),
            await request.read(),
        )
        if self._token_path and request.path == self._token_path:
            self.tokens.append(one)
            return await self._forwarded(request, one)
        self.arrived.append(one)
        answer = self.once.pop(0) if self.once else self.answer
        return await (answer(request) if answer else self._forwarded(request, one))

    async def _forwarded(self, request: web.Request, one: Arrived) -> web.StreamResponse:
        if self._session is None:
            raise RuntimeError("it was not started")
        headers = {key: value for key, value in one.headers.items() if key.lower() not in _HOPS}
        try:
            async with self._session.request(
                one.method,
                self._behind + request.raw_path,
                data=one.body or None,
                headers=headers,
                allow_redirects=False,
            ) as reply:
                raw = await reply.read()
                kept = {k: v for k, v in reply.headers.items() if k.lower() not in _HOPS}
                return web.Response(status=reply.status, body=raw, headers=kept)
        except aiohttp.ClientError:
            return await cut(request)


def saying(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:  # noqa: ANN401 - JSON
    """This, as JSON."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0)
        return answer_json(body, status, **(headers or {}))

    return answer


def page(status: int = 200) -> Answer:
    """What a proxy or a content network says instead of the manufacturer."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0)
        text = "<!doctype html><title>Sorry</title><h1>Something went wrong</h1>"
        return web.Response(status=status, text=text, content_type="text/html")

    return answer


async def cut(request: web.Request) -> web.StreamResponse:
    """The connection is gone without a byte of an answer."""
    await asyncio.sleep(0)
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def hang(_request: web.Request) -> web.StreamResponse:
    """No answer ever."""
    await asyncio.sleep(3600)
    return web.Response(status=500)


def drip(pause: float) -> Answer:
    """A byte every `pause` seconds, without an end."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        with suppress(ConnectionError):
            while True:
                await response.write(b" ")
                await asyncio.sleep(pause)
        return response

    return answer


def redirect(status: int, location: str) -> Answer:
    """Elsewhere."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0)
        return web.Response(status=status, headers={"Location": location})

    return answer
