"""From what the manifest says, and the secrets it refers to, to what gives the headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from registrar.connectors.kit.auth import grants
from registrar.connectors.kit.auth.assertion import Assertion, private_key
from registrar.connectors.kit.auth.declared import Auth
from registrar.connectors.kit.auth.expiry import Expiring, Expiry, moment
from registrar.connectors.kit.auth.headers import Authorization, Fixed, basic
from registrar.connectors.kit.auth.sharing import Shared, Sharing
from registrar.connectors.kit.auth.tokens import Tokens
from registrar.connectors.kit.http import HttpClient
from registrar.domain.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Of one manufacturer: its client, its secrets, where its tokens come from.

    With `sharing` the fleet has one token under its `name`, else each process its own.
    """

    http: HttpClient
    token_url: str
    token_timeout: float
    secrets: Mapping[str, str] = field(repr=False)
    warn_ahead: timedelta = timedelta(days=14)
    name: str = ""
    sharing: Sharing | None = None


def authorization(auth: Auth, around: Surroundings) -> Authorization:
    """Raises ConfigurationError for a secret that is not what its kind needs."""
    made = _made(auth, around)
    known = [
        Expiry(_day(around.secrets[one], one), one)
        for one in auth.expiries
        if one in around.secrets
    ]
    if not known:
        return made
    return Expiring(made, min(known, key=lambda one: one.at), around.warn_ahead)


def _day(text: str, reference: str) -> datetime:
    try:
        return moment(text)
    except ValueError as error:
        raise ConfigurationError(f"secret {reference}: is no day or time") from error


def _made(auth: Auth, around: Surroundings) -> Authorization:
    secrets = around.secrets
    match auth.kind:
        case "bearer":
            return Fixed("Authorization", f"Bearer {secrets[auth.secret]}")
        case "api_key":
            return Fixed(auth.header, secrets[auth.secret])
        case "basic":
            return Fixed("Authorization", _basic(auth, secrets))
        case "subscription":
            return _tokens(auth.grant, around, {auth.header: secrets[auth.secret]})
        case _:
            return _tokens(auth, around, {})


def _basic(auth: Auth, secrets: Mapping[str, str]) -> str:
    if ":" in secrets[auth.username]:
        raise ConfigurationError(f"secret {auth.username}: a name with a colon")
    return basic(secrets[auth.username], secrets[auth.password])


def _tokens(auth: Auth, around: Surroundings, beside: dict[str, str]) -> Tokens:
    own = shared(auth, around, around.sharing) if around.sharing else None
    return Tokens(around.http, _ask(auth, around), around.token_timeout, beside, own)


def shared(auth: Auth, around: Surroundings, sharing: Sharing) -> Shared:
    """Whatever the token service may tell apart; a rotated secret has a token of its own."""
    asked = (auth.kind, around.token_url, auth.scope, auth.aud, auth.credentials)
    return sharing.named(around.name, [*asked, *(around.secrets[one] for one in auth.references)])


def _ask(auth: Auth, around: Surroundings) -> grants.Ask:
    url, secrets = around.token_url, around.secrets
    if auth.kind == "oauth2_client_assertion":
        return grants.by_assertion(url, _assertion(auth, secrets), auth.scope)
    grant = grants.by_basic if auth.credentials == "basic" else grants.in_body
    return grant(url, secrets[auth.client_id], secrets[auth.client_secret], auth.scope)


def _assertion(auth: Auth, secrets: Mapping[str, str]) -> Assertion:
    try:
        key = private_key(secrets[auth.private_key])
    except ValueError as error:
        raise ConfigurationError(f"secret {auth.private_key}: {error}") from error
    client_id, key_id = secrets[auth.client_id], secrets[auth.key_id]
    return Assertion(client_id, key_id, key, auth.aud, auth.lifetime)
