"""Token services for simulated manufacturers: what proves a client, and the tokens it gets.

They read the requests by the standards, with none of the kit's code: two that err do not agree.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from aiohttp import web

from registrar.sandbox.faults import Rule
from registrar.sandbox.request import World, answer_json, answered


@dataclass(frozen=True, slots=True)
class Asked:
    """A token request."""

    form: Mapping[str, Any] = field(repr=False)
    authorization: str = field(default="", repr=False)
    skew: float = 0.0
    """How many seconds the clock that looks at it is fast."""


Proof = Callable[[Asked], str]
"""What is wrong with a client's credentials; empty where nothing is."""


@dataclass(slots=True)
class TokenService:
    """One manufacturer's; tokens live `seconds`. `scope` empty means that none is asked for."""

    world: World
    manufacturer: str
    proof: Proof
    scope: str = ""
    seconds: float = 1800.0
    issued: dict[str, float] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """A fault can end its tokens."""
        self.world.sessions.setdefault(self.manufacturer, []).append(self.expire)

    async def give(self, request: web.Request) -> web.StreamResponse:
        """POST of a client credentials grant."""
        form = await request.post()
        authorization = request.headers.get("Authorization", "")

        async def answer(rule: Rule) -> web.StreamResponse:
            return self._given(Asked(form, authorization, rule.given("clock_skew")))

        return await answered(self.world, request, self.manufacturer, "token", answer)

    def _given(self, asked: Asked) -> web.Response:
        if asked.form.get("grant_type") != "client_credentials":
            return _refused(400, "unsupported_grant_type", "client_credentials is needed")
        wrong = self.proof(asked)
        if wrong:
            return _refused(401, "invalid_client", wrong)
        if asked.form.get("scope", "") != self.scope:
            return _refused(400, "invalid_scope", f"the scope is {self.scope!r}")
        made = secrets.token_hex(16)
        self.issued[made] = time.monotonic() + self.seconds
        body = {"access_token": made, "token_type": "Bearer", "expires_in": round(self.seconds)}
        return answer_json(body)

    def holds(self, request: web.Request) -> bool:
        """Whether a request carries a token that lives."""
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        return kind == "Bearer" and self.issued.get(given, 0.0) > time.monotonic()

    def expire(self) -> None:
        """Every token, at once."""
        self.issued.clear()


def _refused(status: int, error: str, description: str) -> web.Response:
    return answer_json({"error": error, "error_description": description}, status)


def in_body(client_id: str, client_secret: str) -> Proof:
    """Id and secret in the form."""

    def proof(asked: Asked) -> str:
        given = asked.form.get("client_id"), asked.form.get("client_secret")
        return "" if given == (client_id, client_secret) else "unknown id or wrong secret"

    return proof


def either(*proofs: Proof) -> Proof:
    """Whichever of them; a refusal is the last one's."""

    def proof(asked: Asked) -> str:
        wrong = [one(asked) for one in proofs]
        return "" if "" in wrong else wrong[-1]

    return proof


def by_basic(client_id: str, client_secret: str) -> Proof:
    """Id and secret in the header alone, each form-encoded (RFC 6749 section 2.3.1)."""

    def proof(asked: Asked) -> str:
        if {"client_id", "client_secret"} & set(asked.form):
            return "two ways to authenticate in one request"
        given = _pair(asked.authorization)
        return "" if given == [client_id, client_secret] else "unknown id or wrong secret"

    return proof


def _pair(authorization: str) -> list[str]:
    """Empty where the header is not one of Basic."""
    kind, _, value = authorization.partition(" ")
    if kind != "Basic":
        return []
    try:
        text = base64.b64decode(value, validate=True).decode("utf-8")
    except ValueError:  # no base64, or no text in it
        return []
    return [unquote_plus(one) for one in text.split(":", 1)]
