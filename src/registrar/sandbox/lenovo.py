"""Lenovo's support API: a warranty by serial number, whose `Purchased` tells of a registration.

From client documentation and code: path, header ClientID and 401 without it, `Serial` with several
by comma or as a form, the names in the answer, **`Purchased` only where the product was
registered**, SERIAL.MACHINETYPE where one serial number is of two products; `getIbaseInfo`, which
is not for production, answers a GET with **200 and code 101**. Assumed: one serial number gives an
object and several a list; 404 with `ErrorCode` for what is unknown; 400 for what is ambiguous.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from registrar.sandbox.devices import Device
from registrar.sandbox.faults import Rule
from registrar.sandbox.request import Front, World, answer_json, answered, json_body

MANUFACTURER = "lenovo"
BASE = "/lenovo/support"
CLIENT = "sandbox-lenovo"
SERIAL = re.compile(r"[0-9A-Z]{7,8}|[0-9A-Z]{14}")
TYPE = re.compile(r"[0-9A-Z]{4,10}")


def _refused(status: int, code: str, message: str) -> web.Response:
    return answer_json({"ErrorCode": code, "ErrorMessage": message}, status)


def _barred(request: web.Request, _rule: Rule) -> web.Response | None:
    if request.headers.get("ClientID") == CLIENT:
        return None
    return _refused(401, "401", "The ClientID is missing or not valid.")


@dataclass(frozen=True, slots=True)
class Support:
    """Look-ups only. Any other route can register a product: its act is in the ledger."""

    world: World

    def routes(self) -> list[web.RouteDef]:
        """Under `/lenovo/support`; both spellings of the path are in use."""
        ibase = f"{BASE}/us/en/api/v4/upsell/redport/getIbaseInfo"
        return [
            web.get(f"{BASE}/v2.5/warranty", self.warranty),
            web.post(f"{BASE}/v2.5/warranty", self.warranty),
            web.get(f"{BASE}/v2.5/Warranty", self.warranty),
            web.post(f"{BASE}/v2.5/Warranty", self.warranty),
            web.get(ibase, self.unofficial),
            web.post(ibase, self.unofficial),
        ]

    async def warranty(self, request: web.Request) -> web.StreamResponse:
        """GET or POST /v2.5/warranty with `Serial`."""
        form = await request.post() if request.method == "POST" else {}
        given = str(form.get("Serial") or request.query.get("Serial") or "")
        asked = [one.strip().upper() for one in given.split(",") if one.strip()]

        async def answer(rule: Rule) -> web.StreamResponse:
            if not asked:
                return _refused(400, "400", "Serial is needed.")
            found = [self._found(one, rule) for one in asked]
            if len(found) > 1:
                return answer_json([body for body, _ in found])
            return answer_json(*found[0])

        first = asked[0].partition(".")[0] if asked else ""
        return await Front(self.world, MANUFACTURER, _refused, _barred).answered(
            request, "verify", answer, first
        )

    def _found(self, asked: str, rule: Rule) -> tuple[dict[str, Any], int]:
        serial, _, machine = asked.partition(".")
        device = self.world.devices.of(MANUFACTURER, serial)
        if not device.known or not SERIAL.fullmatch(serial):
            return _error(asked, "100", "The serial number was not found."), 404
        if device.ambiguous and not TYPE.fullmatch(machine):
            return _error(asked, "101", "Several products; SERIAL.MACHINETYPE is needed."), 400
        purchased = self._purchased(device, rule.given("slow_verify"))
        return _shown(device, purchased, machine or device.product_number or "21HM"), 200

    def _purchased(self, device: Device, older: float) -> str | None:
        """The date that the customer named; None where nobody has registered the product."""
        if device.registered:
            return device.purchased or device.shipped
        for act in self.world.ledger.by_serial(MANUFACTURER, device.serial_number, older=older):
            named = _date_in(act.body)
            return named or datetime.fromtimestamp(act.at, UTC).date().isoformat()
        return None

    async def unofficial(self, request: web.Request) -> web.StreamResponse:
        """The web page's back end: POST of JSON, or 200 with code 101."""
        body = await json_body(request)
        serial = str(body.get("serialNumber") or "").upper()

        async def answer(rule: Rule) -> web.StreamResponse:
            if request.method != "POST" or not serial:
                return answer_json({"code": 101, "msg": "Parameter error", "data": None})
            found, _ = self._found(serial, rule)
            if "ErrorCode" in found:
                return answer_json({"code": 100, "msg": found["ErrorMessage"], "data": None})
            return answer_json({"code": 0, "msg": "Success", "data": found})

        return await answered(
            self.world, request, MANUFACTURER, "verify", answer, serial, refuse=_refused
        )


def _error(asked: str, code: str, message: str) -> dict[str, Any]:
    return {"Serial": asked, "ErrorCode": code, "ErrorMessage": message}


def _date_in(body: str) -> str:
    """`purchase.date` of what was sent: by a partner or by a person, it is JSON that has one."""
    return str(json.loads(body)["purchase"]["date"])


def _shown(device: Device, purchased: str | None, machine: str) -> dict[str, Any]:
    start = purchased or device.shipped
    return {
        "Serial": device.serial_number,
        "Product": f"LAPTOPS-AND-NETBOOKS/{machine}/{device.serial_number}",
        "InWarranty": device.plus_years(3) >= datetime.now(UTC).date(),
        "Purchased": f"{purchased}T00:00:00Z" if purchased else None,
        "Shipped": f"{device.shipped}T00:00:00Z",
        "Country": device.country,
        "UpgradeUrl": None,
        "Warranty": [
            _warranty(device, "BASE", start, 1, "1Y Depot"),
            _warranty(device, "EXTENDED", start, 3, "3Y Onsite"),
        ],
        "Contract": [],
    }


def _warranty(device: Device, kind: str, start: str, years: int, name: str) -> dict[str, Any]:
    return {
        "ID": f"{years}EZ",
        "Name": name,
        "Type": kind,
        "Category": "MACHINE",
        "Start": f"{start}T00:00:00Z",
        "End": f"{device.plus_years(years)}T23:59:59Z",
    }
