"""Answers to several that the sandbox does not give: what each of them is told, and sent again."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from tests.integration.connectors.batching import at_once, job

from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.domain.outcome import Code, Effect, Outcome, Tier
from registrar.ports.connector import Connector, Job

NAME = "importedWindowsAutopilotDeviceIdentities"
SECRETS = {"microsoft.client_id": "id", "microsoft.client_secret": "secret"}
GOOD, BAD, OTHER = "217500001605", "217500002605", "217500003605"
Device = dict[str, Any]


@dataclass
class Maker:
    """Says of a collection what `answer` says of its devices."""

    answer: Callable[[list[Device]], web.Response]
    asked: list[list[str]] = field(default_factory=list)

    async def token(self, _request: web.Request) -> web.Response:
        """For everybody."""
        return web.json_response({"access_token": "t", "expires_in": 3600})

    async def create(self, request: web.Request) -> web.Response:
        """POST …/import."""
        devices = (await request.json())[NAME]
        self.asked.append([one["serialNumber"] for one in devices])
        return self.answer(devices)


@asynccontextmanager
async def connected(maker: Maker) -> AsyncIterator[Connector]:
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
    assert found is not None
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


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_a_refused_item_sends_nobody_again(place: int) -> None:
    """Wherever it stands: the others have been carried out."""
    serials = [GOOD, OTHER]
    serials.insert(place, BAD)
    maker = Maker(rows)
    async with connected(maker) as graph:
        outcomes = await at_once(graph.submit, jobs(*serials))
    assert maker.asked == [serials]
    assert both(outcomes) == [REFUSED if one == BAD else PENDING for one in serials]


@pytest.mark.parametrize("status", [400, 409, 422])
async def test_a_refusal_without_a_rule_is_looked_up(status: int) -> None:
    """Nobody knows what became of the others: nothing is sent again."""
    maker = Maker(lambda _: web.json_response({"error": {"code": "no"}}, status=status))
    async with connected(maker) as graph:
        outcomes = await at_once(graph.submit, jobs(GOOD, OTHER))
    assert len(maker.asked) == 1
    assert {one.effect for one in outcomes} == {Effect.UNKNOWN}


async def test_an_answer_in_another_order_is_told_apart() -> None:
    """By what the manifest matches, and never by its place."""
    maker = Maker(lambda devices: rows(devices[::-1]))
    async with connected(maker) as graph:
        outcomes = await at_once(graph.submit, jobs(GOOD, BAD, OTHER))
    assert [one.reference for one in outcomes] == [f"id-{GOOD}", "", f"id-{OTHER}"]
