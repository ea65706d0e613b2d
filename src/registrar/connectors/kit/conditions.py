"""What a manifest asks of a value, in an answer or in the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Condition:
    """Of the value at `path`: one of `values`, none of `others`, or `empty` as said."""

    path: str
    values: tuple[Any, ...] = ()
    empty: bool | None = None
    others: tuple[Any, ...] = ()

    def allows(self, value: object) -> bool:
        """Whether it is one of the values, where there are any, and none of the others."""
        wanted = not self.values or any(_same(value, one) for one in self.values)
        return wanted and not any(_same(value, one) for one in self.others)


def condition(data: Mapping[str, Any]) -> Condition:
    """From a manifest."""
    values, others = (tuple(data.get(key, ())) for key in ("in", "not_in"))
    return Condition(data["path"], values, data.get("empty"), others)


def _same(value: object, wanted: object) -> bool:
    """JSON's equality: false is not 0."""
    return type(value) is type(wanted) and value == wanted
