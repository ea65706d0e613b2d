"""Every manufacturer of a folder; one whose manifest is wrong is put aside alone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from registrar.connectors.kit import auth, manifest, reading
from registrar.connectors.kit.connector import HttpConnector
from registrar.connectors.kit.http import HttpClient
from registrar.connectors.kit.manifest import Manifest
from registrar.domain.errors import ConfigurationError
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.outcome import Tier
from registrar.ports.connector import Connector

PACKAGED = Path(__file__).parents[1] / "manufacturers"
TOKEN_TIMEOUT = 5.0
SPARE_CONNECTIONS = 2
"""Above a manufacturer's registrations in flight: a token and a probe find a place, too."""


@dataclass(frozen=True, slots=True)
class ConnectorSettings:
    """`base_urls` by manufacturer id, `secrets` by the reference in the manifest.

    A URL `<id>.token` takes the place of the manifest's `token_url`.
    """

    base_urls: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    enabled_assumed: bool = False
    expiry_warning: timedelta = timedelta(days=14)
    """How long before a secret ends it is warned of."""


def _fits(secret: str) -> bool:
    """A line end at the end of a mounted file is the usual fault."""
    return bool(secret) and secret.isascii() and secret.isprintable() and secret == secret.strip()


def _token(manufacturer_id: str) -> str:
    """The name under which the settings may have another address for its tokens."""
    return f"{manufacturer_id}.token"


def _is_address(url: str) -> bool:
    return urlsplit(url).scheme in {"http", "https"} and bool(urlsplit(url).hostname)


def _joined(base: str, url: str) -> str:
    """A path is below the manufacturer's address; a whole URL stands for itself."""
    return base + url if url.startswith("/") else url


class FileCatalogue:
    """`ports.connector.Catalogue`. A route is enabled once it has an address and its secrets."""

    def __init__(self, settings: ConnectorSettings, folder: Path = PACKAGED) -> None:
        self._settings = settings
        self._clients: list[HttpClient] = []
        self._manufacturers: dict[str, Manufacturer] = {}
        self._quarantined: dict[str, str] = {}
        self._connectors: dict[str, HttpConnector] = {}
        for path in sorted(folder.glob(f"*/{reading.FILE}")):
            try:
                self._add(manifest.load(path))
            except ConfigurationError as error:
                self._quarantined[path.parent.name] = str(error)

    def _add(self, loaded: Manifest) -> None:
        maker = loaded.manufacturer
        enabled = self._enabled(loaded)
        if enabled:
            self._connectors[maker.id] = self._connector(loaded)
        tiers = tuple(replace(one, enabled=enabled) for one in maker.tiers)
        self._manufacturers[maker.id] = replace(maker, tiers=tiers)

    def _enabled(self, loaded: Manifest) -> bool:
        settings = self._settings
        maker = loaded.manufacturer.id
        if not settings.base_urls.get(maker):
            return False
        for name in {maker, _token(maker)} & set(settings.base_urls):
            if not _is_address(settings.base_urls[name]):
                raise ConfigurationError(f"{name}: its address is no http(s) URL")
        missing = sorted(loaded.api.secrets - set(settings.secrets))
        if missing:
            raise ConfigurationError(f"{maker}: no secret {', '.join(missing)}")
        texts = loaded.api.secrets - set(loaded.api.auth.keys)
        broken = sorted(one for one in texts if not _fits(settings.secrets[one]))
        if broken:
            raise ConfigurationError(
                f"{maker}: empty, or fits no header: secret {', '.join(broken)}"
            )
        return loaded.evidence != "assumed" or settings.enabled_assumed

    def _connector(self, loaded: Manifest) -> HttpConnector:
        maker, settings = loaded.manufacturer, self._settings
        base = settings.base_urls[maker.id].rstrip("/")
        # Of its own: all of one that hangs may wait, and none of another's.
        http = HttpClient(maker.max_in_flight + SPARE_CONNECTIONS)
        self._clients.append(http)
        return HttpConnector(
            tier=loaded.api,
            version=maker.version,
            base_url=base,
            http=http,
            auth=auth.authorization(loaded.api.auth, self._surroundings(loaded, http, base)),
            secrets=settings.secrets,
        )

    def _surroundings(self, loaded: Manifest, http: HttpClient, base: str) -> auth.Surroundings:
        settings = self._settings
        named = settings.base_urls.get(_token(loaded.manufacturer.id))
        return auth.Surroundings(
            http=http,
            token_url=named or _joined(base, loaded.api.auth.grant.token_url),
            token_timeout=TOKEN_TIMEOUT,
            secrets=settings.secrets,
            warn_ahead=settings.expiry_warning,
        )

    def manufacturers(self) -> Mapping[str, Manufacturer]:
        """By id."""
        return self._manufacturers

    def quarantined(self) -> Mapping[str, str]:
        """Manufacturer id to the reason."""
        return self._quarantined

    def connector(self, manufacturer_id: str, tier: Tier) -> Connector | None:
        """None where there is no such route here."""
        return self._connectors.get(manufacturer_id) if tier is Tier.API else None

    async def close(self) -> None:
        """Give back every connection."""
        await asyncio.gather(*(one.close() for one in self._clients))
