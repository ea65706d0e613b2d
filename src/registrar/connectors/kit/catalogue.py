"""Every manufacturer of a folder; one whose manifest is wrong is put aside alone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from registrar.connectors.kit import addresses, manifest, reading
from registrar.connectors.kit.addresses import ConnectorSettings
from registrar.connectors.kit.connector import HttpConnector
from registrar.connectors.kit.exchange import Exchange
from registrar.connectors.kit.guide import guide
from registrar.connectors.kit.http import HttpClient
from registrar.connectors.kit.lookups import LookUps
from registrar.connectors.kit.manifest import ApiTier, Lookup, Manifest
from registrar.connectors.kit.manual import ManualConnector
from registrar.domain.errors import ConfigurationError
from registrar.domain.guide import Guide
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.outcome import Tier
from registrar.domain.registration import Registration
from registrar.domain.submission import Submission
from registrar.ports.connector import Connector, Job

__all__ = ["PACKAGED", "ConnectorSettings", "FileCatalogue"]

PACKAGED = Path(__file__).parents[1] / "manufacturers"
SPARE_CONNECTIONS = 2
"""Above a manufacturer's registrations in flight: a token and a probe find a place, too."""


class FileCatalogue:
    """`ports.connector.Catalogue` and `ports.guides.Guides`.

    A route is enabled once it has an address and its secrets; a person's needs neither.
    """

    def __init__(self, settings: ConnectorSettings, folder: Path = PACKAGED) -> None:
        self._settings = settings
        self._clients: list[HttpClient] = []
        self._manifests: dict[str, Manifest] = {}
        self._manufacturers: dict[str, Manufacturer] = {}
        self._quarantined: dict[str, str] = {}
        self._connectors: dict[tuple[str, Tier], Connector] = {}
        self._held: dict[tuple[str, Tier], str] = {}
        for path in sorted(folder.glob(f"*/{reading.FILE}")):
            try:
                self._add(manifest.load(path))
            except ConfigurationError as error:
                self._quarantined[path.parent.name] = str(error)

    def _add(self, loaded: Manifest) -> None:
        """All of it or nothing: raises ConfigurationError."""
        maker = loaded.manufacturer
        lookups = self._lookups(loaded)
        routes = self._routes(loaded, lookups)
        self._manufacturers[maker.id] = replace(
            maker,
            tiers=tuple(
                replace(one, enabled=one.tier in routes or bool(self.held(maker.id, one.tier)))
                for one in maker.tiers
            ),
            lookup=maker.lookup and replace(maker.lookup, enabled=lookups is not None),
        )
        self._manifests[maker.id] = loaded
        self._connectors |= {(maker.id, tier): one for tier, one in routes.items()}

    def _lookups(self, loaded: Manifest) -> LookUps | None:
        if loaded.lookup is None:
            return None
        name = f"{loaded.manufacturer.id}.lookup"
        found = self._exchange(name, loaded, loaded.lookup, loaded.lookup.evidence)
        return LookUps(loaded.lookup, found) if found else None

    def _routes(self, loaded: Manifest, lookups: LookUps | None) -> dict[Tier, Connector]:
        """Those that are in use here."""
        maker, made = loaded.manufacturer, dict[Tier, Connector]()
        if loaded.api:
            found = self._unless_held(loaded, loaded.api)
            if found:
                made[Tier.API] = HttpConnector(loaded.api, maker.version, found)
        if loaded.manual:
            made[Tier.MANUAL] = ManualConnector(maker.version, lookups)
        return made

    def _unless_held(self, loaded: Manifest, api: ApiTier) -> Exchange | None:
        """Without a secret its registrations wait; a manifest put aside would refuse them."""
        name, evidence = loaded.manufacturer.id, loaded.evidence(Tier.API)
        lacking = addresses.lacking(name, api, self._settings)
        if lacking and addresses.configured(name, api, evidence, self._settings):
            self._held[name, Tier.API] = lacking
            return None
        return self._exchange(name, loaded, api, evidence)

    def _exchange(
        self, name: str, loaded: Manifest, section: ApiTier | Lookup, evidence: str
    ) -> Exchange | None:
        if not addresses.configured(name, section, evidence, self._settings):
            return None
        lacking = addresses.lacking(name, section, self._settings)
        if lacking:
            raise ConfigurationError(lacking)
        # Of its own: all of one that hangs may wait, and none of another's.
        http = HttpClient(loaded.manufacturer.max_in_flight + SPARE_CONNECTIONS)
        self._clients.append(http)
        return addresses.exchange(name, section, http, self._settings)

    def manufacturers(self) -> Mapping[str, Manufacturer]:
        """By id."""
        return self._manufacturers

    def quarantined(self) -> Mapping[str, str]:
        """Manufacturer id to the reason."""
        return self._quarantined

    def connector(self, manufacturer_id: str, tier: Tier) -> Connector | None:
        """None where there is no such route here."""
        return self._connectors.get((manufacturer_id, tier))

    def held(self, manufacturer_id: str, tier: Tier) -> str:
        """Which secret is missing, by its name."""
        return self._held.get((manufacturer_id, tier), "")

    def guide(self, registration: Registration, submission: Submission) -> Guide | None:
        """For a person who registers it by hand."""
        loaded = self._manifests.get(registration.manufacturer_id)
        job = Job(registration.id, registration.id, registration.brand, submission)
        return guide(loaded, job) if loaded else None

    async def close(self) -> None:
        """Give back every connection."""
        await asyncio.gather(*(one.close() for one in self._clients))
