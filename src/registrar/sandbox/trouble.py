"""What a fault makes of a request: something in the place of its answer, or its answer spoiled."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from aiohttp import web

from registrar.sandbox.faults import Rule

FOREVER = 3600.0
PAGE = (
    "<!doctype html><html><head><title>{title}</title></head>"
    "<body><h1>{title}</h1><p>Please try again later.</p></body></html>"
)

Refusal = Callable[[int, str, str], web.Response]
"""How a manufacturer says no: status, code (`internal`, `rate_limited`, …), a sentence."""


async def delayed(rule: Rule) -> None:
    """Before anything happens."""
    if rule.fault == "latency":
        await asyncio.sleep(rule.pause(0.0))
    if rule.fault == "hang":
        await asyncio.sleep(rule.pause(FOREVER))


def instead(rule: Rule, refuse: Refusal) -> web.Response | None:  # noqa: PLR0911 - one a kind
    """An answer in the place of the manufacturer's, or None."""
    match rule.fault:
        case "status" | "storm":
            return refuse(rule.status or 500, "internal", "The fault script says so.")
        case "throttle":
            return _with_retry(rule, refuse(rule.status or 429, "rate_limited", "Too many."))
        case "quota":
            made = refuse(rule.status or 429, "quota_exhausted", "The quota is used up.")
            return _with_retry(rule, made)
        case "html":
            return _page(rule.status or 502, "Bad gateway")
        case "html_ok":
            return _page(200, "Something went wrong")
        case "redirect":
            return web.Response(status=rule.status or 307, headers={"Location": rule.location})
        case _:
            return None


async def spoiled(rule: Rule, request: web.Request, made: web.StreamResponse) -> web.StreamResponse:
    """What the caller gets of an answer; the act it tells of has happened."""
    match rule.fault:
        case "commit_then_drop":
            return dropped(request)
        case "commit_then_hang":
            await asyncio.sleep(rule.pause(FOREVER))
            return made
        case "drip":
            return await _dripped(rule, request, made)
        case "truncated":
            body = _body(made)
            return _with_body(made, body[: len(body) // 2])
        case "oversized":
            return _with_body(made, _body(made).ljust(rule.size))
        case _:
            return made


def dropped(request: web.Request) -> web.StreamResponse:
    """The connection is gone without a byte of an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def _page(status: int, title: str) -> web.Response:
    text = PAGE.format(title=title)
    return web.Response(status=status, text=text, content_type="text/html")


def _with_retry(rule: Rule, made: web.Response) -> web.Response:
    if rule.retry_header == "seconds":
        made.headers["Retry-After"] = str(rule.retry_after)
    if rule.retry_header == "date":
        then = datetime.now(UTC) + timedelta(seconds=rule.retry_after)
        made.headers["Retry-After"] = format_datetime(then, usegmt=True)
    return made


def _body(made: web.StreamResponse) -> bytes:
    body = made.body if isinstance(made, web.Response) else b""
    return body if isinstance(body, bytes) else json.dumps(None).encode()


def _with_body(made: web.StreamResponse, body: bytes) -> web.Response:
    return web.Response(status=made.status, body=body, content_type=made.content_type)


async def _dripped(
    rule: Rule, request: web.Request, made: web.StreamResponse
) -> web.StreamResponse:
    body = _body(made)
    stream = web.StreamResponse(status=made.status)
    stream.content_type = made.content_type
    stream.content_length = len(body)
    with suppress(ConnectionResetError):  # the caller has had enough
        await stream.prepare(request)
        for byte in body:
            await stream.write(bytes([byte]))
            await asyncio.sleep(rule.pause(1.0))
        await stream.write_eof()
    return stream
