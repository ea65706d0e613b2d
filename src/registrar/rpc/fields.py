"""How one field crosses the edge, both ways. `convert` says which fields there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Generic, TypeVar

from google.protobuf.duration_pb2 import Duration
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.message import Message as ProtoMessage
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date
from google.type.decimal_pb2 import Decimal as ProtoDecimal

from registrar.domain.errors import Violation
from registrar.ports import plain

Proto = TypeVar("Proto", bound=ProtoMessage)
Domain = TypeVar("Domain")
Member = TypeVar("Member", bound=Enum)


class Found(list[Violation]):
    """Violations met while reading; reading goes on so that the caller learns of all at once."""

    def add(self, field: str, rule: str, description: str) -> None:
        """Note one."""
        self.append(Violation(field, rule, description))


@dataclass(frozen=True, slots=True)
class Codec:
    """`read` gets the proto value (None where unset), its path and the list of violations."""

    write: Callable[[Any], Any]
    read: Callable[[Any, str, Found], Any]
    presence: bool = False
    """Whether the proto field knows unset from empty."""
    within: str = ""
    """What stands behind the path of a field before those of its own fields: "." or nothing."""


def enum_name(wrapper: EnumTypeWrapper, number: int) -> str:
    """A name for every number, those of a newer contract too; `Name` would raise."""
    known = wrapper.DESCRIPTOR.values_by_number.get(number)
    return known.name if known else f"{wrapper.DESCRIPTOR.name}({number})"


class EnumMap(Generic[Member]):
    """Members of a domain enum by the proto names, `prefix` before the domain's own."""

    def __init__(
        self,
        wrapper: Any,  # noqa: ANN401 - the generated wrappers share no usable type
        members: type[Member],
        *,
        default: Member | None = None,
        by_name: bool = False,
    ) -> None:
        self.wrapper: EnumTypeWrapper = wrapper
        zero = wrapper.Name(0)
        prefix = zero.removesuffix("UNSPECIFIED")
        self._default = default
        self._number: dict[Member, int] = {
            member: wrapper.Value(prefix + (member.name if by_name else member.value.upper()))
            for member in members
        }
        self._member = {number: member for member, number in self._number.items()}

    def write(self, member: Member | None) -> int:
        """The number; 0 for None."""
        return 0 if member is None else self._number[member]

    def read(self, number: int, path: str, found: Found) -> Member | None:
        """The member; the default for 0 and, with a violation, for a number not known here."""
        if number and number not in self._member:
            found.add(path, "unknown_value", "This value is not known to the service.")
        return self._member.get(number, self._default)

    def given(self, number: int, path: str, found: Found) -> Member:
        """The same for an enum with a default."""
        member = self.read(number, path, found)
        if member is None:
            raise TypeError(f"{self.wrapper.DESCRIPTOR.name} has no default")
        return member

    def codec(self) -> Codec:
        """For one value."""
        return Codec(self.write, self.read)

    def many(self) -> Codec:
        """For a repeated field; what is not known is left out, with a violation."""

        def read(numbers: Any, path: str, found: Found) -> tuple[Member, ...]:  # noqa: ANN401
            members = [self.read(n, f"{path}[{i}]", found) for i, n in enumerate(numbers)]
            if 0 in numbers:
                found.add(path, "unspecified", "An entry is not given.")
            return tuple(member for member in members if member is not None)

        return Codec(lambda members: [self.write(one) for one in members], read)


def _same(value: Any, path: str, found: Found) -> Any:  # noqa: ANN401 - any scalar
    del path, found
    return value


SAME = Codec(lambda value: value, _same)
STRINGS = Codec(list, lambda value, path, found: _same(tuple(value), path, found))
STRING_MAP = Codec(dict, lambda value, path, found: _same(dict(value), path, found))


def write_time(value: dt.datetime) -> Timestamp:
    """Exact to the microsecond."""
    return Timestamp(**_write_time(value))


def _write_time(value: dt.datetime) -> dict[str, int]:
    """As a field: its own fields are half the price of a message made to be copied."""
    since = value - plain.EPOCH
    return {"seconds": since.days * 86_400 + since.seconds, "nanos": since.microseconds * 1000}


def read_time(value: Timestamp | None, path: str, found: Found) -> dt.datetime | None:
    """Aware, UTC."""
    if value is None:
        return None
    try:
        return value.ToDatetime(dt.UTC)
    except (ValueError, OverflowError):
        found.add(path, "timestamp", "Not an instant between the years 1 and 9999.")
        return None


def read_duration(value: Duration | None, path: str, found: Found) -> dt.timedelta | None:
    """Not negative."""
    if value is None:
        return None
    try:
        made = value.ToTimedelta()
    except (ValueError, OverflowError):
        made = dt.timedelta(-1)
    if made < dt.timedelta(0):
        found.add(path, "duration", "Not a duration of zero or more.")
        return None
    return made


def write_duration(value: dt.timedelta) -> Duration:
    """Exact to the microsecond."""
    made = Duration()
    made.FromTimedelta(value)
    return made


def _write_date(value: dt.date | None) -> Date | None:
    return Date(year=value.year, month=value.month, day=value.day) if value else None


def _read_date(value: Date | None, path: str, found: Found) -> dt.date | None:
    if value is None:
        return None
    try:
        return dt.date(value.year, value.month, value.day)
    except (ValueError, OverflowError):
        found.add(path, "date", "Not a date of the calendar; year, month and day are needed.")
        return None


def _read_required_date(value: Date | None, path: str, found: Found) -> dt.date:
    if value is None:
        found.add(path, "required", "A value is needed.")
    return _read_date(value, path, found) or dt.date.min


def _write_decimal(value: Decimal | None) -> ProtoDecimal | None:
    return None if value is None else ProtoDecimal(value=str(value))


def _read_decimal(value: ProtoDecimal | None, path: str, found: Found) -> Decimal | None:
    if value is None:
        return None
    try:
        made = Decimal(value.value) if len(value.value) <= LONGEST_DECIMAL else Decimal("nan")
    except InvalidOperation:
        made = Decimal("nan")
    if not made.is_finite():
        found.add(path, "decimal", "Not a decimal number such as 499.90.")
        return None
    return made


LONGEST_DECIMAL = 32
TIME = Codec(lambda value: value and _write_time(value), read_time, presence=True)
DATE = Codec(_write_date, _read_date, presence=True)
REQUIRED_DATE = Codec(_write_date, _read_required_date, presence=True)
DECIMAL = Codec(_write_decimal, _read_decimal, presence=True)


@dataclass(frozen=True, slots=True)
class Field:
    """One row of a mapping: the proto's name, how it crosses, and the domain's name if another."""

    name: str
    codec: Codec = SAME
    attribute: str = ""


def _reading(row: Field, number: int) -> str:
    """The expression of one field of a dataclass."""
    given = f"message.{row.name}"
    if row.codec is SAME:
        return given
    if row.codec.presence:
        given = f"{given} if message.HasField({row.name!r}) else None"
    return f"read_{number}({given}, path + {row.name + row.codec.within!r}, found)"


def _writing(row: Field, number: int) -> str:
    """The expression of one field of a message."""
    given = f"value.{row.attribute or row.name}"
    return given if row.codec is SAME else f"write_{number}({given})"


def _function(signature: str, body: str, names: dict[str, Any]) -> Callable[..., Any]:
    made: dict[str, Any] = {}
    # Of nothing but the names in our own tables.
    exec(f"def {signature}: {body}", names, made)  # noqa: S102 - see the line above
    function: Callable[..., Any] = made[signature.partition("(")[0]]
    return function


class Mapping(Generic[Proto, Domain]):
    """A message and a dataclass, both directions from one table.

    Both are written out as a function each, as `dataclasses` does with `__init__`: every call of
    the service crosses here with some fifty fields, and a loop over the table took longer.
    """

    def __init__(self, proto: type[Proto], domain: type[Domain], *fields: Field | str) -> None:
        self._proto = proto
        rows = [Field(one) if isinstance(one, str) else one for one in fields]
        names: dict[str, Any] = {"domain": domain}
        reads, writes = [], []
        for number, row in enumerate(rows):
            names |= {f"read_{number}": row.codec.read, f"write_{number}": row.codec.write}
            reads.append(f"{row.attribute or row.name}={_reading(row, number)}")
            writes.append(f"{row.name!r}: {_writing(row, number)}")
        body = f"return domain({', '.join(reads)})"
        self._read = _function("read(message, path, found)", body, names)
        self._values = _function("values(value)", f"return {{{', '.join(writes)}}}", names)

    def write(self, value: Domain, **more: Any) -> Proto:  # noqa: ANN401 - further proto fields
        """The message."""
        return self._proto(**self._values(value), **more)

    def values(self, value: Domain) -> dict[str, Any]:
        """The fields, for a message made of several dataclasses or within another one."""
        made: dict[str, Any] = self._values(value)
        return made

    def read(self, message: Proto, path: str, found: Found) -> Domain:
        """The dataclass; `path` ends with a dot or is empty."""
        made: Domain = self._read(message, path, found)
        return made

    def needed(self) -> Codec:
        """As a field: unset reads as an empty message, whose own fields then complain."""
        return Codec(self._values, self._read, within=".")

    def optional(self) -> Codec:
        """As a field: unset reads as None."""

        def read(value: Proto | None, path: str, found: Found) -> Domain | None:
            return None if value is None else self.read(value, path, found)

        return Codec(lambda value: value and self._values(value), read, presence=True, within=".")

    def many(self) -> Codec:
        """As a repeated field."""

        def read(values: Any, path: str, found: Found) -> tuple[Domain, ...]:  # noqa: ANN401
            return tuple(self.read(v, f"{path}[{i}].", found) for i, v in enumerate(values))

        return Codec(lambda values: [self.values(one) for one in values], read)
