"""Writes a new manufacturer's folder; nothing that is there already is touched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from registrar.connectors.kit import manifest, probe, reading
from registrar.connectors.scaffold import rendering
from registrar.connectors.scaffold.wanted import Wanted
from registrar.domain.errors import ConfigurationError


def write(wanted: Wanted, output: Path) -> Path:
    """The folder `output`/id, made. Raises ConfigurationError where there is one already."""
    folder = output / wanted.id
    put(folder, rendering.files(wanted))
    if wanted.shape.registers:
        _ask(folder)
    return folder


def put(folder: Path, texts: Mapping[str, str]) -> None:
    """Files by their paths below a new folder."""
    if folder.exists():
        raise ConfigurationError(f"{folder}: is there already")
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _ask(folder: Path) -> None:
    """`asks` of the scenarios is what the field probe finds in the manifest just written."""
    found = probe.section(manifest.load(folder / reading.FILE).api)
    section = yaml.safe_dump({"asks": found}, default_flow_style=None, width=1000, sort_keys=False)
    with (folder / "scenarios.yaml").open("a", encoding="utf-8") as file:
        file.write(section)
