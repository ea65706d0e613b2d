"""What a manifest says of its hook, and what is wrong with `hooks.py`, found without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from registrar.connectors.kit.hooks.child import MODULES
from registrar.connectors.kit.hooks.talk import MOST_REQUESTS

FILE = "hooks.py"
ARGUMENTS = {
    "prepare": ("record", "body"),
    "submit": ("record", "body"),
    "classify": ("evidence", "outcome"),
    "verify": ("record",),
    "health": (),
}
"""Step to what its function takes."""
PURE = frozenset({"prepare", "classify"})
"""They ask nobody."""
PLACE: list[str | int] = ["tiers", "api", "hook"]

Finding = tuple[list[str | int], str]
"""Where in the manifest, and what."""


@dataclass(frozen=True, slots=True)
class Hook:
    """`wall` and `cpu` in seconds a call, without the time of its requests; `memory` in MiB."""

    step: str
    source: str = field(repr=False)
    wall: float = 2.0
    cpu: float = 1.0
    memory: int = 256
    requests: int = MOST_REQUESTS
    """So many a call yields at most."""


def hook(data: Mapping[str, Any], folder: Path) -> Hook | None:
    """Of a manifest without findings."""
    declared = _declared(data)
    if declared is None:
        return None
    return Hook(source=(folder / FILE).read_text(encoding="utf-8"), **declared)


def findings(data: Mapping[str, Any], folder: Path) -> Iterator[Finding]:
    """Of a manifest that the schema has passed."""
    declared, path = _declared(data), folder / FILE
    if declared is None:
        if path.exists():
            yield PLACE[:-1], f"{FILE}:1: there is no `hook` that says which step it overrides"
        return
    yield from _paid(declared, data.get("limits", {}))
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        yield PLACE, f"there is no {FILE} beside the manifest"
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError) as error:
        yield PLACE, f"{FILE}:{getattr(error, 'lineno', None) or 1}: {type(error).__name__}"
    else:
        for line, message in _wrong(tree, declared["step"]):
            yield [*PLACE, "step"], f"{FILE}:{line}: {message}"


def _paid(declared: Mapping[str, Any], limits: Mapping[str, Any]) -> Iterator[Finding]:
    """A call is let in with all the requests that it may send."""
    if declared["step"] in PURE:
        if "requests" in declared:
            yield [*PLACE, "requests"], f"{declared['step']} asks nobody"
        return
    requests, daily = declared.get("requests"), limits.get("daily")
    if requests is None and (daily or "windows" in limits):
        yield PLACE, "`limits` counts requests: say how many `requests` a call sends at most"
    if requests and daily and requests > daily["requests"]:
        yield [*PLACE, "requests"], "more than `limits` allows on a whole day"


def _declared(data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = data["tiers"].get("api", {}).get("hook")
    return found


def _wrong(tree: ast.Module, step: str) -> Iterator[tuple[int, str]]:
    functions = {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef)}
    if step not in functions:
        yield 1, f"no function {step}"
    for name in sorted(ARGUMENTS.keys() & functions.keys()):
        one = functions[name]
        if name != step:
            yield one.lineno, f"{name} is another step than {step}: a hook overrides one"
        elif not _takes(one.args, len(ARGUMENTS[step])):
            yield one.lineno, f"{step} takes ({', '.join(ARGUMENTS[step])})"
    yield from _imports(tree)


def _takes(args: ast.arguments, count: int) -> bool:
    most = len(args.posonlyargs) + len(args.args)
    needed = most - len(args.defaults)
    wanted = any(one is None for one in args.kw_defaults)
    return not wanted and needed <= count and (count <= most or args.vararg is not None)


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """A child can open no file: what is not loaded ahead cannot be imported."""
    for one in ast.walk(tree):
        names: list[str] = []
        if isinstance(one, ast.Import):
            names = [alias.name for alias in one.names]
        elif isinstance(one, ast.ImportFrom):
            names = [one.module or "."]
        for name in names:
            if name not in MODULES and name != "__future__":
                yield getattr(one, "lineno", 1), f"a hook cannot import {name}"
