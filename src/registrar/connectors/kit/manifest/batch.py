"""How an operation is asked for several registrations in one request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Batch:
    """`most` registrations in a request; `within` seconds the first one waits for others."""

    most: int
    within: float
    query: str
    """Its values are joined by comma; empty where the body has a list."""
    into: str
    """Where that list stands in the request's body; empty: the body is the list."""
    items: str
    """Where the list stands in the answer; empty: the answer is the list."""
    match: tuple[tuple[str, str], ...]
    """Path within an item, and the text that stands there in a registration's own item."""
    bare: bool = False
    """One that is asked for alone is answered with its item, without a list."""


def batch(data: Mapping[str, Any]) -> Batch:
    """From a manifest."""
    return Batch(
        most=data["most"],
        within=float(data["within"]),
        query=data.get("query", ""),
        into=data.get("into", ""),
        items=data.get("items", ""),
        match=tuple(data["match"].items()),
        bare=data.get("alone") == "item",
    )
