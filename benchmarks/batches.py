"""Registrations that share a request against the same ones one after the other.

The manufacturer is the sandbox in a process of its own; what it counts is what is told: requests
from its metrics, acts from its ledger. Each round registers fifty other devices.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import httpx
import uvloop
from msgspec import structs

from benchmarks.beside import serving
from benchmarks.report import Report
from registrar.connectors.kit.catalogue import PACKAGED, ConnectorSettings, FileCatalogue
from registrar.connectors.kit.connector import HttpConnector
from registrar.domain.outcome import Effect, Tier
from registrar.ports.connector import Job
from registrar.sandbox import Sandbox, SandboxSettings
from registrar.testing.conformance import scenarios

MAKER = "microsoft"
MANY = 50
PATIENCE = 10
"""Seconds in which the sandbox has carried out what it has accepted."""


async def _serve(ready: Any) -> None:  # noqa: ANN401 - one end of a pipe
    sandbox = Sandbox(SandboxSettings(partners=(), work_seconds=0))
    ready.send(await sandbox.start())
    await asyncio.Event().wait()


@asynccontextmanager
async def _connected(address: str) -> AsyncIterator[HttpConnector]:
    place = scenarios.load(PACKAGED / MAKER).place
    urls = {MAKER: address + place.path, f"{MAKER}.token": address + place.token}
    catalogue = FileCatalogue(ConnectorSettings(urls, place.secrets))
    found = catalogue.connector(MAKER, Tier.API)
    if not isinstance(found, HttpConnector):
        raise TypeError("it has no API")
    yield found
    await catalogue.close()


def _apart(connector: HttpConnector) -> HttpConnector:
    """The same one without its batch: it waits for nobody."""
    tier = replace(connector.tier, submit=replace(connector.tier.submit, batch=None))
    return replace(connector, tier=tier, exchange=replace(connector.exchange, section=tier))


def _jobs(start: int) -> list[Job]:
    """Devices that nobody has registered yet."""
    kept = scenarios.load(PACKAGED / MAKER)
    made = []
    for number in range(start, start + MANY):
        job = kept.varied({"product": {"serial_number": f"2175{number:05d}605"}}).job()
        key = f"reg_{number}"
        made.append(structs.replace(job, registration_id=key, idempotency_key=key))
    return made


Submit = Callable[[Job], Awaitable[Any]]


async def _at_once(submit: Submit, jobs: Sequence[Job]) -> list[Any]:
    return await asyncio.gather(*map(submit, jobs))


async def _in_turn(submit: Submit, jobs: Sequence[Job]) -> list[Any]:
    return [await submit(one) for one in jobs]


@dataclass(slots=True)
class _Asked:
    """The sandbox's own counts."""

    client: httpx.AsyncClient

    async def requests(self) -> int:
        """Imports since it was asked last."""
        found = (await self.client.get("/_sandbox/metrics")).json()
        await self.client.delete("/_sandbox/metrics")
        return int(found["manufacturers"][MAKER]["steps"]["submit"]["requests"])

    async def acts(self, count: int) -> None:
        """So many, each of another device. Raises RuntimeError."""
        until = time.monotonic() + PATIENCE
        serials: list[str] = []
        while len(serials) < count and time.monotonic() < until:
            report = (
                await self.client.get("/_sandbox/ledger", params={"manufacturer": MAKER})
            ).json()
            serials = [one["serial_number"] for one in report["effects"]]
        if not len(serials) == len(set(serials)) == count:
            raise RuntimeError(f"{len(serials)} acts of {len(set(serials))} devices, not {count}")


async def _measured(address: str, rounds: int) -> dict[str, tuple[float, float]]:
    """Registrations a second and requests a registration, the medians, of both ways in turns."""
    found: dict[str, list[tuple[float, float]]] = {"batch": [], "one_by_one": []}
    async with _connected(address) as shared, httpx.AsyncClient(base_url=address) as client:
        asked, alone, start = _Asked(client), _apart(shared), 0
        # The tokens and the connections are there before anything is timed.
        await shared.submit(_jobs(90_000)[0])
        await alone.submit(_jobs(91_000)[0])
        await asked.requests()
        for _ in range(rounds):
            for name, way, one in (
                ("batch", _at_once, shared),
                ("one_by_one", _in_turn, alone),
            ):
                jobs = _jobs(start)
                start += MANY
                started = time.perf_counter()
                outcomes = await way(one.submit, jobs)
                took = time.perf_counter() - started
                if any(each.effect is not Effect.ACCEPTED for each in outcomes):
                    raise RuntimeError("not all were accepted")
                found[name].append((MANY / took, await asked.requests() / MANY))
        await asked.acts(start + 2)
    return {
        name: (median(one for one, _ in each), median(one for _, one in each))
        for name, each in found.items()
    }


def measure(report: Report, rounds: int) -> None:
    """Adds its figures and the ratio of the two ways."""
    with serving(_serve) as address:
        found = uvloop.run(_measured(address, rounds))
    for name, (rate, requests) in found.items():
        report.figures[f"imports.{name}.registrations_per_second"] = rate
        report.figures[f"imports.{name}.requests_per_registration"] = requests
    report.ratios["imports.batch_to_one_by_one"] = found["batch"][0] / found["one_by_one"][0]
