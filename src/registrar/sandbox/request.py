"""One simulated request: faults around an answer that may have an effect."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from registrar.sandbox.faults import Rule, Script
from registrar.sandbox.ledger import Ledger
from registrar.sandbox.metrics import Metrics

FOREVER = 3600.0


@dataclass(frozen=True, slots=True)
class World:
    """What every simulated manufacturer shares."""

    ledger: Ledger
    script: Script
    metrics: Metrics


Answer = Callable[[Rule], Awaitable[web.StreamResponse]]


async def answered(  # noqa: PLR0913, PLR0917 - the facts of one request
    world: World,
    request: web.Request,
    manufacturer: str,
    step: str,
    answer: Answer,
    serial: str = "",
) -> web.StreamResponse:
    """`answer` carries the effect; the fault of this request stands before or behind it."""
    with world.metrics.request(manufacturer, step):
        rule = world.script.draw(manufacturer, step, serial)
        early = await _before(rule, request)
        if early is not None:
            return early
        made = await answer(rule)
        if rule.fault == "commit_then_drop":
            return dropped(request)
        if rule.fault == "commit_then_hang":
            await asyncio.sleep(FOREVER if rule.seconds is None else rule.seconds)
        return made


async def _before(rule: Rule, request: web.Request) -> web.StreamResponse | None:
    """The faults without an effect."""
    match rule.fault:
        case "latency":
            await asyncio.sleep(rule.seconds or 0.0)
        case "hang":
            await asyncio.sleep(FOREVER if rule.seconds is None else rule.seconds)
        case "reset_before_commit":
            return dropped(request)
        case "status":
            return problem(rule.status, "internal", "The fault script says so.")
        case "throttle":
            return problem(
                429, "rate_limited", "Too many.", headers={"Retry-After": str(rule.retry_after)}
            )
        case "html":
            text = "<html><body>Bad gateway</body></html>"
            return web.Response(status=502, text=text, content_type="text/html")
        case _:
            pass
    return None


def dropped(request: web.Request) -> web.StreamResponse:
    """The connection is gone without a byte of an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def answer_json(body: Any, status: int = 200, **headers: str) -> web.Response:  # noqa: ANN401
    """Compact."""
    return web.Response(
        text=json.dumps(body), status=status, headers=headers, content_type="application/json"
    )


def problem(
    status: int, code: str, detail: str, *, headers: dict[str, str] | None = None, **more: str
) -> web.Response:
    """RFC 9457."""
    body = {"type": "about:blank", "title": code, "status": status, "code": code, "detail": detail}
    return web.Response(
        text=json.dumps(body | more),
        status=status,
        headers=headers,
        content_type="application/problem+json",
    )


async def json_body(request: web.Request) -> dict[str, Any]:
    """The object in the body; empty for anything else."""
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
