"""What a schema cannot say of answers and rules: paths that can be read, and what they prove."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from registrar.connectors.kit import mapping

Place = list[str | int]
Finding = tuple[Place, str]

ANY = "[*]"
PROVES = frozenset({"registered", "accepted", "found", "absent", "already_registered"})
"""What is said of the one device of a registration: another one's is no proof."""


def findings(section: Mapping[str, Any]) -> Iterator[Finding]:
    """Of a section that talks HTTP, by place within it."""
    for name, operation in section["http"].items():
        for index, answer in enumerate(operation["answers"]):
            place: Place = ["http", name, "answers", index]
            yield from readable(place, answer)
            yield from _proven(place, answer)
    for index, rule in enumerate(section.get("errors", ())):
        yield from readable(["errors", index], rule)


def paths(item: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Of an answer or a rule: every path into the body, and its place."""
    for key in ("reference", "field"):
        if key in item:
            yield [key], item[key]
    if "path" in item["when"]:
        yield ["when", "path"], item["when"]["path"]
    for index, condition in enumerate(item["when"].get("also", ())):
        yield ["when", "also", index, "path"], condition["path"]


def readable(place: Place, item: Mapping[str, Any]) -> Iterator[Finding]:
    """Of an answer or a rule: paths that are none."""
    for inner, path in paths(item):
        for part in path.split(ANY, 1):
            try:
                mapping.steps(part.removeprefix("."))
            except ValueError:
                yield [*place, *inner], f"no path: {path}"
                break


def _proven(place: Place, answer: Mapping[str, Any]) -> Iterator[Finding]:
    if answer["means"] not in PROVES:
        return
    for inner, path in paths(answer):
        if ANY in path:
            yield [*place, *inner], f"{answer['means']} needs the device itself: no {ANY}"
