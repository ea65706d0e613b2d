"""Broken manifests, lying manufacturers and lying connectors, each to turn one check red."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec.structs import replace

from registrar.connectors.kit.catalogue import PACKAGED
from registrar.connectors.kit.connector import HttpConnector
from registrar.domain.outcome import Outcome
from registrar.ports.connector import UNATTENDED, Connector, Job, Run
from registrar.sandbox import Sandbox
from registrar.testing.conformance import runner
from registrar.testing.conformance.around import Around
from registrar.testing.conformance.checks import ALL
from registrar.testing.conformance.report import Result, Status
from registrar.testing.conformance.subject import Seams, Subject

Change = Callable[[dict[str, Any]], object]


def copied(
    tmp_path: Path, maker: str, manifest: Change | None = None, scenarios: Change | None = None
) -> Path:
    """The folder of a packaged manufacturer, with changes."""
    folder = tmp_path / maker
    shutil.copytree(PACKAGED / maker, folder)
    for name, change in (("manifest.yaml", manifest), ("scenarios.yaml", scenarios)):
        if change is not None:
            data = yaml.safe_load((folder / name).read_text(encoding="utf-8"))
            change(data)
            (folder / name).write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return folder


def packaged(maker: str, seams: Seams) -> Subject:
    """A packaged manufacturer with something else put in."""
    return runner.subject(PACKAGED / maker, seams)


async def judged(check: int, subject: Subject) -> Result:
    """One check's result."""
    (wanted,) = (one for one in ALL if one.id == check)
    return await runner.judged(wanted, subject)


async def violation(check: int, subject: Subject) -> str:
    """Why the check failed."""
    result = await judged(check, subject)
    assert result.status is Status.FAILED, result
    return result.reason


Lie = Callable[[Sandbox, web.Request, Handler], Awaitable[web.StreamResponse]]


def lying(lie: Lie) -> Seams:
    """A simulated manufacturer whose every answer goes through a lie."""

    class Liar(Sandbox):
        """As the sandbox, but for this."""

        def application(self) -> web.Application:
            """With the lie before everything."""
            made = super().application()

            @web.middleware
            async def before(request: web.Request, handler: Handler) -> web.StreamResponse:
                return await lie(self, request, handler)

            made.middlewares.append(before)
            return made

    return Seams(simulate=Liar)


def forgetful(*, looks_up: bool = False) -> Seams:
    """Acme without a memory for keys and products, and without a look-up that finds anything."""

    async def lie(sandbox: Sandbox, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method == "GET" and not looks_up:
            return web.json_response({"registrations": []})
        before = len(sandbox.world.ledger.report("acme")["effects"])
        response = await handler(request)
        if before and request.method == "POST":
            sandbox.world.ledger.write(
                manufacturer="acme", serial_number="again", owner="", key="", body=""
            )
        return response

    return lying(lie)


def saying(text: str, instead: str) -> Seams:
    """A manufacturer that says one thing for another."""

    async def lie(_sandbox: Sandbox, request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if isinstance(response, web.Response) and response.text:
            said = response.text.replace(text, instead)
            kind = response.content_type
            return web.Response(text=said, status=response.status, content_type=kind)
        return response

    return lying(lie)


def telling(change: Callable[[Job, Outcome], Outcome]) -> Seams:
    """A connector whose outcomes are changed."""

    class Teller(Around):
        """Tells something else."""

        async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
            """Changed."""
            return change(job, await self.inner.submit(job, run))

    return Seams(wrap=Teller)


def asking(change: Callable[[Job], Job]) -> Seams:
    """A connector that is given one job and sends another."""

    class Asker(Around):
        """Sends something else."""

        async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
            """Changed."""
            return await self.inner.submit(change(job), run)

    return Seams(wrap=Asker)


class Hasty(Around):
    """Sends something before it has looked at the record."""

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """A probe first."""
        await self.inner.verify(job)
        return await self.inner.submit(job, run)


class Stubborn(Around):
    """Goes on when it is told to stop."""

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """Until it has waited long enough for its own taste."""
        try:
            return await self.inner.submit(job, run)
        except asyncio.CancelledError:
            await asyncio.sleep(2)
            raise


class Busy(Around):
    """Registers to see whether it can."""

    async def health(self) -> Outcome:
        """With an effect."""
        job = runner.subject(PACKAGED / "acme").scenarios.first.job()
        outcome = await self.inner.submit(job)
        healthy = await self.inner.health()
        return replace(healthy, message=outcome.message)


def wrapped(kind: Callable[[HttpConnector], Connector]) -> Seams:
    """A connector of this kind."""
    return Seams(wrap=kind)
