"""`scenarios.yaml`: what a manufacturer's connector is tried with, over the defaults of the kit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from registrar.connectors.kit import contracts, reading
from registrar.connectors.kit.lints import Finding
from registrar.connectors.kit.reading import Problem, Source, Unreadable
from registrar.domain.errors import ConfigurationError
from registrar.domain.outcome import Code
from registrar.domain.submission import Submission
from registrar.ports import plain
from registrar.ports.connector import Job

FILE = "scenarios.yaml"
MOST_LINES = 400
SCHEMA_FILE = Path(__file__).with_name("scenarios.schema.json")
DEFAULTS_FILE = Path(__file__).with_name("defaults.yaml")
LONGEST_EXEMPTION_DAYS = 366
_AGO = re.compile(r"(\d+) days? ago")


@dataclass(frozen=True, slots=True)
class Record:
    """One canonical record by name; `field` is the path that must be refused, if any."""

    name: str
    data: Mapping[str, Any] = field(repr=False)
    field: str = ""

    def job(self, number: int = 1) -> Job:
        """One registration of it; its number makes another key."""
        rest = {key: value for key, value in self.data.items() if key != "brand"}
        rest = _dated(rest, datetime.now(UTC).date())
        submission = plain.from_plain(Submission, rest)
        key = f"reg_conformance{number:04d}"
        return Job(key, key, str(self.data.get("brand", "")), submission)


def _dated(data: Mapping[str, Any], today: date) -> dict[str, Any]:
    """With the day of what was bought so many days ago: a form may take no older purchase."""
    bought = data.get("purchase", {})
    ago = _AGO.fullmatch(str(bought.get("date", "")))
    if ago is None:
        return dict(data)
    day = today - timedelta(days=int(ago[1]))
    return {**data, "purchase": {**bought, "date": day.isoformat()}}


@dataclass(frozen=True, slots=True)
class Row:
    """How the simulated manufacturer is brought to one rule of the manifest, and what follows."""

    rule: str
    code: str
    step: str = "submit"
    record: Mapping[str, Any] = field(default_factory=dict, repr=False)
    before: tuple[Mapping[str, Any], ...] = ()
    """Records that are registered first, each over the row's own."""
    seed: tuple[Mapping[str, str], ...] = ()
    """Acts in the ledger before anything is sent: serial_number, owner."""
    fault: Mapping[str, Any] = field(default_factory=dict)
    answer: Mapping[str, Any] = field(default_factory=dict)
    """What the manufacturer is documented to say: status, headers, body."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    field: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What the look-ups tell of a record; neither `means` nor `rule`: nothing."""

    name: str
    says: Mapping[str, str]
    """precheck: the outcome's code; verify: the verdict."""
    means: str = ""
    rule: str = ""
    record: Mapping[str, Any] = field(default_factory=dict, repr=False)
    devices: tuple[Mapping[str, Any], ...] = ()
    """What the simulated manufacturer knows, as its seeds say it."""
    fault: Mapping[str, Any] = field(default_factory=dict)
    answer: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    field: str = ""
    waits: float = 0.0
    """Seconds, after which it may be asked again."""


@dataclass(frozen=True, slots=True)
class Exemption:
    """A check that may fail until a day, and why."""

    check: int
    reason: str
    until: date


@dataclass(frozen=True, slots=True)
class Place:
    """Where the simulated manufacturer is: paths of the sandbox, and the secrets that it takes."""

    path: str = ""
    token: str = ""
    form: str = ""
    """Of its web form, where it has one."""
    partner: bool = False
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Scenarios:
    """Of one manufacturer, the defaults included."""

    place: Place
    valid: tuple[Record, ...]
    invalid: tuple[Record, ...]
    rows: tuple[Row, ...] = ()
    looks: tuple[Look, ...] = ()
    asks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unsent: Mapping[str, str] = field(default_factory=dict)
    exemptions: tuple[Exemption, ...] = ()

    @property
    def first(self) -> Record:
        """The plainest valid record."""
        return self.valid[0]

    def row(self, *codes: Code) -> Row | None:
        """The first that leads to one of these codes."""
        return next((one for one in self.rows if one.code in codes), None)

    def varied(self, changes: Mapping[str, Any], name: str = "varied") -> Record:
        """The plainest record with changes."""
        return Record(name, merged(self.first.data, changes))


def load(folder: Path) -> Scenarios:
    """Of a manufacturer's folder; raises ConfigurationError with file, line and path."""
    source, found = _examined(folder / FILE)
    if source is None or found:
        raise ConfigurationError(f"{FILE}:{found[0]}")
    return _made(merged(_below(source.data, folder.name), source.data))


def problems(folder: Path) -> list[Problem]:
    """All that can be told at once."""
    return _examined(folder / FILE)[1]


def merged(below: Any, above: Any) -> Any:  # noqa: ANN401 - JSON
    """Objects by key; null takes away what stands below; all else replaces it."""
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    made = {**below, **{key: merged(below.get(key), value) for key, value in above.items()}}
    return {key: value for key, value in made.items() if value is not None}


def _examined(path: Path) -> tuple[Source | None, list[Problem]]:
    try:
        source = _plain(reading.read(path))
    except Unreadable as error:
        return None, [error.problem]
    errors = sorted(_schema().iter_errors(source.data), key=lambda one: str(one.absolute_path))
    found = [source.problem(list(one.absolute_path), one.message) for one in errors]
    if not found:
        found = [source.problem(*one) for one in _findings(source.data)]
    lines = len(path.read_text(encoding="utf-8").splitlines())
    if lines > MOST_LINES:
        found.append(Problem(lines, "$", f"has more than {MOST_LINES} lines"))
    return source, found


def _plain(source: Source) -> Source:
    """YAML's own dates are texts here, as in JSON."""
    return Source(source.node, json.loads(json.dumps(source.data, default=str)))


@cache
def _schema() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


@cache
def _defaults() -> Any:  # noqa: ANN401 - JSON
    return _plain(reading.read(DEFAULTS_FILE)).data


def _below(data: Mapping[str, Any], manufacturer: str) -> Any:  # noqa: ANN401 - JSON
    """What these scenarios are laid over."""
    if "uses" not in data:
        return _defaults()
    spoken = contracts.read(data["uses"], FILE, manufacturer)
    return merged(_defaults(), {key: spoken[key] for key in ("sandbox", "rows", "asks")})


def _findings(data: Mapping[str, Any]) -> Iterator[Finding]:
    """What the schema cannot say; an unreadable record names the first of its problems."""
    whole = merged(_defaults(), data)
    known = {one.value for one in Code}
    for index, row in enumerate(data.get("rows", ())):
        if row["code"] not in known:
            yield ["rows", index, "code"], f"no code of the taxonomy: {row['code']}"
    for name in ("valid", "invalid"):
        for index, one in enumerate(data.get(name, ())):
            try:
                _record(whole["record"], one).job()
            except ValueError as error:
                yield [name, index], str(error)
    for index, one in enumerate(data.get("exemptions", ())):
        left = date.fromisoformat(one["until"]) - datetime.now(UTC).date()
        if left.days > LONGEST_EXEMPTION_DAYS:
            yield ["exemptions", index, "until"], "is more than a year ahead"


def _record(plainest: Mapping[str, Any], one: Mapping[str, Any]) -> Record:
    return Record(one["name"], merged(plainest, one.get("record", {})), one.get("field", ""))


def _made(data: Mapping[str, Any]) -> Scenarios:
    plainest = data["record"]
    everywhere = [{"name": name, **one} for name, one in data["refused"].items()]
    return Scenarios(
        place=Place(**data.get("sandbox", {})),
        valid=tuple(_record(plainest, one) for one in ({"name": "plain"}, *data.get("valid", ()))),
        invalid=tuple(_record(plainest, one) for one in (*everywhere, *data.get("invalid", ()))),
        rows=tuple(_row(one) for one in data.get("rows", ())),
        looks=tuple(_look(one) for one in data.get("looks", ())),
        asks={word: tuple(paths) for word, paths in data.get("asks", {}).items()},
        unsent=data.get("unsent", {}),
        exemptions=tuple(_exemption(one) for one in data.get("exemptions", ())),
    )


def _row(data: Mapping[str, Any]) -> Row:
    lists = {key: tuple(data[key]) for key in ("before", "seed") if key in data}
    return Row(**{**data, **lists})


def _look(data: Mapping[str, Any]) -> Look:
    return Look(**{**data, "devices": tuple(data.get("devices", ()))})


def _exemption(data: Mapping[str, Any]) -> Exemption:
    return Exemption(data["check"], data["reason"], date.fromisoformat(data["until"]))
