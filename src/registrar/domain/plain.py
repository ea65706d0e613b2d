"""The domain's frozen data as plain JSON values and back, by annotation; the one such mapping."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from registrar.domain.registration import Attempt, Event, Registration

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

type_hints = cache(typing.get_type_hints)


def to_micros(instant: datetime) -> int:
    """Microseconds since the epoch: one integer on every database, nothing lost."""
    return (instant - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Aware, UTC."""
    return EPOCH + micros * _MICROSECOND


_SCALARS: dict[Any, Any] = {
    datetime: from_micros,
    date: date.fromisoformat,
    Decimal: Decimal,
}
"""Readers of the scalars that JSON does not know."""


@cache
def _names(kind: type) -> tuple[str, ...]:
    """Of a dataclass; empty for any other type. Asked for every value of every submission."""
    if not dataclasses.is_dataclass(kind):
        return ()
    return tuple(field.name for field in dataclasses.fields(kind))


def to_plain(  # noqa: PLR0911 - one return a kind of value
    value: Any,  # noqa: ANN401 - any field of the domain's data
) -> Any:  # noqa: ANN401 - JSON
    """JSON-able form: objects by field name, instants as microseconds, dates as ISO 8601."""
    if value is None or (isinstance(value, str) and not isinstance(value, enum.Enum)):
        return value
    names = _names(value.__class__)
    if names:
        return {name: to_plain(getattr(value, name)) for name in names}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime):
        return to_micros(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    return value


def _member(kind: Any) -> Any:  # noqa: ANN401 - an annotation
    """X of `X | None`."""
    options = [one for one in typing.get_args(kind) if one is not type(None)]
    return options[0]


def from_plain(  # noqa: PLR0911 - one return a kind of value
    kind: Any,  # noqa: ANN401 - any annotation of the domain's data
    plain: Any,  # noqa: ANN401 - JSON
) -> Any:  # noqa: ANN401 - the annotation's value
    """The value of that annotation; fields that an older row lacks take their default."""
    if plain is None:
        return None
    if isinstance(kind, types.UnionType):
        return from_plain(_member(kind), plain)
    if typing.get_origin(kind) is tuple:
        return tuple(from_plain(typing.get_args(kind)[0], item) for item in plain)
    if kind in _SCALARS:
        return _SCALARS[kind](plain)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = type_hints(kind)
        return kind(**{key: from_plain(hints[key], value) for key, value in plain.items()})
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind(plain)
    return plain


def registration(plain: dict[str, Any]) -> Registration:
    """The aggregate."""
    made: Registration = from_plain(Registration, plain)
    return made


def attempt(plain: dict[str, Any]) -> Attempt:
    """An attempt."""
    made: Attempt = from_plain(Attempt, plain)
    return made


def event(plain: dict[str, Any]) -> Event:
    """An event."""
    made: Event = from_plain(Event, plain)
    return made
