"""What a simulated manufacturer asks of who comes in, for every kind of credentials."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from registrar.sandbox.assertions import SignedAssertion
from registrar.sandbox.request import World
from registrar.sandbox.tokens import Proof, TokenService, in_body


class Door(Protocol):
    """One way to show a right to be answered."""

    def opens(self, request: web.Request) -> bool:
        """Whether the request shows it."""
        ...

    def routes(self) -> list[web.RouteDef]:
        """Where it is got, if it is got from the manufacturer."""
        ...


@dataclass(frozen=True, slots=True)
class Key:
    """A header with a value that does not change."""

    header: str
    value: str

    def opens(self, request: web.Request) -> bool:
        """The value is the right one."""
        return request.headers.get(self.header) == self.value

    def routes(self) -> list[web.RouteDef]:
        """Nowhere: it is agreed by other means."""
        return []


@dataclass(frozen=True, slots=True)
class Token:
    """A token of OAuth 2, given at `path` for what `service` takes as proof."""

    path: str
    service: TokenService

    def opens(self, request: web.Request) -> bool:
        """The token is one of ours, and lives."""
        return self.service.holds(request)

    def routes(self) -> list[web.RouteDef]:
        """Of the token service."""
        return [web.post(self.path, self.service.give)]


@dataclass(frozen=True, slots=True)
class Both:
    """One after the other."""

    outer: Door
    inner: Door

    def opens(self, request: web.Request) -> bool:
        """Neither is enough."""
        return self.outer.opens(request) and self.inner.opens(request)

    def routes(self) -> list[web.RouteDef]:
        """Of both."""
        return [*self.outer.routes(), *self.inner.routes()]


def bearer(key: str) -> Door:
    """A key in the header Authorization."""
    return Key("Authorization", f"Bearer {key}")


def basic(username: str, password: str) -> Door:
    """A name and a password (RFC 7617)."""
    pair = base64.b64encode(f"{username}:{password}".encode()).decode()
    return Key("Authorization", f"Basic {pair}")


def client(world: World, manufacturer: str, path: str, *, name: str, secret: str) -> Door:
    """A token for an id and a secret in the form (RFC 6749)."""
    return _token(world, manufacturer, path, in_body(name, secret))


def assertion(  # noqa: PLR0913 - each is a fact of the agreement
    world: World, manufacturer: str, path: str, *, name: str, key_id: str, public: str, aud: str
) -> Door:
    """A token for a JWT (RFC 7523); `public` is the P-256 key in PEM. Raises TypeError."""
    key = load_pem_public_key(public.encode())
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError("not a key of an elliptic curve")
    return _token(world, manufacturer, path, SignedAssertion(name, key_id, key, aud))


def _token(world: World, manufacturer: str, path: str, proof: Proof) -> Door:
    return Token(path, TokenService(world, manufacturer, proof))
