"""What a manifest asks of a value, in an answer or in the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Condition:
    """Of the value at `path`: one of `values`, or `empty` as said."""

    path: str
    values: tuple[Any, ...] = ()
    empty: bool | None = None

    def allows(self, value: object) -> bool:
        """Whether it is one of the values, where there are any."""
        return not self.values or any(_same(value, one) for one in self.values)


def condition(data: Mapping[str, Any]) -> Condition:
    """From a manifest."""
    return Condition(data["path"], tuple(data.get("in", ())), data.get("empty"))


def _same(value: object, wanted: object) -> bool:
    """JSON's equality: false is not 0."""
    return type(value) is type(wanted) and value == wanted
