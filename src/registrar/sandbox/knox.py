"""Samsung Knox Deployment in its documented shape: a token, an upload, a transaction to poll."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from dataclasses import InitVar, dataclass, field
from typing import Any

from aiohttp import web

from registrar.sandbox.faults import Rule
from registrar.sandbox.request import World, answer_json, answered, json_body
from registrar.sandbox.tokens import TokenService, in_body

MANUFACTURER = "samsung"
BASE = "/samsung/knox"
CLIENT = "sandbox-samsung"
TOKEN_SECONDS = 1800.0
DEVICE = re.compile(r"[0-9A-Za-z]{8,18}")


def _failed(status: int, code: int, message: str) -> web.Response:
    body = {"errorId": uuid.uuid4().hex, "code": code, "message": message, "data": None}
    return answer_json(body, status)


def _scripted(status: int, _code: str, message: str) -> web.Response:
    """A fault's refusal; its number is assumed."""
    return _failed(status, status * 10_000, message)


@dataclass(slots=True)
class _Transaction:
    devices: list[str]
    code: int
    done_at: float


@dataclass(slots=True)
class Knox:
    """A transaction is done `work_seconds` after its upload."""

    world: World
    token_seconds: InitVar[float | None] = None
    work_seconds: float = 0.3
    tokens: TokenService = field(init=False)
    _transactions: dict[str, _Transaction] = field(default_factory=dict)

    def __post_init__(self, token_seconds: float | None) -> None:
        """Its own token service."""
        proof = in_body(CLIENT, CLIENT)
        self.tokens = TokenService(
            self.world, MANUFACTURER, proof, seconds=token_seconds or TOKEN_SECONDS
        )

    def routes(self) -> list[web.RouteDef]:
        """Under `/samsung/knox`."""
        return [
            web.post(f"{BASE}/oauth/token", self.tokens.give),
            web.put(f"{BASE}/kcs/v1/rp/devices/upload", self.upload),
            web.get(f"{BASE}/kcs/v1/rp/transactions/{{transaction}}", self.poll),
        ]

    def _refused(self, request: web.Request) -> web.Response | None:
        if not self.tokens.holds(request):
            return _failed(401, 4010001, "expired or unknown token")
        if not request.headers.get("x-reseller-id") or not request.headers.get("x-customer-id"):
            return _failed(403, 4030002, "reseller is not approved for this customer")
        return None

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """PUT /kcs/v1/rp/devices/upload."""
        body = await json_body(request)
        devices = [str(one) for one in body.get("devices") or []]

        async def answer(_rule: Rule) -> web.StreamResponse:
            return self._refused(request) or self._uploaded(request, body, devices)

        serial = devices[0] if devices else ""
        return await answered(
            self.world, request, MANUFACTURER, "submit", answer, serial, refuse=_scripted
        )

    def _uploaded(
        self, request: web.Request, body: dict[str, Any], devices: list[str]
    ) -> web.Response:
        key = str(body.get("transactionId") or "")
        if not key or not devices or not all(DEVICE.fullmatch(one) for one in devices):
            return _failed(400, 4000001, "invalid device id")
        if key not in self._transactions:
            customer = request.headers["x-customer-id"]
            code = self._taken(devices, customer)
            done = time.monotonic() + self.work_seconds
            self._transactions[key] = _Transaction(devices, code, done)
            if code == 0:
                for device in devices:
                    self.world.ledger.write(
                        manufacturer=MANUFACTURER,
                        serial_number=device,
                        owner=customer,
                        key=key,
                        body=key,
                    )
        return answer_json({"transactionId": key, "status": "ACCEPTED"})

    def _taken(self, devices: list[str], customer: str) -> int:
        owners = {
            one.owner
            for device in devices
            for one in self.world.ledger.by_serial(MANUFACTURER, device)
        }
        if not owners:
            return 0
        return 4090001 if owners == {customer} else 4090002

    def _is_seen(self, key: str, found: _Transaction | None, older: float) -> bool:
        """Here, or in the ledger of an earlier process; not if it came in the last seconds."""
        if found is not None:
            return time.monotonic() >= found.done_at - self.work_seconds + older
        acts = self.world.ledger.by_key(MANUFACTURER, key)
        return any(one.at <= time.time() - older for one in acts)

    async def poll(self, request: web.Request) -> web.StreamResponse:
        """GET /kcs/v1/rp/transactions/{transactionId}."""

        async def answer(rule: Rule) -> web.StreamResponse:
            await asyncio.sleep(0)
            return self._refused(request) or self._polled(
                request.match_info["transaction"], rule.given("slow_verify")
            )

        return await answered(self.world, request, MANUFACTURER, "poll", answer, refuse=_scripted)

    def _polled(self, key: str, older: float) -> web.Response:
        found = self._transactions.get(key)
        if not self._is_seen(key, found, older):
            return _failed(404, 4040001, "unknown transaction")
        if found is None:
            return answer_json({"transactionId": key, "status": "COMPLETED", "devices": []})
        working = time.monotonic() < found.done_at
        done = "COMPLETED" if found.code == 0 else "FAILED"
        devices = [{"deviceId": one, "code": found.code} for one in found.devices]
        body = {"transactionId": key, "status": "IN_PROGRESS" if working else done}
        return answer_json(body | {"devices": [] if working else devices})
