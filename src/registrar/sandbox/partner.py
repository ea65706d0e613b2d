"""partner-v1, as `docs/partner-api/openapi.yaml` publishes it."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web

from registrar.sandbox.faults import Rule
from registrar.sandbox.ledger import Effect
from registrar.sandbox.request import World, answer_json, answered, json_body, problem

RATE_LIMIT = 1_000
LONGEST_KEY = 64
REQUIRED = (
    ("brand",),
    ("product", "serial_number"),
    ("purchase", "date"),
    ("purchase", "country"),
    ("owner", "given_name"),
    ("owner", "family_name"),
    ("owner", "email"),
)


@dataclass(frozen=True, slots=True)
class Partner:
    """One manufacturer behind the contract."""

    world: World
    manufacturer: str

    def routes(self) -> list[web.RouteDef]:
        """Under `/{manufacturer}/partner/v1`."""
        base = f"/{self.manufacturer}/partner/v1"
        return [
            web.post(f"{base}/registrations", self.register),
            web.get(f"{base}/registrations", self.find),
            web.get(f"{base}/registrations/{{reference}}", self.show),
            web.get(f"{base}/health", self.health),
        ]

    async def register(self, request: web.Request) -> web.StreamResponse:
        """POST /registrations."""
        body = await json_body(request)
        serial = str(_at(body, ("product", "serial_number")) or "")

        async def answer(rule: Rule) -> web.StreamResponse:
            return self._refused(request) or self._registered(request, body, rule)

        made = await answered(self.world, request, self.manufacturer, "submit", answer, serial)
        return _marked(made)

    def _refused(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") != f"Bearer sandbox-{self.manufacturer}":
            return problem(401, "unauthorized", "The API key is missing or not valid.")
        return None

    def _registered(self, request: web.Request, body: dict[str, Any], rule: Rule) -> web.Response:
        key = request.headers.get("Idempotency-Key", "")
        if not 1 <= len(key) <= LONGEST_KEY:
            return problem(400, "idempotency_key_missing", "The header Idempotency-Key is needed.")
        broken = _broken(body)
        if broken:
            detail = f"{broken} is missing or not valid."
            return problem(422, "invalid_field", detail, field=broken)
        if rule.fault != "ignore_idempotency":
            before = self._before(key, body)
            if before is not None:
                return before
        effect = self.world.ledger.write(
            manufacturer=self.manufacturer,
            serial_number=body["product"]["serial_number"],
            owner=body["owner"]["email"].casefold(),
            key=key,
            body=json.dumps(body, sort_keys=True),
        )
        return answer_json(_shown(effect), 201)

    def _before(self, key: str, body: dict[str, Any]) -> web.Response | None:
        """The same key again, or the same product again."""
        for known in self.world.ledger.by_key(self.manufacturer, key):
            if known.body == json.dumps(body, sort_keys=True):
                return answer_json(_shown(known))
            return problem(422, "idempotency_key_reused", "The same key with another body.")
        for known in self.world.ledger.by_serial(
            self.manufacturer, body["product"]["serial_number"]
        ):
            if known.owner == body["owner"]["email"].casefold():
                detail = "This owner has registered this product before."
                return problem(409, "already_registered", detail, registration_id=known.reference)
            return problem(409, "owned_by_other", "Another owner has registered this product.")
        return None

    async def find(self, request: web.Request) -> web.StreamResponse:
        """GET /registrations?serial_number=…&owner_email=…."""
        serial = request.query.get("serial_number", "")

        async def answer(rule: Rule) -> web.StreamResponse:
            owner = request.query.get("owner_email", "").casefold()
            if not serial or not owner:
                missing = "owner_email" if serial else "serial_number"
                return problem(422, "invalid_field", f"{missing} is missing.", field=missing)
            found = [
                _shown(one)
                for one in self.world.ledger.by_serial(
                    self.manufacturer, serial, older=rule.given("slow_verify")
                )
                if one.owner == owner
            ]
            return self._refused(request) or answer_json({"registrations": found})

        made = await answered(self.world, request, self.manufacturer, "verify", answer, serial)
        return _marked(made)

    async def show(self, request: web.Request) -> web.StreamResponse:
        """GET /registrations/{registration_id}."""

        async def answer(rule: Rule) -> web.StreamResponse:
            reference = request.match_info["reference"]
            found = self.world.ledger.by_reference(self.manufacturer, reference)
            if found is None or found.at > time.time() - rule.given("slow_verify"):
                return self._refused(request) or problem(404, "not_found", "No such registration.")
            return self._refused(request) or answer_json(_shown(found))

        return _marked(await answered(self.world, request, self.manufacturer, "verify", answer))

    async def health(self, request: web.Request) -> web.StreamResponse:
        """GET /health."""

        async def answer(_rule: Rule) -> web.StreamResponse:
            return self._refused(request) or answer_json({"status": "ok"})

        return _marked(await answered(self.world, request, self.manufacturer, "health", answer))


def _marked(made: web.StreamResponse) -> web.StreamResponse:
    if not made.prepared:
        made.headers["X-Request-Id"] = uuid.uuid4().hex
        made.headers["RateLimit-Limit"] = str(RATE_LIMIT)
        made.headers["RateLimit-Remaining"] = str(RATE_LIMIT)
        made.headers["RateLimit-Reset"] = "1"
    return made


def _shown(effect: Effect) -> dict[str, str]:
    return {
        "registration_id": effect.reference,
        "status": effect.status,
        "serial_number": effect.serial_number,
    }


def _at(body: dict[str, Any], path: tuple[str, ...]) -> object:
    value: Any = body
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _broken(body: dict[str, Any]) -> str:
    """The first field that is missing or not valid."""
    for path in REQUIRED:
        value = _at(body, path)
        if not isinstance(value, str) or not value:
            return ".".join(path)
    try:
        date.fromisoformat(body["purchase"]["date"])
    except ValueError:
        return "purchase.date"
    return ""
