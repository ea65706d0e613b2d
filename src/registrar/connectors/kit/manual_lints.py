"""What a schema cannot say of a manual tier: values that exist, a link that tells nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from registrar.connectors.kit import field_lints, universal

Finding = tuple[list[str | int], str]

_MANUAL: list[str | int] = ["tiers", "manual"]
_HOLE = re.compile(r"\{([^}]*)\}")
OPEN = ("brand", "product.", "purchase.")
"""What may stand in a link: it is kept by browsers, proxies and logs."""


def findings(manual: Mapping[str, Any]) -> Iterator[Finding]:
    """Of a manual tier that the schema has passed."""
    yield from _link(manual.get("link", ""))
    if not any("when" not in one for one in manual["steps"]):
        yield [*_MANUAL, "steps"], "each of them has a condition: a record may be told nothing"
    yield from _languages(manual["steps"])
    for index, step in enumerate(manual["steps"]):
        if "when" in step:
            yield from field_lints.condition([*_MANUAL, "steps", index, "when"], step["when"])
        place = [*_MANUAL, "steps", index, "fill"]
        for inner, message in _fills(step.get("fill", ())):
            yield [*place, *inner], message


def _languages(steps: list[Mapping[str, Any]]) -> Iterator[Finding]:
    """A guide in two languages at once would read badly: all steps are translated, or none."""
    spoken = [set(one["text"]) if isinstance(one["text"], Mapping) else {"en"} for one in steps]
    every = set[str]().union(*spoken)
    for index, known in enumerate(spoken):
        for language in sorted(every - known):
            yield [*_MANUAL, "steps", index, "text"], f"other steps are in {language}, too"


def _label(written: str | Mapping[str, str]) -> str:
    return written if isinstance(written, str) else written["en"]


def _link(link: str) -> Iterator[Finding]:
    place = [*_MANUAL, "link"]
    for name in _HOLE.findall(link):
        if not universal.canonical(name):
            yield place, f"no canonical path: {name}"
        elif not name.startswith(OPEN):
            yield place, f"{name} is personal: no part of a link"


def _fills(fills: Any) -> Iterator[Finding]:  # noqa: ANN401 - JSON values
    for index, fill in enumerate(fills):
        # Each goes to a place of its own: a label is no path.
        for (_, *inner), message in field_lints.findings([{**fill, "to": "value"}]):
            yield [index, *inner], message
    for label, times in Counter(_label(one["label"]) for one in fills).items():
        if times > 1:
            yield [len(fills) - 1, "label"], f"{label}: a second field of this label"
