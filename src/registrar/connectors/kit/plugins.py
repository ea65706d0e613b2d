"""Manufacturers of other distributions, by the entry-point group `registrar.manufacturers`.

An entry point names a package that holds a manufacturer's folder, or is one. Nothing of a plug-in
is imported: its folder is data, and its hooks run apart. None is loaded that the settings do not
name: whatever is installed for another reason gives no route to a customer's data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from registrar.connectors.kit import reading

GROUP = "registrar.manufacturers"


@dataclass(frozen=True, slots=True)
class Place:
    """A manifest's file. `origin` is the distribution it comes from; empty: no plug-in."""

    path: Path
    origin: str = ""

    @property
    def name(self) -> str:
        """Of the folder, which is the manufacturer's id where all is well."""
        return self.path.parent.name


@dataclass(frozen=True, slots=True)
class Plugin:
    """One entry point. `problem` is why it cannot be loaded, though it is allowed."""

    distribution: str
    name: str
    package: str
    allowed: bool
    places: tuple[Place, ...] = field(default=(), repr=False)
    problem: str = ""


def found(allowed: Iterable[str]) -> tuple[Plugin, ...]:
    """All that are installed, in the order of their names; `allowed`: names of distributions."""
    names = frozenset(map(normalized, allowed))
    points = sorted(entry_points(group=GROUP), key=lambda one: (_distribution(one), one.name))
    return tuple(_plugin(one, names) for one in points)


def normalized(name: str) -> str:
    """As PEP 503 has it: Registrar_Zenith and registrar-zenith are one distribution."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _distribution(point: EntryPoint) -> str:
    return normalized(point.dist.name) if point.dist else ""


def _plugin(point: EntryPoint, allowed: frozenset[str]) -> Plugin:
    distribution = _distribution(point)
    if distribution not in allowed:
        return Plugin(distribution, point.name, point.value, allowed=False)
    files = [one for folder in _folders(point.value) for one in reading.files(folder)]
    places = tuple(Place(one, distribution) for one in files)
    problem = "" if places else f"no {reading.FILE} in the package {point.value}"
    return Plugin(distribution, point.name, point.value, True, places, problem)  # noqa: FBT003 - it is


def _folders(package: str) -> Iterator[Path]:
    """Of a package, found without importing it or what it stands in."""
    top, *rest = package.split(".")
    try:
        spec = find_spec(top) if package.isascii() and all([top, *rest]) else None
    except (ImportError, ValueError):
        return
    for one in (spec and spec.submodule_search_locations) or ():
        yield Path(one, *rest)
