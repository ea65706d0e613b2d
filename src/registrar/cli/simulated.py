"""Where the sandbox plays the packaged manufacturers, and what opens it: what `dev` configures.

The scenarios of each say it, as the conformance kit needs it, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from registrar.connectors.kit import reading
from registrar.connectors.kit.catalogue import PACKAGED
from registrar.domain.errors import ConfigurationError
from registrar.testing.conformance import scenarios
from registrar.testing.conformance.scenarios import Place


def urls(base: str, folder: Path = PACKAGED) -> dict[str, str]:
    """`connector_urls` of a sandbox at this address."""
    found: dict[str, str] = {}
    for name, place in _places(folder):
        if place.path:
            found[name] = base + place.path
        if place.form:
            found[f"{name.partition('.')[0]}.web"] = base + place.form
        if place.token:
            found[f"{name}.token"] = base + place.token
    return found


def secrets(folder: Path = PACKAGED) -> dict[str, str]:
    """`connector_secrets`: what the sandbox takes, no secrets at all."""
    return {key: value for _, place in _places(folder) for key, value in place.secrets.items()}


def sessions(base: str) -> dict[str, str]:
    """`connector_secrets` of the forms with accounts: a dealer's session at this address."""
    from registrar.sandbox.profiles import web_forms  # noqa: PLC0415 - its web server is an extra

    opened = (one.opened(base) for one in web_forms() if one.signed_in)
    return {name: value for one in opened for name, value in one.items()}


@cache
def _places(folder: Path) -> tuple[tuple[str, Place], ...]:
    """Read once: it takes as long as a second."""
    return tuple(_found(folder))


def _found(folder: Path) -> Iterator[tuple[str, Place]]:
    """By the name of a route in the settings. One that cannot be read is left to the catalogue."""
    for path in reading.files(folder):
        maker = path.parent.name
        try:
            place = scenarios.load(path.parent).place
            tiers = reading.read(path).data["tiers"]
        except (ConfigurationError, reading.Unreadable, KeyError, TypeError):
            continue
        if place.path or place.form:
            yield (maker if "api" in tiers else f"{maker}.lookup"), place
