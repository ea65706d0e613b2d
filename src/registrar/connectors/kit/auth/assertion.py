"""JWT client assertions, signed with ES256 (RFC 7515, 7518, 7523)."""

from __future__ import annotations

import base64
import json
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key

SKEW_SECONDS = 60
"""An assertion says it was made so long ago: a server whose clock is slow believes it, too."""

_COORDINATE = 32
_PEM = re.compile(r"-----BEGIN (?:EC )?PRIVATE KEY-----(.+?)-----END", re.DOTALL)


def private_key(pem: str) -> ec.EllipticCurvePrivateKey:
    """Of P-256. Raises ValueError, which never shows the key."""
    found = _PEM.search(pem)
    if found is None:
        raise ValueError("no private key in PEM")
    try:
        # PKCS#8 is handed out under either label: what counts is what is inside.
        key = load_der_private_key(base64.b64decode(found[1]), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("a private key that cannot be read") from error
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise ValueError("a private key of another curve than P-256")


@dataclass(frozen=True, slots=True)
class Assertion:
    """Who we are, for whom it is said, and the key that signs it."""

    client_id: str = field(repr=False)
    key_id: str = field(repr=False)
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    aud: str
    lifetime: int
    now: Callable[[], float] = time.time

    def signed(self) -> str:
        """A new one. It ends `lifetime` seconds after it says it was made: never later."""
        made = int(self.now()) - SKEW_SECONDS
        header = {"alg": "ES256", "kid": self.key_id, "typ": "JWT"}
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.aud,
            "iat": made,
            "exp": made + self.lifetime,
            "jti": str(uuid.uuid4()),
        }
        text = f"{_part(header)}.{_part(claims)}"
        return f"{text}.{_url64(self._signature(text.encode('ascii')))}"

    def _signature(self, text: bytes) -> bytes:
        """JWT wants both numbers side by side, not in ASN.1."""
        r, s = decode_dss_signature(self.key.sign(text, ec.ECDSA(SHA256())))
        return r.to_bytes(_COORDINATE, "big") + s.to_bytes(_COORDINATE, "big")


def _part(data: dict[str, Any]) -> str:
    return _url64(json.dumps(data, separators=(",", ":")).encode())


def _url64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
