"""Texts that can be kept nowhere: a NUL is valid in a message, and in no database of ours.

Looked for once, where messages come in: ids, tokens and filters are asked for as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from registrar.domain.errors import Violation

NUL = "\0"
_PROBLEM = "The character NUL is not allowed."
MOST = 20
"""Are told of: the trailers of an error are short."""


@dataclass(frozen=True, slots=True)
class Unkept:
    """A message that has such texts, by the paths of their fields."""

    paths: tuple[str, ...]

    def violations(self) -> tuple[Violation, ...]:
        """For the caller."""
        return tuple(Violation(path, "nul", _PROBLEM) for path in self.paths[:MOST])


def unkept(message: Message, before: str = "") -> Iterator[str]:
    """Paths of texts with a NUL; `before` stands before each."""
    for field, value in message.ListFields():
        path = f"{before}{field.name}"
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            of = field.message_type.fields_by_name
            for key, one in value.items():
                yield from _of_value(of["key"], key, path)
                yield from _of_value(of["value"], one, path)
        elif field.is_repeated:
            for place, one in enumerate(value):
                yield from _of_value(field, one, f"{path}[{place}]")
        else:
            yield from _of_value(field, value, path)


def _of_value(field: FieldDescriptor, value: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - of any field
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        yield from unkept(value, f"{path}.")
    elif field.type == FieldDescriptor.TYPE_STRING and NUL in value:
        yield path
