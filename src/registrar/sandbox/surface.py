"""Microsoft's Surface API Management: a tenant enrols, and later there is an export of its devices.

Documented: subscription key and token, PUT and DELETE of the enrolment, GET of the export with
`downloadUrl` and `expiresOn`, 404 until it is ready (really up to five working days). Assumed: the
statuses of PUT and DELETE, the form of a refusal, the columns of the CSV, that its link needs no
key and answers 403 at its end. The rule of fifty devices at least is not kept here.
"""

from __future__ import annotations

import csv
import io
import time
from dataclasses import InitVar, dataclass, field
from datetime import UTC, datetime

from aiohttp import web

from registrar.sandbox.devices import Device
from registrar.sandbox.faults import Rule
from registrar.sandbox.graph import CLIENT, MANUFACTURER, TENANT
from registrar.sandbox.ledger import Effect
from registrar.sandbox.request import Front, World, answer_json, answered
from registrar.sandbox.tokens import TokenService, in_body

BASE = "/microsoft/surface"
KEY = "sandbox-surface"
SCOPE = "api://sandbox-surface/.default"
TOKEN_SECONDS = 3600.0
ENROLMENT = f"tenant:{TENANT}"
LINK_SECONDS = 3600.0
COLUMNS = ("SerialNumber", "Model", "WarrantyStartDate", "WarrantyEndDate", "Country")


def _refused(status: int, code: str, message: str) -> web.Response:
    return answer_json({"statusCode": status, "code": code, "message": message}, status)


@dataclass(slots=True)
class Surface:
    """The export is ready `work_seconds` after the enrolment; its link holds `link_seconds`."""

    world: World
    token_seconds: InitVar[float | None] = None
    work_seconds: float = 0.3
    link_seconds: float = LINK_SECONDS
    tokens: TokenService = field(init=False)
    front: Front = field(init=False)

    def __post_init__(self, token_seconds: float | None) -> None:
        """Tokens of its own scope."""
        proof = in_body(CLIENT, CLIENT)
        self.tokens = TokenService(
            self.world, MANUFACTURER, proof, SCOPE, token_seconds or TOKEN_SECONDS
        )
        self.front = Front(self.world, MANUFACTURER, _refused, self._barred)

    def routes(self) -> list[web.RouteDef]:
        """Under `/microsoft/surface`."""
        warranty = f"{BASE}/api/external/warranty"
        return [
            web.post(f"{BASE}/{TENANT}/oauth2/v2.0/token", self.tokens.give),
            web.put(f"{warranty}/enrollment", self.enrol),
            web.delete(f"{warranty}/enrollment", self.leave),
            web.get(f"{warranty}/export", self.export),
            web.get(f"{BASE}/downloads/{{until}}.csv", self.download),
        ]

    def _barred(self, request: web.Request, _rule: Rule) -> web.Response | None:
        if request.headers.get("Ocp-Apim-Subscription-Key") != KEY:
            return _refused(401, "unauthorized", "The subscription key is missing or invalid.")
        if not self.tokens.holds(request):
            return _refused(401, "unauthorized", "The access token is not valid.")
        return None

    def _enrolled(self, older: float = 0.0) -> Effect | None:
        found = self.world.ledger.by_serial(MANUFACTURER, ENROLMENT, older=older)
        return found[0] if found else None

    async def enrol(self, request: web.Request) -> web.StreamResponse:
        """PUT …/enrollment; again it changes nothing."""

        async def answer(_rule: Rule) -> web.StreamResponse:
            if self._enrolled() is None:
                self.world.ledger.write(
                    manufacturer=MANUFACTURER,
                    serial_number=ENROLMENT,
                    owner=TENANT,
                    key="",
                    body="",
                )
            return answer_json({"status": "Enrolled"})

        return await self.front.answered(request, "submit", answer)

    async def leave(self, request: web.Request) -> web.StreamResponse:
        """DELETE …/enrollment."""

        async def answer(_rule: Rule) -> web.StreamResponse:
            self.world.ledger.release(MANUFACTURER, ENROLMENT)
            return web.Response(status=204)

        return await self.front.answered(request, "submit", answer)

    async def export(self, request: web.Request) -> web.StreamResponse:
        """GET …/export."""

        async def answer(rule: Rule) -> web.StreamResponse:
            enrolled = self._enrolled(rule.given("slow_verify"))
            if enrolled is None or time.time() < enrolled.at + self.work_seconds:
                return _refused(404, "not_found", "There is no export (yet).")
            until = int(time.time() + self.link_seconds)
            link = request.url.origin().with_path(f"{BASE}/downloads/{until}.csv")
            ends = datetime.fromtimestamp(until, UTC).isoformat()
            return answer_json({"downloadUrl": str(link), "expiresOn": ends})

        return await self.front.answered(request, "verify", answer)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The CSV behind the link."""

        async def answer(_rule: Rule) -> web.StreamResponse:
            until = request.match_info["until"]
            if not until.isdecimal() or time.time() >= int(until):
                return _refused(403, "forbidden", "The link has expired.")
            return web.Response(text=self._csv(), content_type="text/csv")

        return await answered(self.world, request, MANUFACTURER, "verify", answer, refuse=_refused)

    def _csv(self) -> str:
        """The tenant's devices: those that were imported, and those that were seeded."""
        serials = {
            one.serial_number
            for one in self.world.ledger.held(MANUFACTURER)
            if not one.serial_number.startswith("TENANT:")
        }
        serials |= {
            one.serial_number
            for one in self.world.devices.seeded(MANUFACTURER)
            if one.known and not one.owner
        }
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(COLUMNS)
        rows.writerows(_row(self.world.devices.of(MANUFACTURER, one)) for one in sorted(serials))
        return text.getvalue()


def _row(device: Device) -> tuple[str, ...]:
    model = device.model or "Surface Laptop 6"
    end = device.plus_years(1).isoformat()
    return (device.serial_number, model, device.shipped, end, device.country)
