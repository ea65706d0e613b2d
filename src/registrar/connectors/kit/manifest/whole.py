"""A whole manifest, of its sections.

One that is wrong raises ConfigurationError with file, line and path; whoever loads many quarantines
that one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from registrar.connectors.kit import contracts, reading
from registrar.connectors.kit.hooks import declared as hooks
from registrar.connectors.kit.manifest import migrations, traffic
from registrar.connectors.kit.manifest.api import ApiTier, api, needed
from registrar.connectors.kit.manifest.lookup import Lookup, lookup
from registrar.connectors.kit.manifest.manual import ManualTier, manual
from registrar.connectors.kit.manifest.operations import Misplaced
from registrar.connectors.kit.manifest.traffic import Health
from registrar.connectors.kit.manifest.web import WebTier, web
from registrar.connectors.kit.paper import own
from registrar.connectors.kit.reading import Problem
from registrar.domain.errors import ConfigurationError
from registrar.domain.manufacturer import (
    Component,
    IdentifierRule,
    LookupListing,
    Manufacturer,
    Privacy,
    TierListing,
)
from registrar.domain.outcome import Tier
from registrar.domain.window import Window
from registrar.resilience.settings import Settings

SECTIONS = {Tier.API: "api", Tier.WEB: "web", Tier.MANUAL: "manual"}


@dataclass(frozen=True, slots=True)
class Manifest:
    """One manufacturer. `manufacturer` is the part that callers may see, nothing enabled yet."""

    manufacturer: Manufacturer
    api: ApiTier | None = None
    web: WebTier | None = None
    manual: ManualTier | None = None
    lookup: Lookup | None = None
    resilience: Settings = traffic.USUAL
    health: Health = traffic.DAILY
    hook: hooks.Hook | None = None
    own_guide: str | None = field(default=None, repr=False)
    """The source of its own guide.typ; None where the packaged one serves."""

    def evidence(self, tier: Tier) -> str:
        """How this tier is known; empty where there is none."""
        found = self.manufacturer.listing(tier)
        return found.evidence if found else ""


def load(path: Path) -> Manifest:
    """Raises ConfigurationError for the first problem."""
    made, found = _examined(path)
    if made is None:
        raise ConfigurationError(f"{path.name}:{found[0]}")
    return made


def problems(path: Path) -> list[Problem]:
    """All that can be told at once: what the schema refuses hides the rest."""
    made, found = _examined(path)
    if made is None or made.own_guide is None:
        return found
    from registrar.connectors.kit.paper import trial  # noqa: PLC0415 - slow, and it reads manifests

    return [reading.read(path).problem(*one) for one in trial.findings(made)]


def older(path: Path) -> list[str]:
    """What is written otherwise by now, of a manifest without problems."""
    return migrations.changes(reading.read(path).data)


def _examined(path: Path) -> tuple[Manifest | None, list[Problem]]:
    try:
        source = reading.read(path)
    except reading.Unreadable as error:
        return None, [error.problem]
    try:
        source = replace(source, data=migrations.upgraded(source.data))
    except Misplaced as error:
        return None, [source.problem(error.place, str(error))]
    wrong = [source.problem(*one) for one in reading.findings(source.data, path.parent.name)]
    if not wrong:
        beside = chain(
            hooks.findings(source.data, path.parent), own.findings(source.data, path.parent)
        )
        wrong = [source.problem(*one) for one in beside]
    if wrong:
        return None, wrong
    try:
        hook, own_guide = hooks.hook(source.data, path.parent), own.source(path.parent)
        return replace(_manifest(source.data), hook=hook, own_guide=own_guide), []
    except Misplaced as error:
        return None, [source.problem(error.place, str(error))]


def _manifest(written: dict[str, Any]) -> Manifest:
    data = contracts.expanded(written)
    tiers = data["tiers"]
    return Manifest(
        _manufacturer(data),
        api=api(tiers["api"]) if "api" in tiers else None,
        web=web(tiers["web"]) if "web" in tiers else None,
        manual=manual(tiers["manual"]) if "manual" in tiers else None,
        lookup=lookup(data["lookup"]) if "lookup" in data else None,
        resilience=traffic.resilience(data.get("resilience", {})),
        health=Health(**data.get("health", {})),
    )


def _manufacturer(data: dict[str, Any]) -> Manufacturer:
    identity, tiers = data["identity"], data["tiers"]
    # What only some are asked is no matter of all: the others go another way.
    every = "api" in tiers and (len(tiers) == 1 or tiers["api"]["audience"] == "anyone")
    asked = needed(tiers["api"]) if every else []
    windows = _windows(data)
    return Manufacturer(
        id=identity["id"],
        name=identity["name"],
        brands=tuple(identity["brands"]),
        countries=tuple(identity["countries"]),
        version=data["version"],
        identifiers=tuple(
            IdentifierRule(**one | {"patterns": tuple(one["patterns"])})
            for one in data["identifiers"]
        ),
        required_fields=tuple(dict.fromkeys([*data["required_fields"], *asked])),
        tiers=tuple(
            _listing(tier, tiers[name]) for tier, name in SECTIONS.items() if name in tiers
        ),
        fictitious=identity.get("fictitious", False),
        window_days=_everywhere(windows),
        max_in_flight=data.get("max_in_flight", 16),
        max_forms=tiers.get("web", {}).get("max_forms", 2),
        lookup=_lookup_listing(data["lookup"]) if "lookup" in data else None,
        windows=windows,
        limits=traffic.limits(data.get("limits", {})),
        privacy=_privacy(data.get("privacy", {})),
        components=tuple(Component(**one) for one in data.get("components", ())),
    )


def _windows(data: Mapping[str, Any]) -> tuple[Window, ...]:
    return tuple(
        Window(**{**one, "countries": tuple(one.get("countries", ()))})
        for one in data.get("window", ())
    )


def _everywhere(windows: tuple[Window, ...]) -> int | None:
    """For callers that know of one window alone."""
    plain = [one.days for one in windows if one.start == "purchase" and not one.countries]
    return min(plain, default=None)


def _privacy(data: Mapping[str, Any]) -> Privacy:
    return Privacy(
        mandatory_consents=tuple(data.get("mandatory_consents", ())),
        contact=data.get("contact", ""),
        retention=data.get("retention", "standard"),
    )


def _lookup_listing(data: Mapping[str, Any]) -> LookupListing:
    return LookupListing(
        data["audience"],
        data["evidence"],
        enabled=False,
        sources=tuple(data["sources"]),
        precheck="precheck" in data["http"],
        verify="verify" in data["http"],
    )


def _listing(tier: Tier, data: Mapping[str, Any]) -> TierListing:
    can = data.get("capabilities", {})
    return TierListing(
        tier,
        data["audience"],
        data["evidence"],
        enabled=False,
        sources=tuple(data["sources"]),
        verify=can.get("verify", "none"),
        idempotency=can.get("idempotency", "none"),
    )
