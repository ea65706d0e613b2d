"""The named pure functions that a field of a manifest may go through; docs are made of the table.

A function of a text that meets a list does its work on every item. What a function cannot do with
a value is a ValueError, whose text never holds the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from registrar.connectors.kit import arguments, formats
from registrar.connectors.kit.arguments import Check
from registrar.domain.identifiers.dell import express_code


class Kind(StrEnum):
    """Of a value on its way; a `number` is final."""

    TEXT = "text"
    LIST = "list"
    FLAG = "flag"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Function:
    """`run` gets the argument and the value; `example` is argument, value and result."""

    takes: Kind
    gives: Kind
    says: str
    run: Callable[[Any, Any], Any]
    example: tuple[Any, Any, Any]
    check: Check | None = None
    """Of the argument; None where it takes none."""


_T, _L = Kind.TEXT, Kind.LIST
_size = arguments.pair(arguments.count, arguments.count, "a number of lines and their width")
_fill = arguments.pair(arguments.count, arguments.character, "a width and one character")
_swap = arguments.pair(arguments.text, arguments.separator, "a text and what stands in its place")
_flag = arguments.pair(arguments.text, arguments.text, "the words for true and for false")

FUNCTIONS: Mapping[str, Function] = {
    "upper": Function(_T, _T, "In capitals.", lambda _, v: v.upper(), (None, "ab-1", "AB-1")),
    "lower": Function(_T, _T, "In small letters.", lambda _, v: v.lower(), (None, "AB-1", "ab-1")),
    "title": Function(
        _T, _T, "Each word with a capital.", lambda _, v: v.title(), (None, "ADA KING", "Ada King")
    ),
    "digits": Function(
        _T, _T, "Digits only.", lambda _, v: formats.digits(v), (None, "+49 30-1", "49301")
    ),
    "compact": Function(
        _T,
        _T,
        "Without blanks and hyphens.",
        lambda _, v: re.sub(r"[\s\-]+", "", v),
        (None, "A 1-2", "A12"),
    ),
    "alphanumeric": Function(
        _T,
        _T,
        "Without what is no letter and no digit of ASCII.",
        lambda _, v: re.sub("[^A-Za-z0-9]", "", v),
        (None, "A.1/2", "A12"),
    ),
    "trim": Function(
        _T,
        _T,
        "One blank for several, none at the ends.",
        lambda _, v: " ".join(v.split()),
        (None, " a  b ", "a b"),
    ),
    "date": Function(
        _T,
        _T,
        "A date or instant, with %d %m %Y %y %H %M %S, and %b in English.",
        formats.date,
        ("%d/%m/%Y", "2026-10-01", "01/10/2026"),
        arguments.date_format,
    ),
    "phone": Function(
        _T,
        _T,
        f"A telephone number as {', '.join(formats.PHONES)}.",
        formats.phone,
        ("national", "+493012345678", "030 12345678"),
        arguments.one_of(*formats.PHONES),
    ),
    "map": Function(
        _T,
        _T,
        "The manufacturer's word for ours; refused where it has none.",
        formats.mapped,
        ({"household": "H", "commercial": "C"}, "household", "H"),
        arguments.table,
    ),
    "first": Function(
        _T, _T, "So many from the start.", lambda n, v: v[:n], (3, "abcdef", "abc"), arguments.count
    ),
    "last": Function(
        _T, _T, "So many from the end.", lambda n, v: v[-n:], (3, "abcdef", "def"), arguments.count
    ),
    "pad": Function(
        _T,
        _T,
        "Filled up from the left.",
        lambda a, v: v.rjust(*a),
        ([5, "0"], "42", "00042"),
        _fill,
    ),
    "prefix": Function(
        _T, _T, "With a text before it.", lambda a, v: a + v, ("S-", "1", "S-1"), arguments.text
    ),
    "without_prefix": Function(
        _T,
        _T,
        "Without this text before it, if it is there.",
        lambda a, v: v.removeprefix(a),
        ("S01-", "S01-42", "42"),
        arguments.text,
    ),
    "replace": Function(
        _T,
        _T,
        "One text for another.",
        lambda a, v: v.replace(*a),
        (["/", "-"], "1/2", "1-2"),
        _swap,
    ),
    "decimal": Function(
        _T,
        _T,
        "A price with so many places; refused where that would round it.",
        formats.decimal,
        (2, "9.9", "9.90"),
        arguments.places,
    ),
    "minor_units": Function(
        _T,
        _T,
        "A price in cents, of a currency with so many places.",
        lambda n, v: str(int(formats.decimal(n, v).replace(".", ""))),
        (2, "9.9", "990"),
        arguments.places,
    ),
    "number": Function(
        _T, Kind.NUMBER, "A whole number of JSON.", formats.number, (None, "42", 42)
    ),
    "flag": Function(
        Kind.FLAG,
        _T,
        "The words for true and for false.",
        lambda a, v: a[0] if v else a[1],
        (["yes", "no"], True, "yes"),
        _flag,
    ),
    "split": Function(
        _T,
        _L,
        "The parts between the separators, without empty ones.",
        lambda a, v: [one for one in v.split(a) if one],
        (" ", "Ada Maria King", ["Ada", "Maria", "King"]),
        arguments.text,
    ),
    "join": Function(
        _L,
        _T,
        "One text of all.",
        lambda a, v: a.join(v),
        (" ", ["a", "b"], "a b"),
        arguments.separator,
    ),
    "line": Function(
        _L,
        _T,
        "One of the list: 0 is the first, -1 the last; nothing where there is none.",
        formats.line,
        (0, ["a", "b"], "a"),
        arguments.index,
    ),
    "tail": Function(
        _L,
        _L,
        "The list from this one on.",
        lambda n, v: v[n:],
        (1, ["a", "b"], ["b"]),
        arguments.index,
    ),
    "service_tag": Function(
        _T,
        _T,
        "Dell's, of itself or of its express service code; refused where it is neither.",
        lambda _, v: formats.service_tag(v),
        (None, "42938741054", "JQ4M8N2"),
    ),
    "express_service_code": Function(
        _T,
        _T,
        "The same as a number.",
        lambda _, v: express_code(formats.service_tag(v)),
        (None, "JQ4M8N2", "42938741054"),
    ),
    "wrap": Function(
        _L,
        _L,
        "At most so many lines of such a width, broken between words; else refused.",
        formats.wrap,
        ([2, 9], ["Long Way 1", "Yard 2"], ["Long Way", "1 Yard 2"]),
        _size,
    ),
}
