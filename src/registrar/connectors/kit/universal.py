"""The universal record's paths, read off its annotations: which there are, and of which kind."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any

import msgspec.inspect

from registrar.connectors.kit.functions import Kind
from registrar.domain.submission import Submission

OF_THE_JOB = frozenset({"brand", "idempotency_key", "manufacturer_reference"})
_SELECT = re.compile(r"(.+)\[([a-z_]+)=[a-z0-9_|]+\]")


def canonical(path: str) -> bool:
    """Whether the record has a value at this path."""
    selected = _SELECT.fullmatch(path)
    if selected is not None:
        found = annotation(selected[1])
        item = typing.get_args(found)[0] if typing.get_origin(found) is tuple else None
        return annotation(selected[2], item) is not None
    return path in OF_THE_JOB or annotation(path) is not None


def annotation(path: str, start: Any = Submission) -> Any:  # noqa: ANN401 - an annotation
    """At a path; None where there is none."""
    found = start
    for name in path.split("."):
        holder = _holder(found)
        if holder is None:
            return None
        found = _hints(holder).get(name)
    return found


@cache
def _hints(struct: type) -> dict[str, Any]:
    return typing.get_type_hints(struct)


def _options(found: Any) -> tuple[Any, ...]:  # noqa: ANN401 - an annotation
    return typing.get_args(found) if isinstance(found, types.UnionType) else (found,)


def _holder(found: Any) -> Any:  # noqa: ANN401 - an annotation
    """The struct of `X` or `X | None`; a tuple has no names."""
    structs = (one for one in _options(found) if msgspec.inspect.is_struct_type(one))
    return next(structs, None)


def kind(path: str) -> Kind | None:
    """Of its plain value; None for what holds further values."""
    if path in OF_THE_JOB or _SELECT.fullmatch(path):
        return Kind.TEXT
    found = _options(annotation(path))[0]
    if typing.get_args(found)[:1] == (str,) and typing.get_origin(found) is tuple:
        return Kind.LIST
    if found is bool:
        return Kind.FLAG
    texts = isinstance(found, type) and issubclass(found, str | date | Decimal)
    return Kind.TEXT if texts else None


def words(path: str) -> frozenset[str]:
    """All values that there can be; none where they cannot be counted."""
    found = annotation(path)
    if isinstance(found, type) and issubclass(found, StrEnum):
        return frozenset(one.value for one in found)
    return frozenset()


def leaves(start: Any = Submission, before: str = "") -> Iterator[str]:  # noqa: ANN401 - a struct
    """Every path whose value is sent as one."""
    for name, found in _hints(start).items():
        holder = _holder(found)
        if holder is None:
            yield before + name
        else:
            yield from leaves(holder, f"{before}{name}.")
