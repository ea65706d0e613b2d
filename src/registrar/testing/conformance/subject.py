"""What is tested, and how a check says that it does not hold or does not apply."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from registrar.connectors.kit.connector import HttpConnector
from registrar.connectors.kit.manifest import ApiTier, Manifest
from registrar.connectors.kit.web.connector import WebConnector
from registrar.ports.connector import Connector
from registrar.sandbox import Sandbox, SandboxSettings
from registrar.testing.conformance.scenarios import Scenarios


class Violated(Exception):
    """The check does not hold; the message says what was seen instead."""


class NotApplicable(Exception):
    """The check asks for what this manufacturer does not have; the message says what."""


def _as_it_is(connector: HttpConnector) -> Connector:
    return connector


def _filled_as_it_is(connector: WebConnector) -> Connector:
    return connector


@dataclass(frozen=True, slots=True)
class Seams:
    """Where something else can be put in: the simulated manufacturers, and around a connector."""

    simulate: Callable[[SandboxSettings], Sandbox] = Sandbox
    wrap: Callable[[HttpConnector], Connector] = _as_it_is
    fill: Callable[[WebConnector], Connector] = _filled_as_it_is
    """Around the one that fills a form."""
    forms: bool = False
    """Whether forms are tried: a browser takes some two minutes a manufacturer."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One manufacturer. `folder` is its own, with the manifest and the scenarios."""

    folder: Path
    manifest: Manifest
    scenarios: Scenarios
    seams: Seams = field(default_factory=Seams)

    @property
    def id(self) -> str:
        """The manufacturer's."""
        return self.manifest.manufacturer.id

    def api(self) -> ApiTier:
        """Raises NotApplicable where there is none."""
        found: ApiTier | None = self.manifest.api
        if found is None:
            raise NotApplicable("there is no API")
        return found


@dataclass(frozen=True, slots=True)
class Check:
    """`run` raises Violated or NotApplicable."""

    id: int
    name: str
    run: Callable[[Subject], Awaitable[None]]


def need(holds: object, otherwise: str) -> None:
    """Raises Violated."""
    if not holds:
        raise Violated(otherwise)
