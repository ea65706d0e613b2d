"""A manifest changes while an attempt is under way: over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from tests.integration.connectors.maker import SECRETS, folder, job, maker, running

from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.connectors.kit.reloading import Reloading
from registrar.domain.outcome import Code, Tier
from registrar.ports.connector import Connector

AUTH = {"kind": "bearer", "secret": "acme.key"}


@dataclass
class Live:
    """A manufacturer that answers once it may, and how many connections it sees."""

    manifest: Path
    catalogue: FileCatalogue
    may: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    open: set[asyncio.BaseTransport] = field(default_factory=set)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Held back."""
        transport = request.transport
        assert transport is not None
        self.open.add(transport)
        self.arrived.set()
        await self.may.wait()
        return web.json_response({"status": "registered", "registration_id": "R1"}, status=201)

    @property
    def connections(self) -> int:
        """That are not closed."""
        return sum(not one.is_closing() for one in self.open)

    def acme(self, version: str = "") -> Connector:
        """As the catalogue gives it out."""
        found = self.catalogue.connector("acme", Tier.API, version)
        assert found is not None
        return found

    async def upgrade(self) -> None:
        """To the next version, as a running process does it."""
        text = self.manifest.read_text(encoding="utf-8").replace("version: '1'", "version: '1.1'")
        self.manifest.write_text(text, encoding="utf-8")
        await Reloading(self.catalogue).once()
        assert self.acme().version == "1.1"


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    """With version 1 in force."""
    server = maker(AUTH)
    async with running(server) as base:
        manifests = folder(tmp_path, AUTH)
        catalogue = FileCatalogue(ConnectorSettings({"acme": base}, SECRETS), manifests)
        made = Live(manifests / "acme" / "manifest.yaml", catalogue)
        server.answer = made.answer
        yield made
        made.may.set()
        await catalogue.close()


async def closed(live: Live, left: int) -> None:
    """Until so many connections are left, at most two seconds."""
    for _ in range(200):
        if live.connections == left:
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"{live.connections} connections are left")


async def test_a_running_attempt_ends_as_it_began(live: Live) -> None:
    """Its connection stays until its answer has come, and no longer."""
    attempt = asyncio.create_task(live.acme().submit(job()))
    await live.arrived.wait()
    await live.upgrade()
    await asyncio.sleep(0.1)
    assert (attempt.done(), live.connections) == (False, 1)
    live.may.set()
    assert (await attempt).code is Code.REGISTERED
    await closed(live, 0)


async def test_an_idle_old_version_keeps_no_connection(live: Live) -> None:
    """The new one keeps its own; the old one still serves whoever asks for it."""
    live.may.set()
    old = live.acme()
    await old.submit(job(1))
    assert live.connections == 1
    await live.upgrade()
    await closed(live, 0)
    await live.acme().submit(job(2))
    assert live.acme("1") is old
    assert (await old.submit(job(3))).code is Code.REGISTERED
    await closed(live, 1)
