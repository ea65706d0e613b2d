"""For each kind of credentials: the manifest's section, fictitious secrets, the simulated door."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from registrar.connectors.kit.auth.declared import SESSIONS
from registrar.connectors.scaffold.wanted import Auth

TOKEN = "/oauth/token"  # noqa: S105 - a path
_INDENT = " " * 12
"""Of what stands in a call in the template of sandbox.py."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """`section` and `door` are texts of the manifest and of sandbox.py."""

    kind: Auth
    section: str
    secrets: Mapping[str, str] = field(repr=False)
    door: str

    @property
    def session(self) -> bool:
        """Whether there is a token, which ends."""
        return self.kind in SESSIONS


def credentials(kind: Auth, maker: str) -> Credentials:
    """Of one manufacturer, by its id."""
    return _KINDS[kind](maker)


def _bearer(maker: str) -> Credentials:
    secret = f"sandbox-{maker}"
    section = f"{{kind: bearer, secret: {maker}.api_key}}"
    return Credentials(Auth.BEARER, section, {f"{maker}.api_key": secret}, _call("bearer", secret))


def _api_key(maker: str) -> Credentials:
    secret = f"sandbox-{maker}"
    section = f"{{kind: api_key, header: X-Api-Key, secret: {maker}.api_key}} # TODO: the header"
    door = _call("Key", "X-Api-Key", secret)
    return Credentials(Auth.API_KEY, section, {f"{maker}.api_key": secret}, door)


def _basic(maker: str) -> Credentials:
    secret = f"sandbox-{maker}"
    section = f"{{kind: basic, username: {maker}.username, password: {maker}.password}}"
    secrets = {f"{maker}.username": secret, f"{maker}.password": secret}
    return Credentials(Auth.BASIC, section, secrets, _call("basic", secret, secret))


def _client(maker: str) -> Credentials:
    section = f"{_grant(maker)} # TODO: the token service's path, and `scope` if it asks for one"
    return Credentials(Auth.CLIENT_CREDENTIALS, section, _pair(maker), _client_door(maker))


def _subscription(maker: str) -> Credentials:
    key = f"sandbox-{maker}"
    section = (
        f"{{kind: subscription, header: X-Subscription-Key, secret: {maker}.subscription_key, "
        f"token: {_grant(maker)}}} # TODO: the header, the token service's path"
    )
    secrets = {f"{maker}.subscription_key": key, **_pair(maker)}
    door = f"doors.Both({_call('Key', 'X-Subscription-Key', key)}, {_client_door(maker)})"
    return Credentials(Auth.SUBSCRIPTION, section, secrets, door)


def _grant(maker: str) -> str:
    return (
        f"{{kind: oauth2_client_credentials, token_url: {TOKEN}, "
        f"client_id: {maker}.client_id, client_secret: {maker}.client_secret}}"
    )


def _pair(maker: str) -> Mapping[str, str]:
    return {f"{maker}.{one}": f"sandbox-{maker}" for one in ("client_id", "client_secret")}


def _client_door(maker: str) -> str:
    return _token_door("client", name=f"sandbox-{maker}", secret=f"sandbox-{maker}")


def _call(name: str, *values: str) -> str:
    """In the manner of the house: double quotes."""
    return f"doors.{name}({', '.join(map(json.dumps, values))})"


def _token_door(kind: str, **facts: str) -> str:
    """A fact a line."""
    lines = [f"{name}={json.dumps(value)}," for name, value in facts.items()]
    whole = ["world,", "MANUFACTURER,", f'f"{{BASE}}{TOKEN}",', *lines]
    given = "\n".join(_INDENT + one for one in whole)
    return f"doors.{kind}(\n{given}\n        )"


def _assertion(maker: str) -> Credentials:
    """With a key pair of its own, which opens nothing but this simulation."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    aud = f"https://{maker.replace('_', '-')}.example{TOKEN}"
    section = (
        f"{{kind: oauth2_client_assertion, token_url: {TOKEN}, client_id: {maker}.client_id, "
        f"key_id: {maker}.key_id, private_key: {maker}.private_key, aud: {aud!r}, lifetime: 3600}}"
        " # TODO: the token service's path, `aud`, and `scope` if it asks for one"
    )
    secrets = {
        f"{maker}.client_id": f"sandbox-{maker}",
        f"{maker}.key_id": "sandbox-key",
        f"{maker}.private_key": private,
    }
    facts = {"name": f"sandbox-{maker}", "key_id": "sandbox-key", "aud": aud, "public": public}
    door = _token_door("assertion", **facts)
    return Credentials(Auth.CLIENT_ASSERTION, section, secrets, door)


_KINDS: Mapping[Auth, Callable[[str], Credentials]] = {
    Auth.BEARER: _bearer,
    Auth.API_KEY: _api_key,
    Auth.BASIC: _basic,
    Auth.CLIENT_CREDENTIALS: _client,
    Auth.CLIENT_ASSERTION: _assertion,
    Auth.SUBSCRIPTION: _subscription,
}
