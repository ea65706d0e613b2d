"""How `serve` listens: with TLS, or in clear where nobody else can listen in."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import grpc

from registrar.config.settings import PREFIX, Settings
from registrar.domain.errors import ConfigurationError
from registrar.rpc.certificates import Certificates


def credentials(settings: Settings) -> grpc.ServerCredentials | None:
    """None: in clear. Raises ConfigurationError, with the name of the setting."""
    chain, key, ca = settings.tls_cert_file, settings.tls_key_file, settings.tls_client_ca_file
    if bool(chain) != bool(key):
        missing = "TLS_KEY_FILE" if chain else "TLS_CERT_FILE"
        raise ConfigurationError(f"{PREFIX}{missing}: is needed with the other one")
    if ca and not chain:
        raise ConfigurationError(f"{PREFIX}TLS_CLIENT_CA_FILE: needs {PREFIX}TLS_CERT_FILE")
    if chain:
        return Certificates(Path(chain), Path(key), Path(ca) if ca else None).credentials()
    if not settings.plaintext and not _here(settings.listen):
        problem = "would speak in clear to other hosts: name TLS files, or set"
        raise ConfigurationError(f"{PREFIX}LISTEN: {problem} {PREFIX}PLAINTEXT=true")
    return None


def _here(address: str) -> bool:
    """Whether only this host reaches it."""
    if address.startswith(("unix:", "unix-abstract:")):
        return True
    host = address.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
