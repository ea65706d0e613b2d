"""What must not be read in evidence: the owner's words, and the product's own number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from registrar.connectors.kit.mapping import FieldMap, canonical

PERSONAL = (
    "customer",
    "product.serial_number",
    "product.identifiers",
    "purchase.order_number",
    "external_reference",
    "labels",
)
PUBLIC = ("customer.type", "customer.address.country")


def words(record: Mapping[str, Any], fields: tuple[FieldMap, ...], mapped: Any) -> list[str]:  # noqa: ANN401 - JSON
    """As the record has them, and as the form got them; the longest first."""
    found = {one for path in PERSONAL for one in _texts(canonical(record, path))}
    found -= {str(canonical(record, path)) for path in PUBLIC}
    for field in fields:
        if any(_personal(path) for path in field.source) and mapped:
            found |= set(_texts(_held(mapped, field.target)))
    return sorted(found, key=len, reverse=True)


def _personal(path: str) -> bool:
    return path not in PUBLIC and any(
        path == one or path.startswith((f"{one}.", f"{one}[")) for one in PERSONAL
    )


def _held(mapped: Any, target: tuple[str | int, ...]) -> object:  # noqa: ANN401 - JSON
    value = mapped
    for step in target:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str) and len(value) > 1:
        yield value
