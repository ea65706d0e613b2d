"""How one field crosses the edge, both ways. `convert` says which fields there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from operator import attrgetter
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


def write_time(value: dt.datetime | None) -> Timestamp | None:
    """None stays unset."""
    if value is None:
        return None
    seconds, micros = divmod(plain.to_micros(value), 1_000_000)
    return Timestamp(seconds=seconds, nanos=micros * 1000)


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
TIME = Codec(write_time, read_time, presence=True)
DATE = Codec(_write_date, _read_date, presence=True)
REQUIRED_DATE = Codec(_write_date, _read_required_date, presence=True)
DECIMAL = Codec(_write_decimal, _read_decimal, presence=True)


@dataclass(frozen=True, slots=True)
class Field:
    """One row of a mapping: the proto's name, how it crosses, and the domain's name if another."""

    name: str
    codec: Codec = SAME
    attribute: str = ""


def _getter(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """All of them as a tuple, also where there is one or none."""
    if not names:
        return lambda _value: ()
    if len(names) == 1:
        return lambda value: (getattr(value, names[0]),)
    return attrgetter(*names)


class Mapping(Generic[Proto, Domain]):
    """A message and a dataclass, both directions from one table.

    What crosses unchanged is fetched in one go: most fields do, and most calls cross here.
    """

    def __init__(self, proto: type[Proto], domain: type[Domain], *fields: Field | str) -> None:
        rows = [Field(one) if isinstance(one, str) else one for one in fields]
        same = [row for row in rows if row.codec is SAME]
        self._proto, self._domain = proto, domain
        self._names = tuple(row.name for row in same)
        self._attributes = tuple(row.attribute or row.name for row in same)
        self._of_message, self._of_value = _getter(self._names), _getter(self._attributes)
        other = [row for row in rows if row.codec is not SAME]
        self._rows = [(row.name, row.attribute or row.name, row.codec) for row in other]

    def write(self, value: Domain, **more: Any) -> Proto:  # noqa: ANN401 - further proto fields
        """The message."""
        return self._proto(**self.values(value), **more)

    def values(self, value: Domain) -> dict[str, Any]:
        """The fields, for a message made of several dataclasses or within another one."""
        made = dict(zip(self._names, self._of_value(value), strict=True))
        for name, of, codec in self._rows:
            made[name] = codec.write(getattr(value, of))
        return made

    def read(self, message: Proto, path: str, found: Found) -> Domain:
        """The dataclass; `path` ends with a dot or is empty."""
        made = dict(zip(self._attributes, self._of_message(message), strict=True))
        for name, of, codec in self._rows:
            unset = codec.presence and not message.HasField(name)
            made[of] = codec.read(None if unset else getattr(message, name), path + name, found)
        return self._domain(**made)

    def needed(self) -> Codec:
        """As a field: unset reads as an empty message, whose own fields then complain."""
        return Codec(self.values, lambda value, path, found: self.read(value, path + ".", found))

    def optional(self) -> Codec:
        """As a field: unset reads as None."""

        def read(value: Proto | None, path: str, found: Found) -> Domain | None:
            return None if value is None else self.read(value, path + ".", found)

        return Codec(lambda value: value and self.values(value), read, presence=True)

    def many(self) -> Codec:
        """As a repeated field."""

        def read(values: Any, path: str, found: Found) -> tuple[Domain, ...]:  # noqa: ANN401
            return tuple(self.read(v, f"{path}[{i}].", found) for i, v in enumerate(values))

        return Codec(lambda values: [self.values(one) for one in values], read)
