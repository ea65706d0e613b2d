"""Where manufacturers are reached, and with which secrets: the settings, checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from registrar.connectors.kit import auth
from registrar.connectors.kit.exchange import Exchange
from registrar.connectors.kit.http import HttpClient
from registrar.connectors.kit.manifest import ApiTier, Lookup, WebTier
from registrar.domain.errors import ConfigurationError

TOKEN_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class ConnectorSettings:
    """`base_urls` by manufacturer id, `secrets` by the reference in the manifest.

    `<id>.lookup` is where its look-ups go, `<id>.web` where its form is. A URL `<id>.token`,
    `<id>.lookup.token` takes the place of the manifest's `token_url`.
    """

    base_urls: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    enabled_assumed: bool = False
    expiry_warning: timedelta = timedelta(days=14)
    """How long before a secret ends it is warned of."""
    folder: Path | None = None
    """The operator's own manufacturers, beside the packaged ones."""
    plugins: tuple[str, ...] = ()
    """Distributions whose manufacturers are loaded."""
    browser: str | None = None
    """Program that fills forms, empty for the one that Playwright has installed; None: no forms."""
    sharing: auth.Sharing | None = field(default=None, repr=False)
    """Where the fleet keeps its tokens; without it each process has its own."""


def configured(
    name: str, section: ApiTier | Lookup, evidence: str, settings: ConnectorSettings
) -> bool:
    """Whether it is to be used. Raises ConfigurationError where it is only half told how."""
    if not settings.base_urls.get(name):
        return False
    for one in {name, _token(name)} & set(settings.base_urls):
        if not _is_address(settings.base_urls[one]):
            raise ConfigurationError(f"{one}: its address is no http(s) URL")
    texts = (section.secrets & set(settings.secrets)) - set(section.auth.keys)
    broken = sorted(one for one in texts if not _fits(settings.secrets[one]))
    if broken:
        raise ConfigurationError(f"{name}: empty, or fits no header: secret {', '.join(broken)}")
    return evidence != "assumed" or settings.enabled_assumed


def lacking(name: str, section: ApiTier | Lookup | WebTier, settings: ConnectorSettings) -> str:
    """Which secrets are missing, by name; empty where none is."""
    missing = sorted(section.secrets - set(settings.secrets))
    return f"{name}: no secret {', '.join(missing)}" if missing else ""


def exchange(
    name: str, section: ApiTier | Lookup, http: HttpClient, settings: ConnectorSettings
) -> Exchange:
    """Of a section that is configured."""
    base = settings.base_urls[name].rstrip("/")
    around = auth.Surroundings(
        http=http,
        token_url=settings.base_urls.get(_token(name))
        or _joined(base, section.auth.grant.token_url),
        token_timeout=TOKEN_TIMEOUT,
        secrets=settings.secrets,
        warn_ahead=settings.expiry_warning,
        name=name,
        sharing=settings.sharing,
    )
    authorization = auth.authorization(section.auth, around)
    return Exchange(section, base, http, authorization, settings.secrets)


def form_wanted(name: str, evidence: str, settings: ConnectorSettings) -> bool:
    """Whether a form is to be used, if it can be."""
    named = bool(settings.base_urls.get(f"{name}.web"))
    return named and (evidence != "assumed" or settings.enabled_assumed)


def form(name: str, tier: WebTier, evidence: str, settings: ConnectorSettings) -> str:
    """The address of a form that is to be used; empty where it is not. ConfigurationError."""
    key = f"{name}.web"
    address = settings.base_urls.get(key, "")
    if not form_wanted(name, evidence, settings):
        return ""
    if not _is_address(address):
        raise ConfigurationError(f"{key}: its address is no http(s) URL")
    if tier.session and not _is_session(settings.secrets.get(tier.session, "{}")):
        raise ConfigurationError(f"{name}: no stored session: secret {tier.session}")
    return address


def _is_session(text: str) -> bool:
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, dict) and {"cookies", "origins"} >= set(found)


def _fits(secret: str) -> bool:
    """A line end at the end of a mounted file is the usual fault."""
    return bool(secret) and secret.isascii() and secret.isprintable() and secret == secret.strip()


def _token(name: str) -> str:
    """The name under which the settings may have another address for its tokens."""
    return f"{name}.token"


def _is_address(url: str) -> bool:
    return urlsplit(url).scheme in {"http", "https"} and bool(urlsplit(url).hostname)


def _joined(base: str, url: str) -> str:
    """A path is below the manufacturer's address; a whole URL stands for itself."""
    return base + url if url.startswith("/") else url
