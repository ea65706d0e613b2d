"""The canonical record to a manufacturer's request: paths and functions by name, no templates."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from registrar.connectors.kit import pipeline
from registrar.connectors.kit.conditions import Condition, condition
from registrar.connectors.kit.limits import Limits
from registrar.connectors.kit.pipeline import Call
from registrar.ports import plain
from registrar.ports.connector import Job

_UNLIMITED = Limits()
_STEP = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]")
_SELECT = re.compile(r"(.+)\[([a-z_]+)=([a-z0-9_|]+)\]")
_HOLE = re.compile(r"\{([^}]+)\}")
FIELD = "field:"
"""Before the target of a mapped field, in a hole."""


class Unmappable(Exception):
    """The record does not fit the manufacturer's request."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field


@dataclass(frozen=True, slots=True)
class FieldMap:
    """`source`: canonical paths, of which the first that is not empty counts, or all of them."""

    source: tuple[str, ...]
    target: tuple[str | int, ...]
    functions: tuple[Call, ...] = ()
    limits: Limits = _UNLIMITED
    required: bool | Condition = False
    when: Condition | None = None
    """The field is only sent then."""
    every: bool = False


def field_map(data: Mapping[str, Any]) -> FieldMap:
    """From a manifest; ValueError for a function or path that there is not."""
    required = data.get("required", False)
    return FieldMap(
        source=tuple(data["from"]),
        target=steps(data["to"]),
        functions=tuple(map(pipeline.call, data.get("with", ()))),
        limits=Limits(**{key: data[key] for key in ("most", "truncate", "charset") if key in data}),
        required=required if isinstance(required, bool) else condition(required["when"]),
        when=condition(data["when"]) if "when" in data else None,
        every=data.get("take") == "all",
    )


@lru_cache(maxsize=4096)
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


def applies(one: FieldMap, data: Mapping[str, Any]) -> bool:
    """Whether it is asked of this record at all."""
    return meets(one.when, data)


def meets(asked: Condition | None, data: Mapping[str, Any]) -> bool:
    """Whether the record is such a one."""
    return asked is None or holds(asked, data)


def _value(one: FieldMap, data: Mapping[str, Any]) -> object:
    if not applies(one, data):
        return None
    path, value = _found(one, data)
    try:
        for call in one.functions if value is not None else ():
            value = call(value)
        value = one.limits.fitted(value)
    except ValueError as error:
        raise Unmappable(_blamed(one, data) or path, str(error)) from error
    if not _empty(value):
        return value
    if one.required is True or (one.required and holds(one.required, data)):
        raise Unmappable(path, "is needed")
    return None


def _blamed(one: FieldMap, data: Mapping[str, Any]) -> str:
    """Of several that are joined, the one that cannot be written: the caller changes that."""
    characters = replace(one.limits, most=None)
    for path in one.source if one.every else ():
        try:
            characters.fitted(canonical(data, path))
        except ValueError:
            return path
    return ""


def _found(one: FieldMap, data: Mapping[str, Any]) -> tuple[str, Any]:
    """The value, and the path that a problem with it is told by."""
    found = [(path, value) for path in one.source if not _empty(value := canonical(data, path))]
    if not found:
        return one.source[0], None
    if not one.every:
        return found[0]
    each = (value if isinstance(value, list) else [value] for _, value in found)
    return found[0][0], [item for items in each for item in items]


def _empty(value: object) -> bool:
    return value is None or value in ("", [], {})


def holds(condition: Condition, data: Mapping[str, Any]) -> bool:
    """Of the record. A part that is not there is as empty as a text without letters."""
    value = canonical(data, condition.path)
    return condition.allows(value) and condition.empty in (None, _empty(value))


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
    template: str,
    data: Mapping[str, Any],
    secrets: Mapping[str, str],
    fit: Fit = text,
    mapped: object = None,
) -> str:
    """`{canonical.path}`, `{field:target}`, `{secret:reference}` replaced; raises Unmappable.

    A mapped field that is empty is nothing: whether it is needed says the field itself.
    """

    def one(hole: re.Match[str]) -> str:
        name = hole[1]
        if name.startswith("secret:"):
            return fit(name, secrets[name.removeprefix("secret:")])
        if name.startswith(FIELD):
            value = at(mapped, name.removeprefix(FIELD))
            return "" if _empty(value) else fit(name, str(value))
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
