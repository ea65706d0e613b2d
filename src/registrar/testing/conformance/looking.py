"""The sandbox, the wire before it, and the look-ups of one manufacturer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from registrar.connectors.kit import addresses
from registrar.connectors.kit.addresses import ConnectorSettings
from registrar.connectors.kit.http import HttpClient
from registrar.connectors.kit.lookups import LookUps
from registrar.connectors.kit.manifest import Lookup, Operation
from registrar.connectors.kit.manual import ManualConnector
from registrar.sandbox import Sandbox, SandboxSettings
from registrar.testing.conformance.stage import READ_SECONDS, WORK_SECONDS, Asked
from registrar.testing.conformance.subject import NotApplicable, Subject, need
from registrar.testing.conformance.wire import Wire


@dataclass(frozen=True, slots=True)
class Looking:
    """`manual` is what asks: nothing but a person registers anything through it."""

    sandbox: Sandbox
    wire: Wire
    lookups: LookUps
    manual: ManualConnector
    manufacturer: str

    @property
    def steps(self) -> Mapping[str, Operation]:
        """The look-ups that there are."""
        both = {"precheck": self.lookups.lookup.precheck, "verify": self.lookups.lookup.verify}
        return {name: one for name, one in both.items() if one is not None}

    def effects(self) -> int:
        """Acts in the ledger."""
        return len(self.sandbox.world.ledger.report(self.manufacturer)["effects"])

    def told(self, rule: Mapping[str, Any], devices: tuple[Mapping[str, Any], ...]) -> None:
        """A fault of this manufacturer, and what it knows."""
        mine = {"manufacturer": self.manufacturer}
        self.sandbox.world.script.replace([mine | dict(rule)] if rule else [])
        self.sandbox.world.devices.seed([mine | dict(one) for one in devices])


def declared(subject: Subject) -> Lookup:
    """Raises NotApplicable where there is none."""
    found: Lookup | None = subject.manifest.lookup
    if found is None:
        raise NotApplicable("there is no look-up")
    return found


@asynccontextmanager
async def looking(subject: Subject, asked: Asked | None = None) -> AsyncIterator[Looking]:
    """With an empty ledger. Raises NotApplicable where there is no look-up."""
    asked, lookup, place = asked or Asked(), declared(subject), subject.scenarios.place
    lookup = replace(lookup, read_timeout=READ_SECONDS) if asked.quick else lookup
    need(place.path, "sandbox.path: nothing simulates its look-up")
    async with AsyncExitStack() as stack:
        sandbox = subject.seams.simulate(SandboxSettings(work_seconds=WORK_SECONDS))
        stack.push_async_callback(sandbox.close)
        wire = Wire(f"http://127.0.0.1:{await sandbox.start()}", place.token)
        stack.push_async_callback(wire.close)
        settings = _settings(subject, await wire.start(), asked)
        http = HttpClient(reach=addresses.reach(_name(subject), lookup, settings))
        stack.push_async_callback(http.close)
        exchange = addresses.exchange(_name(subject), lookup, http, settings)
        lookups = LookUps(lookup, exchange)
        manual = ManualConnector(subject.manifest.manufacturer.version, lookups)
        yield Looking(sandbox, wire, lookups, manual, subject.id)


def _name(subject: Subject) -> str:
    """Under which the settings know it."""
    return f"{subject.id}.lookup"


def _settings(subject: Subject, address: str, asked: Asked) -> ConnectorSettings:
    name, place = _name(subject), subject.scenarios.place
    # Port 1 of this machine: nobody listens there, and to say so takes no time.
    urls = {name: ("http://127.0.0.1:1" if asked.nobody else address) + place.path}
    if place.token:
        urls[f"{name}.token"] = address + place.token
    return ConnectorSettings(urls, {**place.secrets, **asked.secrets}, enabled_assumed=True)
