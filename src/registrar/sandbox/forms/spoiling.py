"""Pages that come only in part, and parts of pages that never come."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiohttp import web

from registrar.sandbox.faults import Rule
from registrar.sandbox.trouble import FOREVER

OTHER_NAMES = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}
"""The same machine by the name of another host."""
SHOWN_SECONDS = 0.3
"""For a browser to show what has come: else it shows its own page in the place of it."""
KINDS = {"js": "text/javascript", "png": "image/png"}


async def half_loaded(request: web.Request, made: web.Response) -> web.StreamResponse:
    """The page up to the middle of its form; then the connection is gone."""
    body = made.body if isinstance(made.body, bytes) else b""
    begin, end = body.find(b"<form"), body.find(b"</form>")
    cut = (begin + end) // 2 if begin >= 0 else len(body) // 2
    stream = web.StreamResponse(status=made.status)
    stream.content_type, stream.content_length = "text/html", len(body)
    stream.cookies.update(made.cookies)
    with suppress(ConnectionResetError):  # the visitor has left first
        await stream.prepare(request)
        await stream.write(body[:cut])
        await asyncio.sleep(SHOWN_SECONDS)
    if request.transport is not None:
        request.transport.close()
    return stream


def slow_address(request: web.Request, maker: str, rule: Rule) -> str:
    """Without its ending; empty unless the rule is for it. On a host that is not the page's."""
    if rule.fault != "slow_assets":
        return ""
    other = OTHER_NAMES.get(request.url.host or "", request.url.host or "")
    port = f":{request.url.port}" if request.url.port else ""
    return f"//{other}{port}/{maker}/web/assets/slow/{rule.pause(FOREVER):g}"


async def slow(request: web.Request) -> web.Response:
    """GET of what lies at such an address: nothing, once its seconds are over."""
    await asyncio.sleep(float(request.match_info["seconds"]))
    return web.Response(body=b"", content_type=KINDS[request.match_info["kind"]])
