"""One simulated request: faults around an answer that may have an effect."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from uuid import UUID

from aiohttp import web

from registrar.sandbox.devices import Devices
from registrar.sandbox.faults import Rule, Script
from registrar.sandbox.ledger import Ledger
from registrar.sandbox.metrics import Metrics
from registrar.sandbox.trouble import Refusal, delayed, dropped, instead, spoiled


@dataclass(frozen=True, slots=True)
class World:
    """What every simulated manufacturer shares. `sessions` end the tokens of each."""

    ledger: Ledger
    script: Script
    metrics: Metrics
    seed: int = 0
    sessions: dict[str, list[Callable[[], None]]] = field(default_factory=dict, repr=False)

    @property
    def devices(self) -> Devices:
        """Which products exist."""
        return Devices(self.ledger)

    def new_id(self, kind: str, *of: str) -> str:
        """A UUID that depends on the seed and on what it is for; another each time."""
        number = 0
        while True:
            text = "/".join((str(self.seed), kind, *of, str(number)))
            made = str(UUID(bytes=blake2b(text.encode(), digest_size=16).digest()))
            if self.ledger.kept(kind, made) is None:
                return made
            number += 1


Answer = Callable[[Rule], Awaitable[web.StreamResponse]]


async def answered(  # noqa: PLR0913, PLR0917 - the facts of one request
    world: World,
    request: web.Request,
    manufacturer: str,
    step: str,
    answer: Answer,
    serial: str = "",
    *,
    refuse: Refusal | None = None,
) -> web.StreamResponse:
    """`answer` carries the effect; the fault of this request stands before or behind it."""
    with world.metrics.request(manufacturer, step):
        rule = world.script.draw(manufacturer, step, serial)
        if rule.fault == "session_expired":
            for expire in world.sessions.get(manufacturer, []):
                expire()
        await delayed(rule)
        if rule.fault == "reset_before_commit":
            return dropped(request)
        other = instead(rule, refuse or problem)
        if other is not None and not rule.committed:
            return other
        made = await answer(rule)
        return other or await spoiled(rule, request, made)


@dataclass(frozen=True, slots=True)
class Front:
    """One interface of a manufacturer: how it says no, and to whom it says nothing else.

    `barred` is the refusal for a request that shows no right to be answered, or None.
    """

    world: World
    manufacturer: str
    refuse: Refusal
    barred: Callable[[web.Request, Rule], web.Response | None]

    async def answered(
        self, request: web.Request, step: str, answer: Answer, serial: str = ""
    ) -> web.StreamResponse:
        """As the function does, for a request that is not barred."""

        async def checked(rule: Rule) -> web.StreamResponse:
            return self.barred(request, rule) or await answer(rule)

        return await answered(
            self.world, request, self.manufacturer, step, checked, serial, refuse=self.refuse
        )


def answer_json(body: Any, status: int = 200, **headers: str) -> web.Response:  # noqa: ANN401 - JSON
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


async def json_value(request: web.Request) -> Any:  # noqa: ANN401 - whatever it says
    """The JSON in the body; None for anything else."""
    try:
        return await request.json()
    except ValueError:
        return None


async def json_body(request: web.Request) -> dict[str, Any]:
    """The object in the body; empty for anything else."""
    body = await json_value(request)
    return body if isinstance(body, dict) else {}
