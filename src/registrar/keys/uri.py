"""The address of a key in a security module: a PKCS #11 URI (RFC 7512)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from registrar.domain.errors import ConfigurationError
from registrar.keys.private import SETTING

_NEEDED = ("token", "object", "module-path", "pin-source")
_PATH = {"token", "object", "serial", "type"}
_QUERY = {"module-path", "pin-source"}
_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Address:
    """`label`: of the key; `module`: the library to load; `pin_file`: where the PIN is read."""

    token: str
    label: str
    module: str
    pin_file: str
    serial: str = ""


def parsed(text: str) -> Address:
    """`pkcs11:token=…;object=…?module-path=…&pin-source=file:…`; ConfigurationError."""
    path, _, query = text.removeprefix("pkcs11:").partition("?")
    found: dict[str, str] = {}
    for part, separator, known in ((path, ";", _PATH), (query, "&", _QUERY)):
        for attribute in filter(None, part.split(separator)):
            name, value = _attribute(attribute, known)
            if name in found:
                raise _refused(f"{name} is there twice")
            found[name] = value
    if missing := [name for name in _NEEDED if not found.get(name)]:
        raise _refused(f"{' and '.join(missing)} needed")
    if found.get("type", "secret-key") != "secret-key":
        raise _refused("type can only be secret-key")
    return Address(
        found["token"],
        found["object"],
        found["module-path"],
        _file(found["pin-source"]),
        found.get("serial", ""),
    )


def _attribute(text: str, known: set[str]) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if name == "pin-value":
        raise _refused("pin-value is not taken, as settings are seen; write the PIN into a file")
    if not equals or name not in known:
        raise _refused(f"only {', '.join(sorted(known))} can stand where something else stands")
    if _PERCENT.search(value):
        raise _refused(f"{name}: a percent sign needs two hexadecimal digits")
    try:
        return name, unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise _refused(f"{name}: is not UTF-8") from None


def _file(source: str) -> str:
    kind, _, path = source.partition(":")
    path = path.removeprefix("//")
    if kind != "file" or not path.startswith("/"):
        raise _refused("pin-source: file:/PATH is needed")
    return path


def _refused(rule: str) -> ConfigurationError:
    return ConfigurationError(f"{SETTING}: {rule}")
