"""A server that takes collections of devices as Microsoft does, and says what it is told to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from tests.integration.connectors.batching import job

from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.connectors.kit.connector import HttpConnector
from registrar.domain.outcome import Code, Effect, Outcome, Tier
from registrar.ports.connector import Job

NAME = "importedWindowsAutopilotDeviceIdentities"
SECRETS = {"microsoft.client_id": "id", "microsoft.client_secret": "secret"}
GOOD, BAD, OTHER = "217500001605", "217500002605", "217500003605"
Device = dict[str, Any]


@dataclass
class Maker:
    """Says of a collection what `answer` says of its devices."""

    answer: Callable[[list[Device]], web.Response]
    held: asyncio.Event | None = None
    """Until it is set nobody is answered."""
    asked: list[list[str]] = field(default_factory=list)
    tokens: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)
    """A collection has arrived."""

    async def token(self, _request: web.Request) -> web.Response:
        """For everybody."""
        self.tokens += 1
        return web.json_response({"access_token": "t", "expires_in": 3600})

    async def create(self, request: web.Request) -> web.Response:
        """POST …/import."""
        devices = (await request.json())[NAME]
        self.asked.append([one["serialNumber"] for one in devices])
        self.came.set()
        if self.held is not None:
            await self.held.wait()
        return self.answer(devices)


@asynccontextmanager
async def connected(maker: Maker) -> AsyncIterator[HttpConnector]:
    """Microsoft's connector, whose manufacturer this is."""
    application = web.Application()
    application.router.add_post("/token", maker.token)
    application.router.add_post(f"/v1.0/deviceManagement/{NAME}/import", maker.create)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    urls = {"microsoft": base, "microsoft.token": f"{base}/token"}
    catalogue = FileCatalogue(ConnectorSettings(urls, SECRETS))
    found = catalogue.connector("microsoft", Tier.API)
    assert isinstance(found, HttpConnector)
    yield found
    await catalogue.close()
    await runner.cleanup()


def row(device: Device) -> Device:
    """Of a device; the bad one has ended at once."""
    bad = device["serialNumber"] == BAD
    state = {
        "deviceImportStatus": "error" if bad else "pending",
        "deviceErrorCode": 802 if bad else 0,
    }
    named = {key: device[key] for key in ("importId", "serialNumber")}
    return named | {"id": f"id-{device['serialNumber']}", "state": state}


def rows(devices: list[Device]) -> web.Response:
    """One each."""
    return web.json_response({"value": [row(one) for one in devices]})


def jobs(*serials: str) -> list[Job]:
    """In this order."""
    return [job("microsoft", one) for one in serials]


def both(outcomes: list[Outcome]) -> list[tuple[Code, Effect]]:
    """What decides."""
    return [(one.code, one.effect) for one in outcomes]


PENDING = (Code.ACCEPTED_PENDING, Effect.ACCEPTED)
REFUSED = (Code.INVALID_FIELD, Effect.REFUSED)
