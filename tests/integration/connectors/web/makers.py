"""The forms of manufacturers with accounts, a browser for all of them, and what it files."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from tests.integration.connectors.web.conftest import Attempt

from registrar.cli import simulated
from registrar.connectors.kit.catalogue import PACKAGED, ConnectorSettings, FileCatalogue
from registrar.connectors.kit.web.browser import found
from registrar.domain.outcome import Effect, Outcome, Tier
from registrar.ports.connector import Job
from registrar.sandbox import Sandbox
from registrar.testing.conformance import scenarios


@dataclass(frozen=True)
class Forms:
    """A sandbox, and connectors for its forms in one browser."""

    sandbox: Sandbox
    catalogue: FileCatalogue
    http: httpx.AsyncClient

    async def file(
        self, jobs: Mapping[str, Job], fault: str = "", proof: bytes = b"", after: int = 0
    ) -> dict[str, Outcome]:
        """One job of each manufacturer, all at once, under a fault that ends with them.

        It meets each from its page after so many on.
        """
        rule = {"step": "form", "fault": fault, "after": after}
        rules = [{"manufacturer": one, **rule} for one in jobs if fault]
        reply = await self.http.put("/_sandbox/faults", json={"rules": rules})
        assert reply.status_code == 200, reply.text
        ends = await asyncio.gather(*(self._one(maker, job, proof) for maker, job in jobs.items()))
        return dict(zip(jobs, ends, strict=True))

    async def _one(self, maker: str, job: Job, proof: bytes) -> Outcome:
        connector = self.catalogue.connector(maker, Tier.WEB)
        assert connector is not None, self.catalogue.quarantined()
        run = Attempt(brought={"application/pdf": proof} if proof else {})
        outcome = await connector.submit(job, run)
        assert run.passed == int(outcome.effect is not Effect.NOT_SENT)
        return outcome

    async def effects(self, maker: str = "") -> list[dict[str, Any]]:
        """Every act, or those of one manufacturer."""
        reply = await self.http.get("/_sandbox/ledger", params={"manufacturer": maker})
        held: list[dict[str, Any]] = reply.json()["effects"]
        return held

    async def handed_in(self, maker: str) -> list[dict[str, Any]]:
        """Files that its form was given the last time."""
        serial = (await self.effects(maker))[-1]["serial_number"]
        (act,) = self.sandbox.world.ledger.by_serial(maker, serial)
        return list(json.loads(act.body)["files"].values())

    async def values(self, maker: str) -> dict[str, str]:
        """What the form was told the last time, by its own names."""
        serial = (await self.effects(maker))[-1]["serial_number"]
        (act,) = self.sandbox.world.ledger.by_serial(maker, serial)
        told: dict[str, str] = json.loads(act.body)["values"]
        return told


def record(maker: str, **changes: Any) -> Job:  # noqa: ANN401 - sections of a record
    """The plainest record of the manufacturer's scenarios, with changes."""
    kit = scenarios.load(PACKAGED / maker)
    consumer = {"customer": {"type": "consumer"}}
    return scenarios.Record("", scenarios.merged(kit.varied(consumer).data, changes)).job()


@asynccontextmanager
async def forms() -> AsyncIterator[Forms]:
    """With the dealers' sessions."""
    made = Sandbox()
    base = f"http://127.0.0.1:{await made.start()}"
    secrets = simulated.secrets() | simulated.sessions(base)
    settings = ConnectorSettings(
        base_urls=simulated.urls(base), secrets=secrets, enabled_assumed=True, browser=found()
    )
    catalogue = FileCatalogue(settings)
    async with httpx.AsyncClient(base_url=base, timeout=5) as http:
        yield Forms(made, catalogue, http)
    await catalogue.close()
    await made.close()
