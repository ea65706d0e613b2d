"""The canonical record to a manufacturer's request: paths and functions by name, no templates."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from registrar.ports import plain
from registrar.ports.connector import Job

FUNCTIONS: dict[str, Callable[[str], str]] = {
    "upper": str.upper,
    "lower": str.lower,
    "digits": lambda text: re.sub(r"\D", "", text),
    "compact": lambda text: re.sub(r"[\s\-]+", "", text),
}
"""What a manifest may name in `with`."""

_STEP = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]")
_SELECT = re.compile(r"(.+)\[([a-z_]+)=([a-z0-9_|]+)\]")
_HOLE = re.compile(r"\{([^}]+)\}")


class Unmappable(Exception):
    """The record does not fit the manufacturer's request."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field


@dataclass(frozen=True, slots=True)
class FieldMap:
    """`source`: canonical paths, of which the first that is not empty counts."""

    source: tuple[str, ...]
    target: tuple[str | int, ...]
    functions: tuple[str, ...] = ()
    most: int | None = None
    required: bool = False


def field_map(data: Mapping[str, Any]) -> FieldMap:
    """From a manifest; ValueError for a function or path that there is not."""
    functions = tuple(data.get("with", ()))
    for name in functions:
        if name not in FUNCTIONS:
            raise ValueError(f"fields: no function {name}")
    return FieldMap(
        tuple(data["from"]),
        steps(data["to"]),
        functions,
        data.get("most"),
        required=data.get("required", False),
    )


def steps(path: str) -> tuple[str | int, ...]:
    """`a.b[0]` as ("a", "b", 0)."""
    found = _STEP.findall(path)
    if "".join(name or f"[{index}]" for name, index in found) != path.replace(".", ""):
        raise ValueError(f"no path: {path}")
    return tuple(name or int(index) for name, index in found)


def at(data: object, path: str) -> object:
    """The value at a path; None where there is none."""
    value = data
    for step in steps(path):
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def record(job: Job) -> dict[str, Any]:
    """The canonical record in plain values."""
    made: dict[str, Any] = plain.to_plain(job.submission)
    return made | {
        "brand": job.brand,
        "idempotency_key": job.idempotency_key,
        "manufacturer_reference": job.manufacturer_reference,
    }


def canonical(data: Mapping[str, Any], path: str) -> object:
    """A value of the record; `product.identifiers[kind=imei|meid]` selects the first of a kind."""
    selected = _SELECT.fullmatch(path)
    if selected is None:
        return at(data, path)
    items, key, kinds = at(data, selected[1]), selected[2], selected[3].split("|")
    for item in items if isinstance(items, list) else ():
        if item.get(key) in kinds:
            return item.get("value")
    return None


def request_body(fields: tuple[FieldMap, ...], data: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """The body; what is empty is left out. Raises Unmappable."""
    body: dict[str, Any] = {}
    for one in fields:
        value = _value(one, data)
        if value is not None:
            _put(body, one.target, value)
    return body


def _value(one: FieldMap, data: Mapping[str, Any]) -> object:
    found = (canonical(data, path) for path in one.source)
    value: object = next((each for each in found if each not in (None, "", [])), None)
    if value is None and one.required:
        raise Unmappable(one.source[0], "is needed")
    if isinstance(value, str):
        for name in one.functions:
            value = FUNCTIONS[name](str(value))
        if one.most is not None and len(str(value)) > one.most:
            raise Unmappable(one.source[0], f"is longer than {one.most}")
    return value


def _put(body: dict[str, Any], target: tuple[str | int, ...], value: object) -> None:
    holder: Any = body
    for step, following in pairwise(target):
        kind = list if isinstance(following, int) else dict
        if isinstance(step, int):
            while len(holder) <= step:
                holder.append(kind())
            holder = holder[step]
        else:
            holder = holder.setdefault(step, kind())
    last = target[-1]
    if isinstance(last, int):
        while len(holder) <= last:
            holder.append(None)
    holder[last] = value


Fit = Callable[[str, str], str]
"""Makes a value fit its place in the request; told its name. Raises Unmappable."""


def text(_name: str, value: str) -> str:
    """As it is: the client encodes a query."""
    return value


def segment(name: str, value: str) -> str:
    """Of a path: it can neither leave its place nor start a query."""
    if value in {".", ".."}:
        raise Unmappable(name, "is no part of a path")
    try:
        return quote(value, safe="")
    except UnicodeError as error:
        raise Unmappable(name, "is no text") from error


def header(name: str, value: str) -> str:
    """Of a header: it cannot start another one."""
    if not value.isascii() or not value.isprintable():
        raise Unmappable(name, "does not fit into a header")
    return value


def filled(
    template: str, data: Mapping[str, Any], secrets: Mapping[str, str], fit: Fit = text
) -> str:
    """`{canonical.path}` and `{secret:reference}` replaced; raises Unmappable."""

    def one(hole: re.Match[str]) -> str:
        name = hole[1]
        if name.startswith("secret:"):
            return fit(name, secrets[name.removeprefix("secret:")])
        value = canonical(data, name)
        if value in (None, "", []):
            raise Unmappable(name, "is needed")
        return fit(name, str(value))

    return _HOLE.sub(one, template)


def canonical_path(fields: tuple[FieldMap, ...], target: str) -> str:
    """Whose field the manufacturer means; its own name for one that is not mapped."""
    try:
        wanted = steps(target)
    except ValueError:
        return ""
    return next((one.source[0] for one in fields if one.target == wanted), "")
