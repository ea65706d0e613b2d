"""Dell TechDirect: a token, and what is known of up to a hundred service tags.

From client code: the paths, the names in the answer, Basic or body, tokens of about an hour, a bad
tag as **200 with `invalid: true`**, `orderBuid` 11 of a sale by Dell. Throttling is a 401 or a 404:
that is a fault (`throttle` with `status`), as is an answer with fewer rows than tags
(`short_answer`). Assumed: the form of a refusal; that `orderBuid` of what others sold is another
number (`BUSINESS_UNITS`), and that it says all of the channel that is said.
"""

from __future__ import annotations

import re
from dataclasses import InitVar, dataclass, field
from typing import Any

from aiohttp import web

from registrar.sandbox.devices import Device
from registrar.sandbox.faults import Rule
from registrar.sandbox.request import Front, World, answer_json
from registrar.sandbox.tokens import TokenService, by_basic, either, in_body

MANUFACTURER = "dell"
BASE = "/dell/techdirect"
CLIENT = "sandbox-dell"
TOKEN_SECONDS = 3600.0
MOST = 100
TAG = re.compile(r"[A-Z0-9]{5,7}")
BUSINESS_UNITS = {"direct": 11, "retail": 202, "marketplace": 707}
MODELS = ("LATITUDE 3510", "XPS 13 9340", "PRECISION 3680")


def _refused(status: int, code: str, message: str) -> web.Response:
    return answer_json({"error": {"code": code, "message": message}}, status)


@dataclass(slots=True)
class TechDirect:
    """Look-ups only; nothing here has an effect."""

    world: World
    token_seconds: InitVar[float | None] = None
    tokens: TokenService = field(init=False)
    front: Front = field(init=False)

    def __post_init__(self, token_seconds: float | None) -> None:
        """Its own token service."""
        proof = either(by_basic(CLIENT, CLIENT), in_body(CLIENT, CLIENT))
        self.tokens = TokenService(
            self.world, MANUFACTURER, proof, seconds=token_seconds or TOKEN_SECONDS
        )
        self.front = Front(self.world, MANUFACTURER, _refused, self._barred)

    def routes(self) -> list[web.RouteDef]:
        """Under `/dell/techdirect`."""
        return [
            web.post(f"{BASE}/auth/oauth/v2/token", self.tokens.give),
            web.get(f"{BASE}/PROD/sbil/eapi/v5/asset-entitlements", self.entitlements),
        ]

    def _barred(self, request: web.Request, _rule: Rule) -> web.Response | None:
        if self.tokens.holds(request):
            return None
        return _refused(401, "invalid_token", "The access token is not valid.")

    async def entitlements(self, request: web.Request) -> web.StreamResponse:
        """GET /PROD/sbil/eapi/v5/asset-entitlements?servicetags=…,…."""
        asked = request.query.get("servicetags", "")
        tags = [one.strip().upper() for one in asked.split(",") if one.strip()]

        async def answer(rule: Rule) -> web.StreamResponse:
            if not 1 <= len(tags) <= MOST:
                return _refused(400, "bad_request", f"1 to {MOST} service tags are needed.")
            rows = [self._row(tag) for tag in tags]
            return answer_json(rows[: rule.size] if rule.fault == "short_answer" else rows)

        first = tags[0] if tags else ""
        return await self.front.answered(request, "verify", answer, first)

    def _row(self, tag: str) -> dict[str, Any]:
        device = self.world.devices.of(MANUFACTURER, tag)
        known = device.known and TAG.fullmatch(tag) is not None
        return _shown(device) if known else {"serviceTag": tag} | NOTHING


NOTHING: dict[str, Any] = {
    "id": None,
    "orderBuid": None,
    "shipDate": None,
    "countryCode": None,
    "productLineDescription": None,
    "systemDescription": None,
    "duplicated": False,
    "invalid": True,
    "entitlements": [],
}


def _shown(device: Device) -> dict[str, Any]:
    number = sum(map(ord, device.serial_number))
    return {
        "id": 100_000_000 + number,
        "serviceTag": device.serial_number,
        "orderBuid": BUSINESS_UNITS[device.channel],
        "shipDate": f"{device.shipped}T05:00:00Z",
        "countryCode": device.country,
        "productLineDescription": device.model or MODELS[number % len(MODELS)],
        "systemDescription": None,
        "duplicated": device.ambiguous,
        "invalid": False,
        "entitlements": [
            _entitlement(device, "INITIAL", "ND", "Next Business Day Onsite", 1),
            _entitlement(device, "EXTENDED", "ND", "Next Business Day Onsite", 3),
            # A code that is no cover of the hardware, without an end and without a description.
            _entitlement(device, "INITIAL", "D", None, None),
        ],
    }


def _entitlement(
    device: Device, kind: str, code: str, description: str | None, years: int | None
) -> dict[str, Any]:
    return {
        "startDate": f"{device.shipped}T05:00:00Z",
        "endDate": None if years is None else f"{device.plus_years(years)}T04:59:59.999Z",
        "entitlementType": kind,
        "serviceLevelCode": code,
        "serviceLevelDescription": description,
    }
