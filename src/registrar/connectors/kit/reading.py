"""A manifest's file: read, checked by schema and lints; every problem has its line and path."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from jsonschema.exceptions import ValidationError, best_match

from registrar.connectors.kit import contracts, lints
from registrar.connectors.kit.lints import Finding

SCHEMA_FILE = Path(__file__).with_name("manifest.schema.json")
FILE = "manifest.yaml"


@dataclass(frozen=True, slots=True)
class Problem:
    """`path` as in `$.tiers.api.fields[2].to`."""

    line: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.line}: {self.path}: {self.message}"


class Unreadable(Exception):
    """The file is no YAML, or there is none."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Source:
    """What a file holds, and where."""

    node: yaml.Node | None
    data: Any

    def problem(self, place: list[str | int], message: str) -> Problem:
        """Of the value at this place."""
        where = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in place)
        return Problem(_line(self.node, place), f"${where}", message)


def files(folder: Path) -> list[Path]:
    """The manifests of a folder of manufacturers, or the one of a manufacturer's folder."""
    own = folder / FILE
    return [own] if own.is_file() else sorted(folder.glob(f"*/{FILE}"))


def read(path: Path) -> Source:
    """Raises Unreadable."""
    try:
        return _parsed(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Unreadable(Problem(line, "$", str(error.problem))) from error
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise Unreadable(Problem(1, "$", " ".join(str(error).split()))) from error


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C reads thirteen manifests in 30 ms instead of 300, where there is one."""


def _parsed(text: str) -> Source:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        _once(node)
        return Source(node, None if node is None else loader.construct_document(node))
    finally:
        loader.dispose()


def findings(data: Any, folder: str) -> Iterator[Finding]:  # noqa: ANN401 - whatever the file holds
    """By the schema first: what comes after relies on it."""
    errors = _errors(pickle.dumps(data))
    for error in errors:
        yield list(error.absolute_path), error.message
    if errors:
        return
    yield from lints.findings(contracts.expanded(data))
    if data["identity"]["id"] != folder:
        yield ["identity", "id"], "is not the folder's name"


@lru_cache(maxsize=64)
def _errors(pickled: bytes) -> list[ValidationError]:
    """The most telling one first; of alternatives, the one that came nearest.

    Kept by the very data: the same file is often read again, and this is most of the work.
    """
    data = pickle.loads(pickled)  # noqa: S301 - our own, of a moment ago
    found = list(_schema().iter_errors(data))
    each = [best_match([one]) for one in found]
    best = best_match(found)
    rest = [one for one in each if one is not None and one != best]
    return [best, *rest] if best else []


def rule_errors(data: Any) -> Iterator[ValidationError]:  # noqa: ANN401 - whatever was given
    """Of an error rule alone."""
    yield from _schema("#/$defs/rule").iter_errors(data)


@cache
def _schema(part: str = "#") -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    if part != "#":
        schema = {"$ref": part, "$defs": schema["$defs"]}
    return jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


def _once(node: yaml.Node | None, around: tuple[yaml.Node, ...] = ()) -> None:
    """YAML lets the last of two equal keys win, and a value hold itself."""
    if any(node is one for one in around):
        raise _marked("holds itself", node)
    within = (*around, node) if node is not None else around
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if str(key.value) in seen:
                raise _marked(f"{key.value} twice", key)
            seen.add(str(key.value))
            _once(value, within)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _once(item, within)


def _marked(problem: str, node: yaml.Node | None) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark if node else None)


def _line(node: yaml.Node | None, path: list[str | int]) -> int:
    """Of the value at this path, as near as the file has it."""
    if node is None:
        return 1
    for step in path:
        found: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            found = next((v for k, v in node.value if k.value == str(step)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            found = node.value[step]
        if found is None:
            break
        node = found
    return int(node.start_mark.line) + 1
