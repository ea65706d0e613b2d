"""Older formats of a manifest, brought to the newest before anything else reads them.

`format` at the top of a manifest is the number of its format; one without it has the first. What a
format no longer has is read as what took its place, so nobody's manifest breaks by an update, and
the schema, the lints and the kit know one format only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from registrar.connectors.kit.manifest.operations import Misplaced

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Migration:
    """From one format to the next. `says` is for whoever brings a manifest there by hand."""

    apply: Callable[[Data], Data]
    touches: Callable[[Data], bool]
    says: str


def _windows(data: Data) -> Data:
    made = {key: value for key, value in data.items() if key != "window_days"}
    made["window"] = [{"days": data["window_days"], "purpose": "required"}]
    return made


MIGRATIONS = (
    Migration(
        _windows,
        lambda data: "window_days" in data and "window" not in data,
        "`window_days: N` is `window: [{days: N, purpose: required}]`",
    ),
)
"""The first leads from format 1 to 2."""

NEWEST = len(MIGRATIONS) + 1


def upgraded(data: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """In the newest format. Raises Misplaced for a number that is none, or not known yet."""
    if not isinstance(data, Mapping):
        return data
    made = dict(data)
    for one in MIGRATIONS[_format(made) - 1 :]:
        made = one.apply(made) if one.touches(made) else made
    return made | {"format": NEWEST}


def changes(data: Any) -> list[str]:  # noqa: ANN401 - whatever the file holds
    """What is to be written otherwise, and the number, where it is in an older format."""
    if not isinstance(data, Mapping) or _format(data) == NEWEST:
        return []
    steps = MIGRATIONS[_format(data) - 1 :]
    return [*(one.says for one in steps if one.touches(dict(data))), f"`format: {NEWEST}`"]


def _format(data: Mapping[str, Any]) -> int:
    found = data.get("format", 1)
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise Misplaced(["format"], "is no number of a format")
    if found > NEWEST:
        raise Misplaced(["format"], f"{found} is newer than what is known here, {NEWEST}")
    return found
