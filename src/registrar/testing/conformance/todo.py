"""Facts that a connector still lacks: every line of its files that is marked with `TODO:`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from registrar.connectors.kit import reading
from registrar.testing.conformance import scenarios, simulated

FILES = (reading.FILE, scenarios.FILE, simulated.FILE, "hooks.py")
_MARK = re.compile(r"\bTODO:\s*([^\"]*)")


def left(folder: Path) -> list[str]:
    """As in `manifest.yaml:7: TODO: who answers for it`."""
    return [one for name in FILES for one in _marked(folder / name)]


def _marked(path: Path) -> Iterator[str]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    for number, line in enumerate(lines, 1):
        found = _MARK.search(line)
        if found:
            yield f"{path.name}:{number}: TODO: {found[1].strip()}"
