"""The domain's frozen data as JSON and back, by annotation; the form in which it is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec

Kind = TypeVar("Kind")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Equal values are equal bytes: labels in another order are the same labels.
_encoder = msgspec.json.Encoder(order="deterministic")


def to_micros(instant: datetime) -> int:
    """Microseconds since the epoch: one integer on every database, nothing lost."""
    return (instant - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Aware, UTC."""
    return EPOCH + micros * _MICROSECOND


def to_json(value: object) -> bytes:
    """Objects by field name; instants, dates and decimals as strings, without loss."""
    return _encoder.encode(value)


def from_json(kind: type[Kind], text: bytes | str) -> Kind:
    """The value; fields that an older text lacks take their default. ValueError if it is none."""
    return msgspec.json.decode(text, type=kind)


def to_plain(value: object) -> Any:  # noqa: ANN401 - JSON
    """What `to_json` writes, as dictionaries, lists and scalars."""
    return msgspec.json.decode(to_json(value))


def from_plain(kind: type[Kind], plain: object) -> Kind:
    """The value of what `to_plain` gave, or of what was read from JSON."""
    return msgspec.convert(plain, kind)
