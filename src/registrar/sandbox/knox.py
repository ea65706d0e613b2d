"""Samsung Knox Deployment in its documented shape: a token, an upload, a transaction to poll.

Documented: tokens of 30 minutes, PUT of the upload, an asynchronous transaction, errors with
errorId, numeric code, message and data. Assumed: the names of the two headers, the path of the
transaction and its states, the values of the codes but 4000000, 4012250 and 40300000.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from dataclasses import InitVar, dataclass, field
from typing import Any

from aiohttp import web

from registrar.sandbox.faults import Rule
from registrar.sandbox.request import Front, World, answer_json, json_body
from registrar.sandbox.tokens import TokenService, in_body

MANUFACTURER = "samsung"
BASE = "/samsung/knox"
CLIENT = "sandbox-samsung"
TOKEN_SECONDS = 1800.0
TRANSACTION = "samsung.transaction"
DEVICE = re.compile(r"[0-9A-Za-z]{8,18}")


def _failed(status: int, code: int, message: str) -> web.Response:
    body = {"errorId": uuid.uuid4().hex, "code": code, "message": message, "data": None}
    return answer_json(body, status)


def _scripted(status: int, _code: str, message: str) -> web.Response:
    """A fault's refusal; its number is assumed."""
    return _failed(status, status * 10_000, message)


@dataclass(slots=True)
class Knox:
    """A transaction is done `work_seconds` after its upload."""

    world: World
    token_seconds: InitVar[float | None] = None
    work_seconds: float = 0.3
    tokens: TokenService = field(init=False)
    front: Front = field(init=False)

    def __post_init__(self, token_seconds: float | None) -> None:
        """Its own token service."""
        proof = in_body(CLIENT, CLIENT)
        seconds = token_seconds or TOKEN_SECONDS
        self.tokens = TokenService(self.world, MANUFACTURER, proof, seconds=seconds)
        self.front = Front(self.world, MANUFACTURER, _scripted, self._barred)

    def routes(self) -> list[web.RouteDef]:
        """Under `/samsung/knox`."""
        return [
            web.post(f"{BASE}/oauth/token", self.tokens.give),
            web.put(f"{BASE}/kcs/v1/rp/devices/upload", self.upload),
            web.get(f"{BASE}/kcs/v1/rp/transactions/{{transaction}}", self.poll),
        ]

    def _barred(self, request: web.Request, _rule: Rule) -> web.Response | None:
        if not self.tokens.holds(request):
            return _failed(401, 4010001, "expired or unknown token")
        if not request.headers.get("x-reseller-id") or not request.headers.get("x-customer-id"):
            return _failed(403, 4030002, "reseller is not approved for this customer")
        return None

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """PUT /kcs/v1/rp/devices/upload."""
        body = await json_body(request)
        key = str(body.get("transactionId") or "")
        devices = [str(one) for one in body.get("devices") or []]

        async def answer(_rule: Rule) -> web.StreamResponse:
            if not key or not devices or not all(DEVICE.fullmatch(one) for one in devices):
                return _failed(400, 4000001, "invalid device id")
            if self.world.ledger.kept(TRANSACTION, key) is None:
                self._carry_out(key, devices, request.headers["x-customer-id"])
            return answer_json({"transactionId": key, "status": "ACCEPTED"})

        serial = devices[0] if devices else ""
        return await self.front.answered(request, "submit", answer, serial)

    def _carry_out(self, key: str, devices: list[str], customer: str) -> None:
        """What becomes of it is certain now, and shown later."""
        code = self._taken(devices, customer)
        paper = {"devices": devices, "code": code, "at": time.time()}
        self.world.ledger.keep(TRANSACTION, key, json.dumps(paper))
        for device in devices if code == 0 else ():
            self.world.ledger.write(
                manufacturer=MANUFACTURER,
                serial_number=device,
                owner=customer,
                key=key,
                body=key,
            )

    def _taken(self, devices: list[str], customer: str) -> int:
        owners = {
            one.owner
            for device in devices
            for one in self.world.ledger.by_serial(MANUFACTURER, device)
        }
        if not owners:
            return 0
        return 4090001 if owners == {customer} else 4090002

    async def poll(self, request: web.Request) -> web.StreamResponse:
        """GET /kcs/v1/rp/transactions/{transactionId}."""
        key = request.match_info["transaction"]

        async def answer(rule: Rule) -> web.StreamResponse:
            text = self.world.ledger.kept(TRANSACTION, key)
            found = json.loads(text) if text else None
            if found is None or found["at"] > time.time() - rule.given("slow_verify"):
                return _failed(404, 4040001, "unknown transaction")
            return answer_json({"transactionId": key} | self._polled(found))

        return await self.front.answered(request, "poll", answer)

    def _polled(self, found: dict[str, Any]) -> dict[str, Any]:
        if time.time() < found["at"] + self.work_seconds:
            return {"status": "IN_PROGRESS", "devices": []}
        devices = [{"deviceId": one, "code": found["code"]} for one in found["devices"]]
        return {"status": "FAILED" if found["code"] else "COMPLETED", "devices": devices}
