"""What a manifest writes under `with`, made into calls whose kinds fit each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from registrar.connectors.kit.functions import FUNCTIONS, Function, Kind


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its argument."""

    name: str
    argument: Any = None

    @property
    def function(self) -> Function:
        """Of the table."""
        return FUNCTIONS[self.name]

    def __call__(self, value: Any) -> Any:  # noqa: ANN401 - text, list or flag
        """Raises ValueError for a value that the function cannot do."""
        function = self.function
        if function.takes is Kind.TEXT and isinstance(value, list):
            return [function.run(self.argument, one) for one in value]
        return function.run(self.argument, value)

    def after(self, kind: Kind | None) -> Kind:
        """The kind that comes out of this one; ValueError where it cannot go in."""
        function = self.function
        if kind is function.takes:
            return function.gives
        if kind is Kind.LIST and function.takes is Kind.TEXT and function.gives is not Kind.LIST:
            return Kind.LIST if function.gives is Kind.TEXT else Kind.NUMBER
        lists = function.takes is Kind.LIST and kind is Kind.TEXT
        hint = "; `take: all` or split make a list" if lists else ""
        raise ValueError(f"{self.name} takes a {function.takes}, and gets {_said(kind)}{hint}")


def _said(kind: Kind | None) -> str:
    return f"a {kind}" if kind else "what is none of text, list and flag"


def call(entry: object) -> Call:
    """Of `upper` or `{first: 3}`; ValueError for what there is not."""
    name, given = next(iter(entry.items())) if isinstance(entry, dict) else (entry, None)
    function = FUNCTIONS.get(str(name))
    if function is None:
        raise ValueError(f"no function {name}")
    if isinstance(entry, dict) is (function.check is None):
        wants = "takes no argument" if function.check is None else "needs its argument"
        raise ValueError(f"{name} {wants}")
    try:
        return Call(str(name), function.check(given) if function.check else None)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None
