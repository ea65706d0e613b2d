"""The manifests, as far as forms go: `ports.forms.KnownForms` over a catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from registrar.connectors.kit.catalogue import FileCatalogue
from registrar.connectors.kit.manifest.web import WebTier
from registrar.connectors.kit.web import drifting, mending
from registrar.connectors.kit.web.connector import WebConnector
from registrar.domain.drift import Change, FormPage
from registrar.domain.outcome import Tier


@dataclass(frozen=True, slots=True)
class ManifestForms:
    """Of the newest manifests, whether or not their forms are in use here."""

    catalogue: FileCatalogue

    def _tier(self, manufacturer_id: str) -> WebTier | None:
        loaded = self.catalogue.loaded(manufacturer_id)
        return loaded.web if loaded else None

    def version(self, manufacturer_id: str) -> str:
        """Empty where there is no form."""
        loaded = self.catalogue.loaded(manufacturer_id)
        return loaded.manufacturer.version if loaded and loaded.web else ""

    def steps(self, manufacturer_id: str) -> tuple[str, ...]:
        """In order; empty without a form."""
        tier = self._tier(manufacturer_id)
        return tuple(one.name for one in tier.steps) if tier else ()

    def patience(self, manufacturer_id: str) -> int:
        """What the manifest says of its health: failures in a row before it counts as ill."""
        loaded = self.catalogue.loaded(manufacturer_id)
        return loaded.health.failures if loaded else 1

    def compare(self, manufacturer_id: str, before: FormPage, now: FormPage) -> tuple[Change, ...]:
        """The worst first."""
        tier = self._tier(manufacturer_id)
        return drifting.compare(tier, before, now) if tier else ()

    def fits(self, manufacturer_id: str, page: FormPage) -> bool:
        """Whether the manifest can fill it, as far as that can be seen."""
        tier = self._tier(manufacturer_id)
        return drifting.fits(tier, page) if tier else False

    def patch(self, manufacturer_id: str, changes: Mapping[str, Sequence[Change]]) -> str:
        """A unified diff of the manifest as its file has it."""
        source = self.catalogue.source(manufacturer_id)
        if source is None or not source.is_file():
            return ""
        return mending.patch(source.read_text(encoding="utf-8"), changes)

    def form(self, manufacturer_id: str) -> WebConnector | None:
        """None where it is not in use here."""
        found = self.catalogue.connector(manufacturer_id, Tier.WEB)
        return found if isinstance(found, WebConnector) else None
