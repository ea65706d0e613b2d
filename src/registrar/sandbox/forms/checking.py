"""What a visitor has sent, and what is wrong with it. Words for people, at the fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from registrar.sandbox.forms.shapes import Field, Step

EMAIL = re.compile(r"[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+")
TELEPHONE = re.compile(r"\+?[0-9 ()/.\-]{5,}")
MAGIC = {"pdf": b"%PDF", "jpg": b"\xff\xd8\xff", "png": b"\x89PNG"}
TICKED = "yes"
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came. `size` in bytes; `kind` by its first bytes, empty for any other."""

    filename: str
    size: int
    kind: str
    digest: str

    @classmethod
    def of(cls, filename: str, content: bytes) -> Upload:
        """Without its content."""
        kind = next((name for name, start in MAGIC.items() if content.startswith(start)), "")
        return cls(filename, len(content), kind, sha256(content).hexdigest())


@dataclass(frozen=True, slots=True)
class Given:
    """All that a visitor has given so far, by the names of the fields."""

    values: Mapping[str, str]
    files: Mapping[str, Upload]


def active(field: Field, values: Mapping[str, str]) -> bool:
    """Whether the field is there for who has given this."""
    return field.when is None or field.when.holds(values)


def errors(step: Step, given: Given, today: date | None = None) -> dict[str, str]:
    """What is wrong, by the name of the field, in the order of the page."""
    day = today or datetime.now(UTC).date()
    found = {
        field.name: _wrong(field, given, day)
        for field in step.fields
        if active(field, given.values)
    }
    return {name: error for name, error in found.items() if error}


def options(field: Field, values: Mapping[str, str]) -> Mapping[str, str]:
    """From value to words, for what was chosen before."""
    return field.choices.get(values.get(field.depends, ""), {}) if field.depends else field.options


def bought(field: Field, text: str) -> date | None:
    """The day that a field of a date holds, or None."""
    try:
        return datetime.strptime(text, field.format or "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def _wrong(field: Field, given: Given, today: date) -> str:
    if field.control == "file":
        return _wrong_file(field, given.files.get(field.name))
    text = given.values.get(field.name, "")
    if not text:
        return _missing(field) if field.required else ""
    if field.most and len(text) > field.most:
        return f"At most {field.most} characters, please."
    return _wrong_kind(field, given.values, text, today) or _failed(field, given.values, text)


def _missing(field: Field) -> str:
    if field.control == "checkbox":
        return "Please tick this box to continue."
    chosen = field.control in {"select", "radio"}
    return f"Please {'choose' if chosen else 'enter'}: {field.label.rstrip('?*. ')}."


def _wrong_kind(field: Field, values: Mapping[str, str], text: str, today: date) -> str:
    match field.control:
        case "email" if not EMAIL.fullmatch(text):
            return "Please enter an e-mail address, as in name@example.com."
        case "tel" if not TELEPHONE.fullmatch(text):
            return "Please enter a telephone number."
        case "select" | "radio" if text not in options(field, values):
            return "Please choose one of the list."
        case "date" | "date_text":
            return _wrong_date(field, text, today)
        case _:
            return ""


def _failed(field: Field, values: Mapping[str, str], text: str) -> str:
    if field.same_as and text.casefold() != values.get(field.same_as, "").casefold():
        return "The two entries are not the same."
    for check in field.checks:
        applies = check.when is None or check.when.holds(values)
        if applies and not re.fullmatch(check.pattern, text):
            return check.error
    return ""


def _wrong_date(field: Field, text: str, today: date) -> str:
    day = bought(field, text)
    if day is None:
        return f"Please enter a date. {field.hint}".strip()
    if day > today:
        return "The date is in the future."
    if field.within_days and day < today - timedelta(days=field.within_days):
        return f"Products are registered within {field.within_days} days of the purchase."
    return ""


def _wrong_file(field: Field, sent: Upload | None) -> str:
    if sent is None:
        return f"Please choose a file: {field.label}." if field.required else ""
    if field.most and sent.size > field.most:
        return f"The file is larger than {field.most // MEGABYTE} MB."
    ending = sent.filename.rpartition(".")[2].casefold().replace("jpeg", "jpg")
    if field.accept and (ending not in field.accept or sent.kind not in field.accept):
        return f"Only these files, please: {', '.join(field.accept).upper()}."
    return ""
