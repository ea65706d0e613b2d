"""Microsoft Graph, import of Windows Autopilot devices: asynchronous, each device by itself.

Documented: the paths, the fields, the state with `deviceImportStatus` (unknown, pending, partial,
complete, error); 802, 806 and 808 with their names. 429 with Retry-After and without is a fault,
as is an answer with fewer devices than a collection had (`short_answer`).
Assumed: the order of the states; that a repetition is taken and then ends in 806; that a list can
be filtered by `serialNumber eq`, `importId eq` and `contains(serialNumber,…)`; the token's path
and scope are those of Microsoft's login, below the same prefix.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from dataclasses import InitVar, dataclass, field
from typing import Any

from aiohttp import web

from registrar.sandbox.faults import Rule
from registrar.sandbox.request import Front, World, answer_json, json_body
from registrar.sandbox.tokens import TokenService, in_body

MANUFACTURER = "microsoft"
BASE = "/microsoft/graph"
CLIENT = "sandbox-microsoft"
TENANT = "sandbox-tenant"
SCOPE = "https://graph.microsoft.com/.default"
TOKEN_SECONDS = 3600.0
NAME = "importedWindowsAutopilotDeviceIdentities"
IMPORT = "microsoft.import"
FIELDS = ("groupTag", "serialNumber", "productKey", "importId", "assignedUserPrincipalName")
ERRORS = {
    0: "",
    802: "InvalidZtdHardwareHash",
    806: "ZtdDeviceAlreadyAssigned",
    808: "ZtdDeviceAssignedToOtherTenant",
}
FILTER = re.compile(
    r"(?:contains\((?P<within>serialNumber),\s*|(?P<name>serialNumber|importId) eq )"
    r"'(?P<value>[^']*)'\)?"
)


def _refused(status: int, code: str, message: str) -> web.Response:
    names = {"rate_limited": "TooManyRequests", "internal": "InternalServerError"}
    return answer_json({"error": {"code": names.get(code, code), "message": message}}, status)


@dataclass(slots=True)
class Graph:
    """An import has ended `work_seconds` after it was sent, unless its device is stuck."""

    world: World
    token_seconds: InitVar[float | None] = None
    work_seconds: float = 0.3
    tokens: TokenService = field(init=False)
    front: Front = field(init=False)

    def __post_init__(self, token_seconds: float | None) -> None:
        """Its own token service."""
        proof = in_body(CLIENT, CLIENT)
        self.tokens = TokenService(
            self.world, MANUFACTURER, proof, SCOPE, token_seconds or TOKEN_SECONDS
        )
        self.front = Front(self.world, MANUFACTURER, _refused, self._barred)

    def routes(self) -> list[web.RouteDef]:
        """Under `/microsoft/graph`."""
        devices = f"{BASE}/v1.0/deviceManagement/{NAME}"
        return [
            web.post(f"{BASE}/{TENANT}/oauth2/v2.0/token", self.tokens.give),
            web.post(devices, self.create),
            web.get(devices, self.find),
            web.post(f"{devices}/import", self.create_all),
            web.get(f"{devices}/{{id}}", self.show),
            web.delete(f"{devices}/{{id}}", self.remove),
        ]

    def _barred(self, request: web.Request, _rule: Rule) -> web.Response | None:
        if self.tokens.holds(request):
            return None
        return _refused(401, "InvalidAuthenticationToken", "Access token has expired.")

    async def create(self, request: web.Request) -> web.StreamResponse:
        """POST of one device."""
        body = await json_body(request)

        async def answer(_rule: Rule) -> web.StreamResponse:
            if not _whole(body):
                return _refused(400, "BadRequest", "serialNumber and hardwareIdentifier needed.")
            return answer_json(_shown(self._import(body)), 201)

        return await self.front.answered(
            request, "submit", answer, str(body.get("serialNumber") or "")
        )

    async def create_all(self, request: web.Request) -> web.StreamResponse:
        """POST …/import of a collection."""
        body = await json_body(request)
        given = body.get(NAME)
        devices = given if isinstance(given, list) else []

        async def answer(rule: Rule) -> web.StreamResponse:
            if not devices or not all(isinstance(one, dict) and _whole(one) for one in devices):
                return _refused(400, "BadRequest", f"{NAME} with whole devices is needed.")
            rows = [_shown(self._import(one)) for one in devices]
            return answer_json(
                {"value": rows[: rule.size] if rule.fault == "short_answer" else rows}
            )

        first = devices[0].get("serialNumber", "") if _objects(devices) else ""
        return await self.front.answered(request, "submit", answer, str(first))

    def _import(self, body: dict[str, Any]) -> dict[str, Any]:
        """What becomes of it is certain now, and shown later."""
        serial = body["serialNumber"]
        device = self.world.devices.of(MANUFACTURER, serial)
        paper: dict[str, Any] = {name: body.get(name) for name in FIELDS}
        paper |= {
            "id": self.world.new_id(IMPORT, serial),
            "hardwareIdentifier": body["hardwareIdentifier"],
            "at": time.time(),
            "stuck": device.stuck,
            "error": self._error(serial, body["hardwareIdentifier"]),
        }
        self.world.ledger.keep(IMPORT, paper["id"], json.dumps(paper))
        if paper["error"] == 0 and not device.stuck:
            self.world.ledger.write(
                manufacturer=MANUFACTURER,
                serial_number=serial,
                owner=TENANT,
                key=paper["importId"] or paper["id"],
                body=json.dumps(paper),
            )
        return paper | {"deviceImportStatus": "unknown"}

    def _error(self, serial: str, hardware_hash: str) -> int:
        device = self.world.devices.of(MANUFACTURER, serial)
        if device.broken or not _is_hash(hardware_hash):
            return 802
        owners = {one.owner for one in self.world.ledger.by_serial(MANUFACTURER, serial)}
        if device.owner or owners - {TENANT}:
            return 808
        return 806 if owners or device.registered else 0

    async def find(self, request: web.Request) -> web.StreamResponse:
        """GET of all imports, or of those that `$filter` lets pass."""
        found = FILTER.fullmatch(request.query.get("$filter", "").strip())

        async def answer(rule: Rule) -> web.StreamResponse:
            if "$filter" in request.query and found is None:
                return _refused(400, "BadRequest", "This $filter is not supported.")
            return answer_json({"value": self._listed(found, rule.given("slow_verify"))})

        return await self.front.answered(request, "verify", answer, found["value"] if found else "")

    def _listed(self, found: re.Match[str] | None, older: float) -> list[dict[str, Any]]:
        papers = [json.loads(text) for text in self.world.ledger.all_kept(IMPORT)]
        return [
            _shown(self._now(one, older))
            for one in papers
            if (found is None or _passes(one, found)) and one["at"] <= time.time() - older
        ]

    async def show(self, request: web.Request) -> web.StreamResponse:
        """GET of one import."""

        async def answer(rule: Rule) -> web.StreamResponse:
            text = self.world.ledger.kept(IMPORT, request.match_info["id"])
            if text is None:
                return _refused(404, "ResourceNotFound", "There is no such import.")
            return answer_json(_shown(self._now(json.loads(text), rule.given("slow_verify"))))

        return await self.front.answered(request, "poll", answer)

    async def remove(self, request: web.Request) -> web.StreamResponse:
        """DELETE of the record of an import; its device stays."""

        async def answer(_rule: Rule) -> web.StreamResponse:
            self.world.ledger.forget(IMPORT, request.match_info["id"])
            return web.Response(status=204)

        return await self.front.answered(request, "health", answer)

    def _now(self, paper: dict[str, Any], older: float = 0.0) -> dict[str, Any]:
        age = time.time() - paper["at"] - older
        if age < self.work_seconds / 2 or paper["stuck"]:
            status = "pending"
        elif age < self.work_seconds:
            status = "partial"
        else:
            status = "error" if paper["error"] else "complete"
        return paper | {"deviceImportStatus": status}


def _objects(devices: list[Any]) -> bool:
    return bool(devices) and isinstance(devices[0], dict)


def _whole(body: dict[str, Any]) -> bool:
    return all(
        isinstance(body.get(name), str) and body[name]
        for name in ("serialNumber", "hardwareIdentifier")
    )


def _is_hash(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return False


def _passes(paper: dict[str, Any], found: re.Match[str]) -> bool:
    value = str(paper[found["within"] or found["name"]] or "")
    return found["value"] in value if found["within"] else found["value"] == value


def _shown(paper: dict[str, Any]) -> dict[str, Any]:
    """Until the import has ended, its error is not known."""
    status = paper["deviceImportStatus"]
    error = paper["error"] if status == "error" else 0
    registered = paper["id"] if status == "complete" else ""
    return {
        "@odata.type": "#microsoft.graph.importedWindowsAutopilotDeviceIdentity",
        "id": paper["id"],
        **{name: paper[name] for name in FIELDS},
        "hardwareIdentifier": paper["hardwareIdentifier"],
        "state": {
            "@odata.type": "microsoft.graph.importedWindowsAutopilotDeviceIdentityState",
            "deviceImportStatus": status,
            "deviceRegistrationId": registered,
            "deviceErrorCode": error,
            "deviceErrorName": ERRORS[error],
        },
    }
