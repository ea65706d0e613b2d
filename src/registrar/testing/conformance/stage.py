"""The sandbox, the wire before it, and the real catalogue and connector of one manufacturer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import structs

from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.connectors.kit.connector import HttpConnector
from registrar.domain.outcome import Code, Effect, Outcome, Tier, Verdict, Verification
from registrar.ports.connector import Connector, Job
from registrar.sandbox import Sandbox, SandboxSettings
from registrar.testing.conformance.subject import Subject, Violated, need
from registrar.testing.conformance.wire import Wire

WORK_SECONDS = 0.05
READ_SECONDS, SEND_SECONDS = 0.4, 1.0
"""In the place of the manifest's own time-outs where a check waits for them."""
POLL_SECONDS, POLLS = 0.03, 100


@dataclass(frozen=True, slots=True)
class Stage:
    """`connector` as it is; `wrapped` is the one that the checks use."""

    sandbox: Sandbox
    wire: Wire
    catalogue: FileCatalogue
    connector: HttpConnector
    wrapped: Connector
    manufacturer: str

    def effects(self) -> int:
        """Acts in the ledger."""
        return len(self.sandbox.world.ledger.report(self.manufacturer)["effects"])

    def told(self, *rules: Mapping[str, object]) -> None:
        """The sandbox's faults, of this manufacturer."""
        self.sandbox.world.script.replace(
            [{"manufacturer": self.manufacturer, **rule} for rule in rules]
        )

    async def finished(self, job: Job) -> Finished:
        """Submitted, and polled where the manufacturer takes its time."""
        outcome = await self.wrapped.submit(job)
        if outcome.code is not Code.ACCEPTED_PENDING:
            return Finished(outcome)
        job = structs.replace(job, manufacturer_reference=outcome.reference)
        return Finished(outcome, await self.settled(job))

    async def settled(self, job: Job) -> Verification:
        """The look-up's verdict, once it is one."""
        for _ in range(POLLS):
            found = await self.wrapped.verify(job)
            if found.verdict is not Verdict.PENDING:
                return found
            await asyncio.sleep(POLL_SECONDS)
        raise Violated("its look-up is pending without an end")


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer, and for an asynchronous manufacturer the look-up's."""

    outcome: Outcome
    found: Verification | None = None

    @property
    def last(self) -> Outcome:
        """Of both: the refusal that a look-up has brought replaces what was accepted."""
        return (self.found and self.found.outcome) or self.outcome

    @property
    def registered(self) -> bool:
        """The manufacturer has it."""
        if self.found is not None:
            return self.found.verdict is Verdict.FOUND
        return self.outcome.effect is Effect.ACCEPTED

    @property
    def reference(self) -> str:
        """The confirmation."""
        return (self.found.reference if self.found else "") or self.outcome.reference

    @property
    def said(self) -> str:
        """In a few words."""
        verdict = f", then {self.found.verdict}" if self.found else ""
        last = f" {self.last.code}" if self.last is not self.outcome else ""
        return f"{self.outcome.code} ({self.outcome.effect}){verdict}{last}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a check wants otherwise: `quick` shortens the time-outs of the manifest."""

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    quick: bool = False
    nobody: bool = False
    """The address is one where nobody listens."""


@asynccontextmanager
async def stage(subject: Subject, asked: Asked | None = None) -> AsyncIterator[Stage]:
    """A fresh one, with an empty ledger. Raises NotApplicable where there is no API."""
    asked = asked or Asked()
    subject.api()
    need(subject.scenarios.place.path, "sandbox.path: nothing simulates its API")
    async with AsyncExitStack() as stack:
        sandbox = subject.seams.simulate(_settings(subject))
        stack.push_async_callback(sandbox.close)
        port = await sandbox.start()
        wire = Wire(f"http://127.0.0.1:{port}", subject.scenarios.place.token)
        stack.push_async_callback(wire.close)
        own = stack.enter_context(alone(subject.folder))
        catalogue = _catalogue(subject, own, await wire.start(), asked)
        stack.push_async_callback(catalogue.close)
        connector = _connector(subject, catalogue)
        quick = _quick(connector) if asked.quick else connector
        wrapped = subject.seams.wrap(quick)
        yield Stage(sandbox, wire, catalogue, quick, wrapped, subject.id)


def _settings(subject: Subject) -> SandboxSettings:
    partners = (subject.id,) if subject.scenarios.place.partner else ("acme",)
    return SandboxSettings(partners=partners, work_seconds=WORK_SECONDS)


@contextmanager
def alone(folder: Path) -> Iterator[Path]:
    """A folder of this manufacturer only: to read all the others costs more than a check."""
    with TemporaryDirectory() as made:
        (Path(made) / folder.name).symlink_to(folder.resolve(), target_is_directory=True)
        yield Path(made)


def _catalogue(subject: Subject, folder: Path, address: str, asked: Asked) -> FileCatalogue:
    place = subject.scenarios.place
    # Port 1 of this machine: nobody listens there, and to say so takes no time.
    base = "http://127.0.0.1:1" if asked.nobody else address
    urls = {subject.id: base + place.path}
    if place.token:
        urls[f"{subject.id}.token"] = address + place.token
    secrets = {**place.secrets, **asked.secrets}
    settings = ConnectorSettings(urls, secrets, enabled_assumed=True)
    return FileCatalogue(settings, folder)


def _connector(subject: Subject, catalogue: FileCatalogue) -> HttpConnector:
    found = catalogue.connector(subject.id, Tier.API)
    if isinstance(found, HttpConnector):
        return found
    reason = catalogue.quarantined().get(subject.id)
    raise Violated(reason or "the catalogue has no connector of it")


def _quick(connector: HttpConnector) -> HttpConnector:
    deadline = timedelta(seconds=SEND_SECONDS)
    capabilities = replace(connector.tier.capabilities, send_deadline=deadline)
    tier = replace(connector.tier, read_timeout=READ_SECONDS, capabilities=capabilities)
    return replace(connector, tier=tier, exchange=replace(connector.exchange, section=tier))
