"""`/_sandbox`: what happened, what shall go wrong, which products exist. JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

from registrar.sandbox.devices import NoDevice
from registrar.sandbox.faults import NoRule
from registrar.sandbox.profiles import Profile
from registrar.sandbox.request import World, answer_json, json_body

BASE = "/_sandbox"


@dataclass(frozen=True, slots=True)
class Admin:
    """The API behind the simulated manufacturers; no fault touches it."""

    world: World
    profiles: Iterable[Profile]

    def routes(self) -> list[web.RouteDef]:
        """Under `/_sandbox`."""
        return [
            web.get(f"{BASE}/profiles", self.show_profiles),
            web.get(f"{BASE}/ledger", self.show_ledger),
            web.delete(f"{BASE}/ledger", self.clear_ledger),
            web.put(f"{BASE}/registrations", self.register),
            web.get(f"{BASE}/devices", self.show_devices),
            web.put(f"{BASE}/devices", self.seed_devices),
            web.delete(f"{BASE}/devices", self.forget_devices),
            web.get(f"{BASE}/faults", self.show_faults),
            web.put(f"{BASE}/faults", self.replace_faults),
            web.delete(f"{BASE}/faults", self.clear_faults),
            web.get(f"{BASE}/metrics", self.show_metrics),
            web.delete(f"{BASE}/metrics", self.reset_metrics),
        ]

    async def show_profiles(self, request: web.Request) -> web.Response:
        """Addresses and credentials of every simulated manufacturer."""
        address = str(request.url.origin())
        return answer_json({"profiles": [one.shown(address) for one in self.profiles]})

    async def show_ledger(self, request: web.Request) -> web.Response:
        """`effects` and `duplicates`, of one `manufacturer` or of all."""
        return answer_json(self.world.ledger.report(request.query.get("manufacturer", "")))

    async def clear_ledger(self, _request: web.Request) -> web.Response:
        """Nothing has happened."""
        self.world.ledger.clear()
        return answer_json({})

    async def register(self, request: web.Request) -> web.Response:
        """A person has registered a product on the manufacturer's own site."""
        body = await json_body(request)
        named = [body.get(name) for name in ("manufacturer", "serial_number", "owner")]
        if not all(isinstance(one, str) and one for one in named):
            return _wrong("manufacturer, serial_number and owner: are needed")
        bought = {"purchase": {"date": body.get("purchase_date", "")}}
        effect = self.world.ledger.write(
            manufacturer=body["manufacturer"],
            serial_number=body["serial_number"],
            owner=body["owner"].casefold(),
            key="",
            body=json.dumps(bought),
        )
        return answer_json({"reference": effect.reference}, 201)

    async def show_devices(self, request: web.Request) -> web.Response:
        """Those that were seeded."""
        found = self.world.devices.seeded(request.query.get("manufacturer", ""))
        return answer_json({"devices": [asdict(one) for one in found]})

    async def seed_devices(self, request: web.Request) -> web.Response:
        """More of them; one with the same serial number takes the other's place."""
        given = (await json_body(request)).get("devices")
        if not isinstance(given, list):
            return _wrong("devices: a list is needed")
        try:
            made = self.world.devices.seed(given)
        except NoDevice as error:
            return _wrong(str(error))
        return answer_json({"devices": [asdict(one) for one in made]})

    async def forget_devices(self, _request: web.Request) -> web.Response:
        """Every seed."""
        self.world.devices.forget()
        return answer_json({})

    async def show_faults(self, _request: web.Request) -> web.Response:
        """The rules, with how often each was met and fired."""
        return answer_json(self._faults())

    async def replace_faults(self, request: web.Request) -> web.Response:
        """Other rules, from the beginning."""
        body = await json_body(request)
        try:
            self.world.script.replace(body.get("rules", []), body.get("seed"))
        except NoRule as error:
            return _wrong(str(error))
        return answer_json(self._faults())

    async def clear_faults(self, _request: web.Request) -> web.Response:
        """Nothing goes wrong."""
        self.world.script.replace([])
        return answer_json({})

    def _faults(self) -> dict[str, Any]:
        return {"rules": self.world.script.report(), "seed": self.world.script.seed}

    async def show_metrics(self, _request: web.Request) -> web.Response:
        """Rates and concurrency by manufacturer."""
        return answer_json({"manufacturers": self.world.metrics.report()})

    async def reset_metrics(self, _request: web.Request) -> web.Response:
        """From zero."""
        self.world.metrics.reset()
        return answer_json({})


def _wrong(sentence: str) -> web.Response:
    return answer_json({"error": sentence}, 422)
