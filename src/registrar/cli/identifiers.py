"""Commands about identifiers, offline: what public rules say of a serial number, IMEI, tag."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.text import Text

from registrar.cli import output
from registrar.cli.output import Json
from registrar.domain.identifiers.answer import Answer, Candidate
from registrar.domain.identifiers.registry import inspect

app = typer.Typer()
identifiers = typer.Typer(help="What public rules say of identifiers.", no_args_is_help=True)
app.add_typer(identifiers, name="identifiers")
COLUMNS = ("manufacturer", "kind", "value")
BAD = 2
WORDS = {True: "valid", False: "not valid", None: "no rule can say"}


@dataclass(frozen=True, slots=True)
class Question:
    """A row; `brand` may be given beside a manufacturer that has several."""

    manufacturer: str
    kind: str
    value: str
    brand: str = ""


class Bad(Exception):
    """The file cannot be read."""


@identifiers.callback()
def group() -> None:
    """Keep `inspect` a command of its own although it is the only one."""


@identifiers.command(name="inspect")
def inspect_command(
    manufacturer: Annotated[str | None, typer.Argument(help="Id, name or brand.")] = None,
    kind: Annotated[str | None, typer.Argument(help="Such as serial, imei, service_tag.")] = None,
    value: Annotated[str | None, typer.Argument(help="As it is printed.")] = None,
    *,
    file: Annotated[
        str, typer.Option(help="CSV with manufacturer, kind, value; - for standard input.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Say whether values can be right, when they were made, and what else they are."""
    given = [one for one in (manufacturer, kind, value) if one is not None]
    if bool(file) == bool(given) or len(given) not in {0, len(COLUMNS)}:
        _refuse("give MANUFACTURER KIND VALUE, or --file")
    try:
        questions = _read(file) if file else [Question(*given)]
    except Bad as error:
        _refuse(str(error))
    today = datetime.now(tz=UTC).date()
    _print(questions, today, as_json=as_json or not output.out.is_terminal)


def _refuse(reason: str) -> NoReturn:
    output.chatter.print(f"registrar: {reason}", markup=False, soft_wrap=True)
    raise typer.Exit(BAD) from None


def _read(file: str) -> list[Question]:
    """All of it before the first answer: a file with a bad line gives none."""
    return list(_questions(io.StringIO(_text(file), newline="")))


def _text(file: str) -> str:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise Bad(f"{file}: {error.strerror}") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Bad(f"line {line}: this is not UTF-8") from error


def _questions(text: io.StringIO) -> Iterator[Question]:
    rows = csv.DictReader(text, strict=True)
    try:
        missing = set(COLUMNS) - set(rows.fieldnames or ())
        if missing:
            raise Bad(f"line 1: there is no column {', '.join(sorted(missing))}")
        for row in rows:
            yield _question(row, rows.line_num)
    except csv.Error as error:
        # The dictionary reader counts a line once it is read well: too late for this one.
        raise Bad(f"line {rows.reader.line_num}: {error}") from error


def _question(row: dict[str | Any, str | Any], line: int) -> Question:
    # What is over stands under None, what is missing is None.
    if None in row or None in row.values():
        raise Bad(f"line {line}: not as many fields as the header has")
    return Question(row["manufacturer"], row["kind"], row["value"], row.get("brand", ""))


def _print(questions: list[Question], today: date, *, as_json: bool) -> None:
    rows = output.table("Identifiers", *COLUMNS, "answer", "made", "also")
    for column in rows.columns:
        column.overflow = "fold"
    for one in questions:
        answer = inspect(one.manufacturer, one.kind, one.value, today=today, brand=one.brand)
        if as_json:
            output.line(_plain(one, answer))
        else:
            cells = one.manufacturer, one.kind, one.value, *_cells(one, answer)
            # What was typed is text, whatever brackets it holds.
            rows.add_row(*map(Text, cells))
    if not as_json:
        output.out.print(rows)


def _plain(asked: Question, answer: Answer) -> dict[str, Any]:
    return {
        "manufacturer": asked.manufacturer,
        "kind": asked.kind,
        "value": asked.value,
        "valid": answer.valid,
        "normalized": answer.normalized,
        "candidates": [_candidate(one) for one in answer.candidates],
        "derived": dict(answer.derived),
        "hints": list(answer.hints),
    }


def _candidate(one: Candidate) -> dict[str, Any]:
    part = {"month": one.month} if one.week is None else {"week": one.week}
    return {"year": one.year, **part, "confidence": one.confidence, "rule": one.rule}


def _cells(asked: Question, answer: Answer) -> tuple[str, str, str]:
    also = {"normalized": answer.normalized, **answer.derived}
    if answer.normalized == asked.value:
        del also["normalized"]
    lines = [*(f"{key} {value}" for key, value in also.items()), *answer.hints]
    return WORDS[answer.valid], "\n".join(map(_made, answer.candidates)), "\n".join(lines)


def _made(one: Candidate) -> str:
    when = f"{one.year}-{one.month:02d}" if one.month else f"{one.year} week {one.week}"
    return f"{when} ({one.confidence:.0%})"
