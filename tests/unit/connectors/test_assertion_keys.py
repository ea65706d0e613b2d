"""Private keys come as PKCS#8 or SEC1, under one label or the other."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from registrar.connectors.kit.auth.assertion import private_key

KEY = ec.generate_private_key(ec.SECP256R1())
PKCS8, SEC1 = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL


def pem(label: str, form: PrivateFormat, key: ec.EllipticCurvePrivateKey = KEY) -> str:
    """The key in this form under this label."""
    body = b64encode(key.private_bytes(Encoding.DER, form, NoEncryption())).decode()
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"


PARAMETERS = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"


@pytest.mark.parametrize(
    "text",
    [
        pem("PRIVATE KEY", PKCS8),
        pem("EC PRIVATE KEY", PKCS8),
        pem("EC PRIVATE KEY", SEC1),
        PARAMETERS + pem("EC PRIVATE KEY", SEC1),
        pem("PRIVATE KEY", PKCS8).replace("\n", "\r\n"),
        pem("PRIVATE KEY", PKCS8).replace("\n", " "),
    ],
    ids=["PKCS#8", "PKCS#8 as EC", "SEC1", "parameters first", "CRLF", "one line"],
)
def test_a_key_is_read_whatever_it_is_called(text: str) -> None:
    """The label is not always true."""
    assert private_key(text).private_numbers() == KEY.private_numbers()


RSA = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PKCS8, NoEncryption())
LOCKED = KEY.private_bytes(Encoding.PEM, PKCS8, BestAvailableEncryption(b"x"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no private key"),
        ("MHcCAQEE", "no private key"),
        (LOCKED.decode(), "no private key"),
        (LOCKED.decode().replace("ENCRYPTED ", ""), "cannot be read"),
        (pem("PRIVATE KEY", PKCS8)[:90] + "\n-----END PRIVATE KEY-----", "cannot be read"),
        (RSA.decode(), "P-256"),
        (pem("PRIVATE KEY", PKCS8, ec.generate_private_key(ec.SECP384R1())), "P-256"),
    ],
)
def test_what_is_no_key_for_es256_is_refused(text: str, said: str) -> None:
    """And not shown."""
    with pytest.raises(ValueError, match=said) as caught:
        private_key(text)
    assert not text[40:60] or text[40:60] not in str(caught.value)
