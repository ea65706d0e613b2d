"""What a token service checks of a JWT client assertion (RFC 7523), with ES256 and a known key."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from registrar.sandbox.tokens import Asked

LONGEST = 180 * 24 * 3600
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_COORDINATE = 32


class _Wrong(ValueError):
    """What is wrong with an assertion."""


@dataclass(slots=True)
class SignedAssertion:
    """A `tokens.Proof`. `now` is its clock, in seconds since 1970; it grants no leeway."""

    client_id: str
    key_id: str
    key: ec.EllipticCurvePublicKey
    aud: str
    now: Callable[[], float] = time.time
    _seen: set[str] = field(default_factory=set, repr=False)

    def __call__(self, asked: Asked) -> str:
        """What is wrong; empty where nothing is."""
        try:
            self._check(asked)
        except _Wrong as error:
            return str(error)
        return ""

    def _check(self, asked: Asked) -> None:
        _need(asked.form.get("client_assertion_type") == TYPE, "another assertion type")
        _need(asked.form.get("client_id") == self.client_id, "unknown client id")
        text, _, signature = str(asked.form.get("client_assertion", "")).rpartition(".")
        header, _, claims = text.partition(".")
        self._check_header(_json(header))
        self._check_signature(text, _bytes(signature))
        self._check_claims(_json(claims), self.now() + asked.skew)

    def _check_header(self, header: dict[str, Any]) -> None:
        _need(header.get("alg") == "ES256", "alg is not ES256")
        _need(header.get("kid") == self.key_id, "unknown kid")

    def _check_signature(self, text: str, signature: bytes) -> None:
        _need(len(signature) == 2 * _COORDINATE, "a signature of another length")
        r = int.from_bytes(signature[:_COORDINATE], "big")
        s = int.from_bytes(signature[_COORDINATE:], "big")
        try:
            self.key.verify(encode_dss_signature(r, s), text.encode(), ec.ECDSA(SHA256()))
        except InvalidSignature as error:
            raise _Wrong("the signature does not verify") from error

    def _check_claims(self, claims: dict[str, Any], now: float) -> None:
        for name in ("iss", "sub"):
            _need(claims.get(name) == self.client_id, f"{name} is not the client id")
        _need(claims.get("aud") == self.aud, "another aud")
        made, end = claims.get("iat"), claims.get("exp")
        if not isinstance(made, int) or not isinstance(end, int):
            raise _Wrong("iat and exp are needed")
        _need(made <= now, "iat is in the future")
        _need(end > now, "exp has passed")
        _need(end - made <= LONGEST, "exp is more than 180 days ahead")
        self._check_once(claims.get("jti"))

    def _check_once(self, jti: object) -> None:
        if not isinstance(jti, str) or not jti:
            raise _Wrong("jti is needed")
        _need(jti not in self._seen, "this assertion was used before")
        self._seen.add(jti)


def _need(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - the condition itself
    if not holds:
        raise _Wrong(otherwise)


def _bytes(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError as error:
        raise _Wrong("no JWT") from error


def _json(part: str) -> dict[str, Any]:
    try:
        made = json.loads(_bytes(part))
    except ValueError as error:
        raise _Wrong("no JWT") from error
    if not isinstance(made, dict):
        raise _Wrong("no JWT")
    return made
