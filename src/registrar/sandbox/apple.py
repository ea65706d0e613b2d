"""Apple Business: signed client assertions, JSON:API, devices, and assignment as an activity.

Documented, or from client code: paths, attributes, `errors[]`, pages by cursor with 100 at the
most, an assignment that is asynchronous, 403 until new terms are accepted (the fault `terms`).
Assumed: the codes of errors, `data: null` where no server is assigned, the values of a finished
activity (COMPLETED with COMPLETED_WITH_SUCCESS or COMPLETED_WITH_ERRORS), the CSV behind its link.
The token's path stands below the same prefix, though Apple has another host for it.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from typing import Any

from aiohttp import web

from registrar.sandbox import apple_shapes as shapes
from registrar.sandbox.apple_activities import Activities
from registrar.sandbox.apple_shapes import BASE, MANUFACTURER, SERVERS, refused
from registrar.sandbox.assertions import SignedAssertion
from registrar.sandbox.devices import Device
from registrar.sandbox.faults import Rule
from registrar.sandbox.keys import APPLE_CLIENT, APPLE_KEY_ID, apple_key
from registrar.sandbox.request import Front, World, answer_json, answered, json_body
from registrar.sandbox.tokens import TokenService

SCOPE = "business.api"
TOKEN_SECONDS = 3600.0
AUD = "https://account.apple.com/auth/oauth2/v2/token"


@dataclass(slots=True)
class Business:
    """Any serial number of a right shape is one of the organisation's, unless another owns it."""

    world: World
    token_seconds: InitVar[float | None] = None
    work_seconds: InitVar[float] = 0.3
    tokens: TokenService = field(init=False)
    front: Front = field(init=False)
    activities: Activities = field(init=False)

    def __post_init__(self, token_seconds: float | None, work_seconds: float) -> None:
        """Its own token service, with the key of `keys.apple_key`."""
        proof = SignedAssertion(APPLE_CLIENT, APPLE_KEY_ID, apple_key().public_key(), AUD)
        self.tokens = TokenService(
            self.world, MANUFACTURER, proof, SCOPE, token_seconds or TOKEN_SECONDS
        )
        self.front = Front(self.world, MANUFACTURER, refused, self._barred)
        self.activities = Activities(self.world, work_seconds)

    def routes(self) -> list[web.RouteDef]:
        """Under `/apple/business`."""
        devices, activities = f"{BASE}/v1/orgDevices", f"{BASE}/v1/orgDeviceActivities"
        return [
            web.post(f"{BASE}/auth/oauth2/token", self.tokens.give),
            web.get(devices, self.find),
            web.get(f"{devices}/{{id}}", self.show),
            web.get(f"{devices}/{{id}}/appleCareCoverage", self.coverage),
            web.get(f"{devices}/{{id}}/assignedServer", self.server),
            web.get(f"{BASE}/v1/mdmServers", self.servers),
            web.post(activities, self.act),
            web.get(f"{activities}/{{id}}", self.activity),
            web.get(f"{activities}/{{id}}/log.csv", self.log),
        ]

    def _barred(self, request: web.Request, rule: Rule) -> web.Response | None:
        if not self.tokens.holds(request):
            return refused(401, "NOT_AUTHORIZED", "The access token is not valid.")
        if rule.fault == "terms":
            return refused(403, shapes.TERMS, "The new terms have not been accepted.")
        return None

    def _device(self, serial: str) -> Device | None:
        device = self.world.devices.of(MANUFACTURER, serial)
        theirs = device.known and not device.owner and shapes.SERIAL.fullmatch(serial)
        return device if theirs else None

    async def _of_device(self, request: web.Request, shown: Any) -> web.StreamResponse:  # noqa: ANN401 - a function of this module
        serial = request.match_info["id"]

        async def answer(rule: Rule) -> web.StreamResponse:
            device = self._device(serial)
            if device is None:
                return refused(404, "NOT_FOUND", f"There is no device {serial} here.")
            server = self.activities.server_of(serial, older=rule.given("slow_verify"))
            return answer_json(shown(device, server) | shapes.self_link(request))

        return await self.front.answered(request, "verify", answer, serial)

    async def show(self, request: web.Request) -> web.StreamResponse:
        """GET /v1/orgDevices/{id}."""
        return await self._of_device(request, lambda *one: {"data": shapes.device(*one)})

    async def coverage(self, request: web.Request) -> web.StreamResponse:
        """GET /v1/orgDevices/{id}/appleCareCoverage."""
        return await self._of_device(request, lambda one, _: {"data": shapes.coverage(one)})

    async def server(self, request: web.Request) -> web.StreamResponse:
        """GET /v1/orgDevices/{id}/assignedServer."""
        return await self._of_device(
            request, lambda _, server: {"data": shapes.server(server) if server else None}
        )

    async def find(self, request: web.Request) -> web.StreamResponse:
        """GET /v1/orgDevices: those that were seeded or assigned."""

        async def answer(rule: Rule) -> web.StreamResponse:
            older = rule.given("slow_verify")
            found = [
                shapes.device(one, self.activities.server_of(one.serial_number, older=older))
                for one in self._known()
            ]
            return shapes.page(request, found)

        return await self.front.answered(request, "verify", answer)

    def _known(self) -> list[Device]:
        serials = {one.serial_number for one in self.world.devices.seeded(MANUFACTURER)}
        serials |= {one.serial_number for one in self.world.ledger.held(MANUFACTURER)}
        found = (self._device(one) for one in sorted(serials))
        return [one for one in found if one is not None]

    async def servers(self, request: web.Request) -> web.StreamResponse:
        """GET /v1/mdmServers."""

        async def answer(_rule: Rule) -> web.StreamResponse:
            return shapes.page(request, [shapes.server(one) for one in SERVERS])

        return await self.front.answered(request, "health", answer)

    async def act(self, request: web.Request) -> web.StreamResponse:
        """POST /v1/orgDeviceActivities."""
        body = await json_body(request)
        asked = shapes.asked(body)

        async def answer(_rule: Rule) -> web.StreamResponse:
            if isinstance(asked, str):
                return refused(400, "PARAMETER_ERROR.INVALID", f"{asked} is not valid.", asked)
            made = self.activities.begin(asked, self._device)
            return answer_json(
                {"data": shapes.activity(request, made)} | shapes.self_link(request), 201
            )

        first = "" if isinstance(asked, str) else asked.serials[0]
        return await self.front.answered(request, "submit", answer, first)

    async def activity(self, request: web.Request) -> web.StreamResponse:
        """GET /v1/orgDeviceActivities/{id}."""

        async def answer(_rule: Rule) -> web.StreamResponse:
            found = self.activities.of(request.match_info["id"])
            if found is None:
                return refused(404, "NOT_FOUND", "There is no such activity.")
            return answer_json(
                {"data": shapes.activity(request, found)} | shapes.self_link(request)
            )

        return await self.front.answered(request, "poll", answer)

    async def log(self, request: web.Request) -> web.StreamResponse:
        """The CSV behind an activity's link; it needs no token."""

        async def answer(_rule: Rule) -> web.StreamResponse:
            found = self.activities.of(request.match_info["id"])
            if found is None or not found.done:
                return refused(404, "NOT_FOUND", "There is no such log.")
            return web.Response(text=shapes.log(found), content_type="text/csv")

        return await answered(self.world, request, MANUFACTURER, "poll", answer, refuse=refused)
