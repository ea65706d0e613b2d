"""Every manufacturer of a folder; one whose manifest is wrong is put aside alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from registrar.connectors.kit import addresses, manifest, pace, plugins, reading
from registrar.connectors.kit.addresses import ConnectorSettings
from registrar.connectors.kit.connector import HttpConnector
from registrar.connectors.kit.exchange import Exchange
from registrar.connectors.kit.guide import guide
from registrar.connectors.kit.hooks.process import Hooks
from registrar.connectors.kit.hooks.steps import hooked
from registrar.connectors.kit.http import HttpClient
from registrar.connectors.kit.lookups import LookUps
from registrar.connectors.kit.manifest import ApiTier, Lookup, Manifest
from registrar.connectors.kit.manual import ManualConnector
from registrar.connectors.kit.overriding import Overrides
from registrar.connectors.kit.plugins import Place, Plugin
from registrar.connectors.kit.reloading import Print, Version, Versions, fingerprint
from registrar.connectors.kit.web.browser import Browsers
from registrar.connectors.kit.web.connector import WebConnector
from registrar.domain.errors import ConfigurationError
from registrar.domain.guide import Guide
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.outcome import Tier
from registrar.domain.registration import Registration
from registrar.domain.submission import Submission
from registrar.ports.connector import Connector, Job
from registrar.resilience.settings import Settings

__all__ = ["PACKAGED", "ConnectorSettings", "FileCatalogue"]

PACKAGED = Path(__file__).parents[1] / "manufacturers"
SPARE_CONNECTIONS = 2
"""Above a manufacturer's registrations in flight: a token and a probe find a place, too."""


class FileCatalogue:
    """`ports.connector.Catalogue` and `ports.guides.Guides`.

    A route is enabled once it has an address and its secrets; a person's needs neither.
    """

    def __init__(self, settings: ConnectorSettings, folder: Path = PACKAGED) -> None:
        """Of an id that is there twice the packaged one counts, then the operator's own."""
        self._settings = settings
        self.overrides = Overrides()
        self._folders = (folder, *([settings.folder] if settings.folder else []))
        self._plugins = plugins.found(settings.plugins)
        self._clients: list[HttpClient] = []
        self._hooks = Hooks()
        self._browsers = (
            Browsers(settings.browser, sandbox=settings.browser_sandbox)
            if settings.browser is not None
            else None
        )
        self._manifests: dict[str, Manifest] = {}
        self._manufacturers: dict[str, Manufacturer] = {}
        self._quarantined = {one.distribution: one.problem for one in self._plugins if one.problem}
        self._held: dict[tuple[str, Tier], str] = {}
        self._versions = Versions()
        self._prints: dict[Place, Print] = {}
        self._owners: dict[str, Place] = {}
        self._paces: dict[tuple[str, Tier], tuple[tuple[object, ...], Settings]] = {}
        self.reload()

    def reload(self) -> Mapping[str, str]:
        """Read what has changed; manufacturer id to version. What is wrong leaves the old one.

        Blocks. A manifest that has gone stays in force: what was sent with it must be verified.
        """
        changed: dict[str, str] = {}
        for place in self._places():
            seen = fingerprint(place.path)
            if self._prints.get(place) != seen:
                self._prints[place] = seen
                changed |= self._read(place)
        return changed

    def _places(self) -> list[Place]:
        files = [
            one for folder in self._folders for one in sorted(folder.glob(f"*/{reading.FILE}"))
        ]
        return [*map(Place, files), *(place for one in self._plugins for place in one.places)]

    def _read(self, place: Place) -> dict[str, str]:
        owner, old = self._owners.setdefault(place.name, place), self._manifests.get(place.name)
        name = place.name if owner == place else f"{place.origin or place.path.parent}:{place.name}"
        try:
            loaded = self._taken(place, owner)
        except ConfigurationError as error:
            self._quarantined = {**self._quarantined, name: str(error)}
            return {}
        self._quarantined = {key: one for key, one in self._quarantined.items() if key != name}
        return {} if old == loaded else {place.name: loaded.manufacturer.version}

    def _taken(self, place: Place, owner: Place) -> Manifest:
        if owner != place:
            raise ConfigurationError(f"{place.name} is there already: {owner.path}")
        loaded, old = manifest.load(place.path), self._manifests.get(place.name)
        if old != loaded:
            self._put(loaded, old)
        return loaded

    def _put(self, loaded: Manifest, old: Manifest | None) -> None:
        """All of it or nothing: raises ConfigurationError."""
        maker = loaded.manufacturer
        if old is not None and old.manufacturer.version == maker.version:
            raise ConfigurationError(f"it has changed, and is still version {maker.version}")
        before = len(self._clients)
        lookups = self._lookups(loaded)
        routes = self._routes(loaded, lookups)
        shown = replace(
            maker,
            tiers=tuple(
                replace(
                    one,
                    enabled=one.tier in routes or bool(self.held(maker.id, one.tier)),
                    lacks_browser=one.tier is Tier.WEB and self._lacks_browser(loaded),
                )
                for one in maker.tiers
            ),
            lookup=maker.lookup and replace(maker.lookup, enabled=lookups is not None),
        )
        self._versions.put(maker.id, Version(maker.version, routes, self._clients[before:]))
        self._manufacturers = {**self._manufacturers, maker.id: shown}
        self._manifests = {**self._manifests, maker.id: loaded}

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
                said = partial(self.overrides.rules, maker.id)
                plain = HttpConnector(loaded.api, maker.version, found, said)
                hook = loaded.hook
                made[Tier.API] = hooked(plain, hook, self._hooks) if hook else plain
        form = self._form(loaded, made.get(Tier.API))
        if form:
            made[Tier.WEB] = form
        if loaded.manual:
            made[Tier.MANUAL] = ManualConnector(maker.version, lookups)
        return made

    def _form(self, loaded: Manifest, api: Connector | None) -> WebConnector | None:
        """None without a browser, without its address, or without the session that it needs."""
        maker, tier, browsers = loaded.manufacturer, loaded.web, self._browsers
        if tier is None or browsers is None:
            return None
        address = addresses.form(maker.id, tier, loaded.evidence(Tier.WEB), self._settings)
        self._held.pop((maker.id, Tier.WEB), None)
        lacking = addresses.lacking(f"{maker.id}.web", tier, self._settings)
        if lacking and address:
            self._held[maker.id, Tier.WEB] = lacking
        if lacking or not address:
            return None
        session = self._settings.secrets.get(tier.session, "")
        looks = api if tier.looks != "none" else None
        return WebConnector(tier, maker.version, address, browsers, session, looks)

    def _lacks_browser(self, loaded: Manifest) -> bool:
        if loaded.web is None or self._browsers is not None:
            return False
        evidence = loaded.evidence(Tier.WEB)
        return addresses.form_wanted(loaded.manufacturer.id, evidence, self._settings)

    def _unless_held(self, loaded: Manifest, api: ApiTier) -> Exchange | None:
        """Without a secret its registrations wait; a manifest put aside would refuse them."""
        name, evidence = loaded.manufacturer.id, loaded.evidence(Tier.API)
        self._held.pop((name, Tier.API), None)
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
        reach = addresses.reach(name, section, self._settings)
        http = HttpClient(loaded.manufacturer.max_in_flight + SPARE_CONNECTIONS, reach)
        self._clients.append(http)
        return addresses.exchange(name, section, http, self._settings)

    def manufacturers(self) -> Mapping[str, Manufacturer]:
        """By id."""
        return self._manufacturers

    def quarantined(self) -> Mapping[str, str]:
        """Manufacturer id to the reason."""
        return self._quarantined

    def plugins(self) -> tuple[Plugin, ...]:
        """All that are installed, allowed or not."""
        return self._plugins

    def connector(self, manufacturer_id: str, tier: Tier, version: str = "") -> Connector | None:
        """None where there is no such route here, or no version that can stand in for this one."""
        return self._versions.connector(manufacturer_id, tier, version)

    async def rest(self) -> None:
        """Give back the connections that only old versions had."""
        await asyncio.gather(*(one.rest() for one in self._clients))

    def held(self, manufacturer_id: str, tier: Tier) -> str:
        """Which secret is missing, by its name."""
        return self._held.get((manufacturer_id, tier), "")

    def pace(self, manufacturer_id: str, tier: Tier) -> Settings:
        """The same object for an hour, unless the manifest or its routes change."""
        loaded = self._manifests.get(manufacturer_id)
        if loaded is None:
            return Settings()
        at = time.time_ns() // 1_000_000
        found = self._paces.get((manufacturer_id, tier))
        connector = self.connector(manufacturer_id, tier)
        known = (loaded, connector, at // pace.HOUR)
        if found is None or found[0] != known:
            found = known, pace.settings(loaded, tier, connector, at)
            self._paces[manufacturer_id, tier] = found
        return found[1]

    def guide(
        self, registration: Registration, submission: Submission, language: str = ""
    ) -> Guide | None:
        """For a person who registers it by hand."""
        loaded = self._manifests.get(registration.manufacturer_id)
        job = Job(registration.id, registration.id, registration.brand, submission)
        return guide(loaded, job, language) if loaded else None

    def loaded(self, manufacturer_id: str) -> Manifest | None:
        """The newest."""
        return self._manifests.get(manufacturer_id)

    def source(self, manufacturer_id: str) -> Path | None:
        """Where it is read from."""
        owner = self._owners.get(manufacturer_id)
        return owner.path if owner and manufacturer_id in self._manifests else None

    def own_guide(self, manufacturer_id: str) -> str | None:
        """The source of its own guide.typ; None where the packaged one serves."""
        loaded = self._manifests.get(manufacturer_id)
        return loaded.own_guide if loaded else None

    async def close(self) -> None:
        """Give back every connection, and end the browser."""
        await asyncio.gather(self._hooks.close(), *(one.close() for one in self._clients))
        if self._browsers is not None:
            await self._browsers.close()
