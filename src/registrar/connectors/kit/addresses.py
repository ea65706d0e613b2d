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
from registrar.connectors.kit.web.switches import Sandbox
from registrar.domain import destination
from registrar.domain.errors import ConfigurationError
from registrar.outbound import Reach

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
    browser_sandbox: Sandbox = "auto"
    """Whether it holds each page in one."""
    sharing: auth.Sharing | None = field(default=None, repr=False)
    """Where the fleet keeps its tokens; without it each process has its own."""


def configured(
    name: str, section: ApiTier | Lookup, evidence: str, settings: ConnectorSettings
) -> bool:
    """Whether it is to be used. Raises ConfigurationError where it is only half told how."""
    if not settings.base_urls.get(name):
        return False
    for one in sorted({name, _token(name)} & set(settings.base_urls)):
        _check(one, settings.base_urls[one])
    texts = (section.secrets & set(settings.secrets)) - set(section.auth.keys)
    broken = sorted(one for one in texts if not _fits(settings.secrets[one]))
    if broken:
        raise ConfigurationError(f"{name}: empty, or fits no header: secret {', '.join(broken)}")
    return evidence != "assumed" or settings.enabled_assumed


def lacking(name: str, section: ApiTier | Lookup | WebTier, settings: ConnectorSettings) -> str:
    """Which secrets are missing, by name; empty where none is."""
    missing = sorted(section.secrets - set(settings.secrets))
    return f"{name}: no secret {', '.join(missing)}" if missing else ""


def reach(name: str, section: ApiTier | Lookup, settings: ConnectorSettings) -> Reach:
    """The hosts of a section that is configured: where it is, and where its tokens come from."""
    told = [settings.base_urls.get(one, "") for one in (name, _token(name))]
    return Reach.of(filter(None, told), [_token_url(name, section, settings)])


def _token_url(name: str, section: ApiTier | Lookup, settings: ConnectorSettings) -> str:
    base = settings.base_urls[name].rstrip("/")
    told = settings.base_urls.get(_token(name))
    return told or _joined(base, section.auth.grant.token_url)


def exchange(
    name: str, section: ApiTier | Lookup, http: HttpClient, settings: ConnectorSettings
) -> Exchange:
    """Of a section that is configured."""
    base = settings.base_urls[name].rstrip("/")
    around = auth.Surroundings(
        http=http,
        token_url=_token_url(name, section, settings),
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
    _check(key, address)
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


def _check(key: str, url: str) -> None:
    found = _problem(url)
    if found:
        raise ConfigurationError(f"{key}: its address {found}")


def _problem(url: str) -> str:
    """As far as it is told by its look; whatever a name leads to is seen when it is used."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "is no http(s) URL"
    if parts.scheme not in {"http", "https"} or not host:
        return "is no http(s) URL"
    if parts.username is not None or parts.password is not None:
        return "has a user in it"
    return "is not one of the Internet" if destination.refused(host, local=True) else ""


def _joined(base: str, url: str) -> str:
    """A path is below the manufacturer's address; a whole URL stands for itself."""
    return base + url if url.startswith("/") else url
