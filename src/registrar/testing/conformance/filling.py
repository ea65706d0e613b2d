"""The sandbox's pages and the web connector of one manufacturer, in one warm browser."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from registrar.connectors.kit import mapping
from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.connectors.kit.manifest.web import WebTier
from registrar.connectors.kit.web import browser
from registrar.connectors.kit.web.browser import Browsers
from registrar.connectors.kit.web.connector import WebConnector
from registrar.connectors.kit.web.tab import Tab
from registrar.domain.outcome import Tier
from registrar.ports.connector import Connector
from registrar.sandbox import Sandbox, SandboxSettings
from registrar.sandbox.profiles import web_forms
from registrar.testing.conformance.scenarios import Record
from registrar.testing.conformance.stage import WORK_SECONDS, alone
from registrar.testing.conformance.subject import NotApplicable, Subject, Violated, need

if TYPE_CHECKING:
    from playwright.async_api import Request, StorageState

STEP_SECONDS, SEND_SECONDS = 6.0, 10.0
"""In the place of the manifest's own where a check waits for them."""
AT_ONCE = 3
"""Forms that a check has under way: most of it is waiting."""

_warm: ContextVar[Browsers | None] = ContextVar("_warm", default=None)


_TYPED = """() => [...document.querySelectorAll("input, textarea")].filter(one =>
  one.value !== one.defaultValue || one.checked !== one.defaultChecked).length"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of the browser's that has ended, and why it failed."""

    method: str
    url: str
    failure: str = ""


@dataclass(slots=True)
class Watched(Browsers):
    """Another's browser, and what was asked of it."""

    inner: Browsers = field(default_factory=Browsers)
    opened: int = 0
    asked: list[Asked] = field(default_factory=list)
    reads: bool = False
    """Whether to count what was typed: of a page that hangs that would never end."""
    typed: int = 0
    """Fields that held something else at the end of a visit than its page had."""

    @asynccontextmanager
    async def visit(
        self, start: str, hosts: Sequence[str] = (), session: StorageState | None = None
    ) -> AsyncIterator[Tab]:
        """Counted."""
        self.opened += 1
        async with self.inner.visit(start, hosts, session) as tab:
            page = tab.page
            page.on("requestfinished", lambda one: self.asked.append(Asked(one.method, one.url)))
            # Not a bound method: Playwright would write to this object, which has slots.
            page.on("requestfailed", lambda one: self._failed(one))  # noqa: PLW0108 - of this page, by its own type
            yield tab
            if self.reads:
                self.typed += sum([int(await one.evaluate(_TYPED)) for one in page.frames])

    def _failed(self, one: Request) -> None:
        self.asked.append(Asked(one.method, one.url, one.failure or "?"))


@dataclass(frozen=True, slots=True)
class Filling:
    """`wrapped` is the connector that the checks use; `record` is one that its form is for."""

    sandbox: Sandbox
    connector: WebConnector
    wrapped: Connector
    watched: Watched
    manufacturer: str
    record: Record

    def bodies(self) -> list[dict[str, Any]]:
        """What each act in the ledger was told, oldest first."""
        held = self.sandbox.world.ledger.held(self.manufacturer)
        return [{**json.loads(one.body), "serial": one.serial_number} for one in held]

    def effects(self) -> int:
        """Acts in the ledger."""
        return len(self.sandbox.world.ledger.held(self.manufacturer))

    def pressed(self) -> bool:
        """Whether a last page has met a fault of its step."""
        return any(one["fired"] for one in self.sandbox.world.script.report())

    def told(self, *rules: Mapping[str, object]) -> None:
        """The sandbox's faults, of this manufacturer."""
        self.sandbox.world.script.replace(
            [{"manufacturer": self.manufacturer, **rule} for rule in rules]
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """`quick` shortens the time-outs; `nobody`: the address is one where nobody listens."""

    quick: bool = True
    nobody: bool = False


def applies(subject: Subject) -> bool:
    """Whether the manufacturer has a form that something simulates, and forms are tried."""
    there = subject.manifest.web is not None and bool(subject.scenarios.place.form)
    return there and subject.seams.forms


def declared(subject: Subject) -> WebTier:
    """Raises NotApplicable where there is no form, or nothing to open it with."""
    found: WebTier | None = subject.manifest.web
    if found is None:
        raise NotApplicable("there is no web form")
    if not subject.seams.forms:
        raise NotApplicable("forms are tried with --forms")
    need(subject.scenarios.place.form, "sandbox.form: nothing simulates its form")
    if browser.found() is None:
        raise NotApplicable("there is no browser here")
    return found


def fitting(subject: Subject) -> Record:
    """The plainest valid record that the form is for. Raises Violated."""
    tier = declared(subject)
    for one in subject.scenarios.valid:
        if takes(tier, mapping.record(one.job())):
            return one
    raise Violated("no valid record is one that its form is for")


def takes(tier: WebTier, record: Mapping[str, Any]) -> bool:
    """Whether the form is for it, as far as the manifest tells."""
    try:
        mapping.request_body(tier.fields, record)
    except mapping.Unmappable:
        return False
    return mapping.meets(tier.when, record)


@asynccontextmanager
async def warm() -> AsyncIterator[Browsers]:
    """One browser for all that is filled inside; it starts with the first form."""
    before = _warm.get()
    if before is not None:
        yield before
        return
    made = Browsers(browser.found() or "")
    token = _warm.set(made)
    try:
        yield made
    finally:
        _warm.reset(token)
        await made.close()


async def at_once(*parts: Awaitable[None]) -> None:
    """All parts of a check to their ends, in one browser; the first violation counts."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(part: Awaitable[None]) -> None:
        async with turn:
            await part

    async with warm():
        ends = await asyncio.gather(*map(one, parts), return_exceptions=True)
    for end in ends:
        if end is not None:
            raise end


@asynccontextmanager
async def filling(subject: Subject, wanted: Wanted | None = None) -> AsyncIterator[Filling]:
    """With an empty ledger. Raises NotApplicable where there is no form."""
    wanted, record = wanted or Wanted(), fitting(subject)
    async with AsyncExitStack() as stack:
        browsers = await stack.enter_async_context(warm())
        partners = (subject.id,) if subject.scenarios.place.partner else ("acme",)
        settings = SandboxSettings(partners=partners, work_seconds=WORK_SECONDS)
        sandbox = subject.seams.simulate(settings)
        stack.push_async_callback(sandbox.close)
        address = f"http://127.0.0.1:{await sandbox.start()}"
        folder = stack.enter_context(alone(subject.folder))
        catalogue = FileCatalogue(_settings(subject, address, wanted), folder)
        stack.push_async_callback(catalogue.close)
        watched = Watched(inner=browsers)
        connector = replace(_connector(subject, catalogue), browsers=watched)
        connector = _quick(connector) if wanted.quick else connector
        wrapped = subject.seams.fill(connector)
        yield Filling(sandbox, connector, wrapped, watched, subject.id, record)


def _settings(subject: Subject, address: str, wanted: Wanted) -> ConnectorSettings:
    place = subject.scenarios.place
    urls = {f"{subject.id}.web": (_closed() if wanted.nobody else address) + place.form}
    if place.path:
        urls[subject.id] = address + place.path
    if place.token:
        urls[f"{subject.id}.token"] = address + place.token
    mine = (one for one in web_forms() if one.manufacturer == subject.id)
    opened = [one.opened(address) for one in mine]
    secrets = {name: value for one in opened for name, value in one.items()}
    given = {**place.secrets, **secrets}
    return ConnectorSettings(urls, given, enabled_assumed=True, browser=browser.found())


def _closed() -> str:
    """Where nobody listens any more. Not port 1: a browser refuses that by itself."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def _connector(subject: Subject, catalogue: FileCatalogue) -> WebConnector:
    found = catalogue.connector(subject.id, Tier.WEB)
    if isinstance(found, WebConnector):
        return found
    held = catalogue.held(subject.id, Tier.WEB)
    reason = catalogue.quarantined().get(subject.id) or held
    raise Violated(reason or "the catalogue has no web connector of it")


def _quick(connector: WebConnector) -> WebConnector:
    deadline = timedelta(seconds=SEND_SECONDS)
    capabilities = replace(connector.tier.capabilities, send_deadline=deadline)
    tier = replace(connector.tier, step_seconds=STEP_SECONDS, capabilities=capabilities)
    return replace(connector, tier=tier)
