"""What the longer functions of `functions.FUNCTIONS` do; ValueErrors never hold the value."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat

from registrar.domain.identifiers import dell
from registrar.domain.identifiers.answer import Asked
from registrar.domain.identifiers.checks import compact

_NO_DAY = datetime.min.replace(tzinfo=UTC).date()
"""For what codes no date: which day it is does not matter."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PARTS: Mapping[str, Callable[[datetime], str]] = {
    "d": lambda day: f"{day.day:02d}",
    "m": lambda day: f"{day.month:02d}",
    "b": lambda day: _MONTHS[day.month - 1],
    "Y": lambda day: f"{day.year:04d}",
    "y": lambda day: f"{day.year % 100:02d}",
    "H": lambda day: f"{day.hour:02d}",
    "M": lambda day: f"{day.minute:02d}",
    "S": lambda day: f"{day.second:02d}",
    "%": lambda _: "%",
}


def date(form: str, value: str) -> str:
    """By a format of `arguments.DIRECTIVES`.

    Not by strftime: it asks the locale, and years before 1000 differ by platform.
    """
    try:
        day = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("is no date") from None
    return re.sub("%(.)", lambda found: _PARTS[found[1]](day), form)


def digits(value: str) -> str:
    """Only they."""
    return re.sub(r"\D", "", value)


PHONES: Mapping[str, Callable[[PhoneNumber], str]] = {
    "e164": lambda one: phonenumbers.format_number(one, PhoneNumberFormat.E164),
    "international": lambda one: phonenumbers.format_number(one, PhoneNumberFormat.INTERNATIONAL),
    "national": lambda one: phonenumbers.format_number(one, PhoneNumberFormat.NATIONAL),
    "national_digits": lambda one: digits(PHONES["national"](one)),
    "country_code": lambda one: str(one.country_code),
    "significant": phonenumbers.national_significant_number,
}


def phone(form: str, value: str) -> str:
    """Of E.164 in a form of `PHONES`."""
    try:
        return PHONES[form](phonenumbers.parse(value))
    except phonenumbers.NumberParseException:
        raise ValueError("is no telephone number in E.164") from None


def mapped(table: Mapping[str, str], value: str) -> str:
    """Never guessed: a value without a counterpart is not sent as it is."""
    if value not in table:
        raise ValueError(f"is none of {', '.join(table)}")
    return table[value]


def decimal(places: int, value: str) -> str:
    """With so many places, none of which rounding has made."""
    try:
        exact = Decimal(value)
        rounded = exact.quantize(Decimal(1).scaleb(-places))
    except InvalidOperation:
        raise ValueError("is no such number") from None
    if not exact.is_finite() or exact != rounded:
        raise ValueError(f"has more than {places} decimal places")
    return f"{rounded:f}"


def number(_: object, value: str) -> int:
    """JSON's: beyond 15 digits others read it with a loss."""
    if not re.fullmatch("-?[0-9]{1,15}", value):
        raise ValueError("is no whole number")
    return int(value)


def service_tag(value: str) -> str:
    """A tag has at most seven characters: what is longer can be its express service code."""
    asked = Asked(value, compact(value), _NO_DAY)
    found = dell.service_tag(asked)
    if found.valid:
        return found.normalized
    made = dell.express_service_code(asked).derived.get("service_tag", "")
    if not made:
        raise ValueError("is no service tag, and no express service code")
    return made


def line(index: int, value: list[str]) -> str:
    """Nothing where there is none."""
    return value[index] if -len(value) <= index < len(value) else ""


def wrap(size: tuple[int, int], value: list[str]) -> list[str]:
    """Lines and width; what fits already stays as it is."""
    lines, width = size
    if len(value) <= lines and all(len(one) <= width for one in value):
        return value
    made = textwrap.wrap(" ".join(value), width, break_long_words=False, break_on_hyphens=False)
    if len(made) > lines or any(len(one) > width for one in made):
        raise ValueError(f"does not fit into {lines} lines of {width}")
    return made
