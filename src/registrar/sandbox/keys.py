"""What the simulated manufacturers take as credentials. All of it is public, and opens nothing."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

APPLE_CLIENT = "BUSINESSAPI.sandbox"
APPLE_KEY_ID = "sandbox-key"


@cache
def apple_key() -> ec.EllipticCurvePrivateKey:
    """The same in every process, so that a client in another one can sign."""
    number = int.from_bytes(sha256(b"registrar sandbox: apple").digest(), "big")
    return ec.derive_private_key(number >> 1, ec.SECP256R1())


def apple_private_key() -> str:
    """As a client is given it: PKCS#8 in PEM."""
    made = apple_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made.decode()
