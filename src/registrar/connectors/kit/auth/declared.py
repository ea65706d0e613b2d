"""What a manifest says of its credentials: references to secrets, never secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LIFETIME = 3600
"""Seconds of an assertion: long enough for a clock that is slow by some minutes."""

SESSIONS = frozenset({"oauth2_client_credentials", "oauth2_client_assertion", "subscription"})
"""The kinds whose token ends and is renewed; a key only ends."""


@dataclass(frozen=True, slots=True)
class Auth:
    """Of one kind. Secrets by reference; what the kind does not need is empty."""

    kind: str
    secret: str = ""
    header: str = ""
    """The name of the header that carries the key."""
    username: str = ""
    password: str = ""
    token_url: str = ""
    """A path below the manufacturer's address, or a whole URL."""
    client_id: str = ""
    client_secret: str = ""
    credentials: str = "body"
    """Where id and secret stand in a token request: `body` or `basic`."""
    scope: str = ""
    aud: str = ""
    key_id: str = ""
    private_key: str = ""
    lifetime: int = LIFETIME
    token: Auth | None = None
    """Of a subscription: how it gets the token beside its key."""
    expires: str = ""
    """Refers to the day on which the secret ends; it need not be configured."""

    @property
    def references(self) -> tuple[str, ...]:
        """Secrets that must be configured."""
        own = (
            self.secret,
            self.username,
            self.password,
            self.client_id,
            self.client_secret,
            self.key_id,
            self.private_key,
        )
        return (*filter(None, own), *(self.token.references if self.token else ()))

    @property
    def keys(self) -> tuple[str, ...]:
        """Those that are private keys: of many lines, and never part of a request."""
        return tuple(filter(None, (self.private_key, self.token.private_key if self.token else "")))

    @property
    def expiries(self) -> tuple[str, ...]:
        """References to the days on which its secrets end."""
        return tuple(filter(None, (self.expires, self.token.expires if self.token else "")))

    @property
    def grant(self) -> Auth:
        """The part that gets a token."""
        return self.token or self


def declared(data: Mapping[str, Any]) -> Auth:
    """Of the section `auth`, as the schema has passed it."""
    token = declared(data["token"]) if "token" in data else None
    return Auth(**{**data, "token": token})
