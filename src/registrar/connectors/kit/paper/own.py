"""A manufacturer's own `guide.typ`: read with its manifest, and tried by the lint.

It gets the same data as the packaged one, and may import `/sheet.typ`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FILE = "guide.typ"
MOST = 64 * 1024
"""Bytes of a template."""
PLACE: list[str | int] = ["tiers", "manual"]

Finding = tuple[list[str | int], str]


def source(folder: Path) -> str | None:
    """None where the packaged one serves."""
    path = folder / FILE
    return path.read_text(encoding="utf-8") if path.is_file() else None


def findings(data: Mapping[str, Any], folder: Path) -> Iterator[Finding]:
    """What can be told without printing, of a manifest that the schema has passed."""
    path = folder / FILE
    if not path.exists():
        return
    if "manual" not in data["tiers"]:
        yield PLACE[:-1], f"{FILE}: there is no manual tier whose guide it could be"
    try:
        size = len(path.read_bytes().decode())
    except (OSError, ValueError) as error:
        yield PLACE[:-1], f"{FILE}: {type(error).__name__}"
    else:
        if size > MOST:
            yield PLACE[:-1], f"{FILE}: {size} characters; at most {MOST}"
