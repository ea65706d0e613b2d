"""TLS from files that may be replaced while the server runs: the next handshake has the new ones.

What cannot be used is said once and not taken: the connections that come meanwhile get what was
used before.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from registrar.domain.errors import ConfigurationError

LOOK_SECONDS = 1.0
"""Between two looks at the files, however many connect."""

_PUBLIC = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
_log = structlog.get_logger("registrar.tls")

Stamp = tuple[tuple[int, int, int], ...]


@dataclass(slots=True)
class Certificates:
    """PEM files: the chain with the server's own first, its key, and who vouches for clients."""

    chain: Path
    key: Path
    client_ca: Path | None = None
    """None: clients need no certificate."""
    clock: Callable[[], float] = time.monotonic
    _stamp: Stamp = ()
    _looked: float = field(default=float("-inf"))

    def credentials(self) -> grpc.ServerCredentials:
        """Raises ConfigurationError where the files cannot be used."""
        self._stamp, self._looked = self._now(), self.clock()
        first = self._read()
        needed = self.client_ca is not None
        fresh: Any = self.fresh  # the stubs do not know None, which gRPC takes for no change
        credentials: grpc.ServerCredentials = grpc.dynamic_ssl_server_credentials(
            first, fresh, require_client_authentication=needed
        )
        return credentials

    @property
    def _files(self) -> tuple[Path, ...]:
        return (self.chain, self.key, *([self.client_ca] if self.client_ca else []))

    def _now(self) -> Stamp:
        """Of files that are there; a link to another folder is another file."""
        found = [path.stat() for path in self._files if path.is_file()]
        return tuple((one.st_ino, one.st_mtime_ns, one.st_size) for one in found)

    def fresh(self) -> grpc.ServerCertificateConfiguration | None:
        """At every handshake; None where nothing is new."""
        now = self.clock()
        if now - self._looked < LOOK_SECONDS:
            return None
        self._looked, stamp = now, self._now()
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        try:
            return self._read()
        except ConfigurationError as error:
            _log.warning("certificate_not_taken", why=str(error))
            return None

    def _read(self) -> grpc.ServerCertificateConfiguration:
        chain, key = _bytes(self.chain), _bytes(self.key)
        try:
            own = x509.load_pem_x509_certificates(chain)[0]
        except ValueError:
            raise ConfigurationError(f"{self.chain} is no certificate in PEM") from None
        try:
            private = load_pem_private_key(key, password=None)
        except (ValueError, TypeError):
            raise ConfigurationError(f"{self.key} is no unencrypted key in PEM") from None
        theirs = own.public_key().public_bytes(*_PUBLIC)
        if private.public_key().public_bytes(*_PUBLIC) != theirs:
            raise ConfigurationError(f"{self.key} is not the key of {self.chain}")
        roots = None if self.client_ca is None else _bytes(self.client_ca)
        if roots is not None:
            try:
                x509.load_pem_x509_certificates(roots)
            except ValueError:
                raise ConfigurationError(f"{self.client_ca} is no certificate in PEM") from None
        _log.info("certificate_taken", until=own.not_valid_after_utc.isoformat())
        made: grpc.ServerCertificateConfiguration = grpc.ssl_server_certificate_configuration(
            [(key, chain)], roots
        )
        return made


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
