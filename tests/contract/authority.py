"""A certificate authority of a test's own."""

import ipaddress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_PEM = serialization.Encoding.PEM
_PKCS8 = serialization.PrivateFormat.PKCS8
_CLEAR = serialization.NoEncryption()


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


@dataclass
class Authority:
    """Signs for this machine's own address, for an hour."""

    name: str = "authority"
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def _made(self, name: str, of: ec.EllipticCurvePublicKey, *, ca: bool) -> x509.Certificate:
        now = datetime.now(UTC)
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        builder = x509.CertificateBuilder(
            _named(self.name), _named(name), of, x509.random_serial_number()
        )
        return (
            builder.not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    @property
    def root(self) -> bytes:
        """Its own certificate."""
        return self._made(self.name, self.key.public_key(), ca=True).public_bytes(_PEM)

    def pair(self, name: str = "registrar", password: bytes = b"") -> tuple[bytes, bytes]:
        """A key and a certificate."""
        key = ec.generate_private_key(ec.SECP256R1())
        locked = serialization.BestAvailableEncryption(password) if password else _CLEAR
        made = self._made(name, key.public_key(), ca=False)
        return key.private_bytes(_PEM, _PKCS8, locked), made.public_bytes(_PEM)

    def into(self, folder: Path, name: str = "registrar") -> tuple[Path, Path]:
        """The files of a new pair: the key's, the certificate's."""
        key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
        for path, content in zip((key, certificate), self.pair(name), strict=True):
            path.write_bytes(content)
        return key, certificate
