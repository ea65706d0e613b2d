"""HP's warranty look-up: a token, a query that answers at once, and jobs that take a while.

From client code: the paths, `[{sn, pn?, cc?}]`, Basic or body, `jobId` (a UUID), the status
`Completed`, the names in a result; that a serial number which was used twice needs its product
number. Assumed: the form of a refusal, the other values of `status`, the error in a result (`code`
SN_NOT_FOUND, PN_REQUIRED or INVALID_SN, and the sentence), and that ten thousand are too many.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import InitVar, dataclass, field
from typing import Any

from aiohttp import web

from registrar.sandbox.devices import Device
from registrar.sandbox.faults import Rule
from registrar.sandbox.request import Front, World, answer_json, json_value
from registrar.sandbox.tokens import TokenService, by_basic, either, in_body

MANUFACTURER = "hp"
BASE = "/hp/warranty"
CLIENT = "sandbox-hp"
TOKEN_SECONDS = 3600.0
MOST = 10_000
SERIAL = re.compile(r"[0-9A-Z]{10}|[0-9A-Z]{12}|[0-9A-Z]{14}")
JOB = "hp.job"


def _refused(status: int, code: str, message: str) -> web.Response:
    return answer_json({"code": code, "message": message}, status)


@dataclass(slots=True)
class Warranty:
    """A job is done `work_seconds` after it was sent."""

    world: World
    token_seconds: InitVar[float | None] = None
    work_seconds: float = 0.3
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
        """Under `/hp/warranty`."""
        api = f"{BASE}/productwarranty/v2"
        return [
            web.post(f"{BASE}/oauth/v1/token", self.tokens.give),
            web.post(f"{api}/queries", self.query),
            web.post(f"{api}/jobs", self.send),
            web.get(f"{api}/jobs/{{job}}", self.status),
            web.get(f"{api}/jobs/{{job}}/results", self.results),
        ]

    def _barred(self, request: web.Request, _rule: Rule) -> web.Response | None:
        if self.tokens.holds(request):
            return None
        return _refused(401, "invalid_token", "The access token is not valid.")

    async def query(self, request: web.Request) -> web.StreamResponse:
        """POST /productwarranty/v2/queries."""
        asked = _asked(await json_value(request))

        async def answer(_rule: Rule) -> web.StreamResponse:
            if not asked:
                return _refused(400, "bad_request", "A list of {sn, pn, cc} is needed.")
            return answer_json([self._result(one) for one in asked])

        return await self.front.answered(request, "verify", answer, _first(asked))

    async def send(self, request: web.Request) -> web.StreamResponse:
        """POST /productwarranty/v2/jobs."""
        asked = _asked(await json_value(request))

        async def answer(_rule: Rule) -> web.StreamResponse:
            if not asked:
                return _refused(400, "bad_request", "A list of {sn, pn, cc} is needed.")
            job = self.world.new_id(JOB, *(one["sn"] for one in asked[:1]))
            paper = {"asked": asked, "done_at": time.time() + self.work_seconds}
            self.world.ledger.keep(JOB, job, json.dumps(paper))
            return answer_json({"jobId": job, "status": "Submitted"}, 202)

        return await self.front.answered(request, "verify", answer, _first(asked))

    async def status(self, request: web.Request) -> web.StreamResponse:
        """GET /productwarranty/v2/jobs/{jobId}."""

        async def answer(_rule: Rule) -> web.StreamResponse:
            job = self._job(request)
            if job is None:
                return _refused(404, "not_found", "There is no such job.")
            said = "Completed" if self._done(job) else "InProgress"
            return answer_json({"jobId": request.match_info["job"], "status": said})

        return await self.front.answered(request, "poll", answer)

    async def results(self, request: web.Request) -> web.StreamResponse:
        """GET /productwarranty/v2/jobs/{jobId}/results."""

        async def answer(_rule: Rule) -> web.StreamResponse:
            job = self._job(request)
            if job is None or not self._done(job):
                return _refused(404, "not_found", "There is no result of such a job (yet).")
            return answer_json([self._result(one) for one in job["asked"]])

        return await self.front.answered(request, "poll", answer)

    def _job(self, request: web.Request) -> dict[str, Any] | None:
        text = self.world.ledger.kept(JOB, request.match_info["job"])
        return json.loads(text) if text else None

    def _done(self, job: dict[str, Any]) -> bool:
        devices = (self.world.devices.of(MANUFACTURER, one["sn"]) for one in job["asked"])
        return time.time() >= job["done_at"] and not any(one.stuck for one in devices)

    def _result(self, asked: dict[str, str]) -> dict[str, Any]:
        device = self.world.devices.of(MANUFACTURER, asked["sn"])
        wrong = _wrong(device, asked)
        product: dict[str, Any] = {
            "serialNumber": asked["sn"],
            "productNumber": asked.get("pn") or device.product_number or None,
            "productDescription": None if wrong else device.model or "HP EliteBook 840 G9",
            "countryCode": asked.get("cc") or device.country,
        }
        made = {"product": product, "offers": [] if wrong else _offers(device)}
        return made | {"error": wrong} if wrong else made


def _asked(body: object) -> list[dict[str, str]]:
    """Empty where it is no list of what can be asked."""
    if not isinstance(body, list) or not len(body) <= MOST:
        return []
    good = all(isinstance(one, dict) and isinstance(one.get("sn"), str) for one in body)
    return [{k: str(v) for k, v in one.items() if v} | {"sn": one["sn"]} for one in body if good]


def _first(asked: list[dict[str, str]]) -> str:
    return asked[0]["sn"] if asked else ""


def _wrong(device: Device, asked: dict[str, str]) -> dict[str, str] | None:
    if not SERIAL.fullmatch(device.serial_number):
        return {"code": "INVALID_SN", "message": "serial number not valid"}
    if not device.known:
        return {"code": "SN_NOT_FOUND", "message": "serial number not found"}
    if device.ambiguous and not asked.get("pn"):
        return {"code": "PN_REQUIRED", "message": "product number needed"}
    return None


def _offers(device: Device) -> list[dict[str, Any]]:
    return [
        _offer(device, "Wty: HP HW Maintenance Onsite Support", "W", 1),
        _offer(device, "HP 3y Next Business Day Onsite", "C", 3),
    ]


def _offer(device: Device, description: str, kind: str, years: int) -> dict[str, Any]:
    return {
        "offerDescription": description,
        "serviceObligationTypeCode": kind,
        "serviceObligationLineItemStartDate": device.shipped,
        "serviceObligationLineItemEndDate": device.plus_years(years).isoformat(),
    }
