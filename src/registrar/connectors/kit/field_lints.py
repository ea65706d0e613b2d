"""What a schema cannot say of a manifest's fields: functions that exist and fit, targets apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from registrar.connectors.kit import mapping, pipeline, universal
from registrar.connectors.kit.functions import Kind

Finding = tuple[list[str | int], str]
Field = Mapping[str, Any]
Target = tuple[str | int, ...]

NEVER_CUT = (
    "customer.email",
    "customer.phone",
    "customer.tax_id",
    "customer.address.postal_code",
    "idempotency_key",
    "manufacturer_reference",
    "product.identifiers",
    "product.model_number",
    "product.product_number",
    "product.serial_number",
    "purchase.date",
    "purchase.delivery_date",
    "purchase.order_number",
    "purchase.price",
)
"""A part of it is not less of the same, but something else."""

MOST_ITEMS = 100
"""In a list of the request: a slip of the pen must not make millions of empty ones."""


def findings(fields: Sequence[Field]) -> Iterator[Finding]:
    """Of all fields, by place within them."""
    for index, field in enumerate(fields):
        for place, message in _of(field):
            yield [index, *place], message
    yield from _clashes(fields)


def _of(field: Field) -> Iterator[Finding]:
    for number, path in enumerate(field["from"]):
        if not universal.canonical(path):
            yield ["from", number], f"no canonical path: {path}"
    yield from _target(field["to"])
    yield from _functions(field)
    yield from _cut(field)
    if "when" in field:
        yield from condition(["when"], field["when"])
    if isinstance(field.get("required"), dict):
        yield from condition(["required", "when"], field["required"]["when"])


def _target(path: str) -> Iterator[Finding]:
    try:
        found = mapping.steps(path)
    except ValueError as error:
        yield ["to"], str(error)
        return
    if not found or isinstance(found[0], int):
        yield ["to"], "a request is an object: its first step is a name"
    if any(isinstance(one, int) and one >= MOST_ITEMS for one in found):
        yield ["to"], f"a list has at most {MOST_ITEMS} items"


def _functions(field: Field) -> Iterator[Finding]:
    """Up to the first that is wrong: what comes after it has no kind."""
    kind = _start(field)
    for number, entry in enumerate(field.get("with", ())):
        try:
            call = pipeline.call(entry)
            kind = call.after(kind)
        except ValueError as error:
            yield ["with", number], str(error)
            return
        if number == 0 and call.name == "map":
            yield from _words(["with", number, "map"], field["from"], call.argument)


def _start(field: Field) -> Kind | None:
    kinds = {universal.kind(path) for path in field["from"] if universal.canonical(path)}
    if field.get("take") == "all":
        return Kind.LIST if kinds <= {Kind.TEXT, Kind.LIST} else None
    return next(iter(kinds)) if len(kinds) == 1 else None


def _words(place: list[str | int], paths: Sequence[str], given: Any) -> Iterator[Finding]:  # noqa: ANN401 - JSON values
    """Of a value that can be counted, only what it can be is worth a word."""
    known = [universal.words(path) for path in paths if universal.canonical(path)]
    for one in given if known and all(known) else ():
        if one not in frozenset().union(*known):
            yield place, f"{', '.join(paths)} is never {one}"


def _cut(field: Field) -> Iterator[Finding]:
    if field.get("truncate", "refuse") == "refuse":
        return
    for path in field["from"]:
        if path.split("[")[0] in NEVER_CUT:
            yield ["truncate"], f"a part of {path} is something else: refuse"


def condition(place: list[str | int], data: Mapping[str, Any]) -> Iterator[Finding]:
    """What the record is asked there can hold."""
    if universal.canonical(data["path"]):
        for key in ("in", "not_in"):
            yield from _types([*place, key], data["path"], data.get(key, ()))
            yield from _words([*place, key], [data["path"]], data.get(key, ()))
    else:
        yield [*place, "path"], f"no canonical path: {data['path']}"


def _types(place: list[str | int], path: str, values: Iterable[object]) -> Iterator[Finding]:
    """A truth in quotes, or a number without, is never equal to a value of the record."""
    wanted = bool if universal.kind(path) is Kind.FLAG else str
    for one in values:
        if not isinstance(one, wanted):
            yield place, f"{path} is never {one!r}: a {wanted.__name__} is needed"


def _clashes(fields: Sequence[Field]) -> Iterator[Finding]:
    for (_, one), (index, other) in combinations(enumerate(fields), 2):
        try:
            message = _clash(mapping.steps(one["to"]), mapping.steps(other["to"]))
        except ValueError:
            continue
        if message and not (one["to"] == other["to"] and _never_both(one, other)):
            yield [index, "to"], f"{other['to']}: {message}"


def _clash(one: Target, other: Target) -> str:
    for step, its in zip(one, other, strict=False):
        if isinstance(step, int) is not isinstance(its, int):
            return "a list for one field, an object for another"
        if step != its:
            return ""
    return "a second field of this target" if len(one) == len(other) else "one target in another"


def _never_both(one: Field, other: Field) -> bool:
    """A person's name and a company's may go to one place."""
    first, second = one.get("when", {}), other.get("when", {})
    apart = not set(map(repr, first.get("in", ()))) & set(map(repr, second.get("in", ())))
    same = first.get("path") == second.get("path")
    return same and "in" in first and "in" in second and apart
