"""What a schema cannot say of a batch: that several requests can be one, and items told apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from registrar.connectors.kit import answer_lints, mapping
from registrar.connectors.kit.mapping import FIELD
from registrar.connectors.kit.universal import canonical

Place = list[str | int]
Finding = tuple[Place, str]

_HOLE = re.compile(r"\{([^}]*)\}")
_SECRET = "secret:"  # noqa: S105 - how a manifest refers to one
_HOOKS = {"prepare": "submit", "submit": "submit", "classify": "submit", "verify": "verify"}
"""Step of a hook, and the operation whose requests or answers it sees one by one."""
_REPEATED = "auth.session_expired"
"""The code after which the kit repeats a whole request."""


def findings(section: Mapping[str, Any]) -> Iterator[Finding]:
    """Of a section that talks HTTP, by place within it."""
    hooked = _HOOKS.get(section.get("hook", {}).get("step", ""))
    for name, operation in section["http"].items():
        place: Place = ["http", name, "batch"]
        if "batch" not in operation:
            continue
        if name == hooked:
            yield place, "the hook sees each request by itself: no batch"
        if name == "health":
            yield place, "a probe is of no registration"
        if name == "submit" and operation["method"] == "GET":
            yield place, "a submission by GET would be repeated as if it were a look-up"
        for inner, message in _list(section, operation):
            yield [*place, *inner], message
        for inner, message in _match(section, operation["batch"]):
            yield [*place, *inner], message
        yield from _frame(["http", name], operation)
        yield from _spoken(["http", name, "answers"], operation)
        yield from _repeated(section, operation["batch"])


def _spoken(place: Place, operation: Mapping[str, Any]) -> Iterator[Finding]:
    """What holds of no item would be said of all: also of one that was refused."""
    for index, answer in enumerate(operation["answers"]):
        if not any(_of_item(operation["batch"], path) for _, path in answer_lints.paths(answer)):
            yield [*place, index], "it says nothing of the item: all would be told it"


def _repeated(section: Mapping[str, Any], batch: Mapping[str, Any]) -> Iterator[Finding]:
    """What was carried out for the others would be carried out twice."""
    if batch.get("alone") == "item":
        return
    for index, rule in enumerate(section.get("errors", ())):
        for inner, path in answer_lints.paths(rule):
            if rule["code"] == _REPEATED and inner[0] == "when" and _of_item(batch, path):
                message = f"{_REPEATED} repeats the request of all: {path} is one item's"
                yield ["errors", index, *inner], message


def _of_item(batch: Mapping[str, Any], path: str) -> bool:
    items = batch.get("items", "")
    return batch.get("alone") == "item" or path == items or path.startswith(f"{items}[")


def _list(section: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[Finding]:
    """Where several find a place in one request."""
    batch, body = operation["batch"], operation.get("body", "")
    if "query" in batch:
        if batch["query"] not in operation.get("query", {}):
            yield ["query"], f"the request has no query value {batch['query']}"
    elif "into" in batch:
        into = f"{batch['into']}[0]"
        if body != "fields" or not any(
            one["to"].startswith((f"{into}.", f"{into}[")) for one in section.get("fields", ())
        ):
            yield ["into"], f"no field of the body goes to {into}"
    elif body != "items":
        yield [], "no list: it needs `body: items`, `into` or `query`"


def _match(section: Mapping[str, Any], batch: Mapping[str, Any]) -> Iterator[Finding]:
    if not _readable(batch.get("items", "")):
        yield ["items"], f"no path: {batch['items']}"
    targets = {one["to"] for one in section.get("fields", ())}
    for path, text in batch["match"].items():
        if not _readable(path):
            yield ["match", path], f"no path: {path}"
        names = _HOLE.findall(text)
        if not names:
            yield ["match", path], "it is the same for every registration"
        for one in names:
            known = one.removeprefix(FIELD) in targets if one.startswith(FIELD) else canonical(one)
            if not known:
                yield ["match", path], f"neither a field nor a canonical path: {one}"


def _readable(path: str) -> bool:
    try:
        mapping.steps(path)
    except ValueError:
        return False
    return True


def _frame(place: Place, operation: Mapping[str, Any]) -> Iterator[Finding]:
    """What is of one registration would keep every two apart."""
    texts: list[tuple[Place, str]] = [(["path"], operation["path"])]
    texts += [(["headers", key], text) for key, text in operation.get("headers", {}).items()]
    texts += [
        (["query", key], text)
        for key, text in operation.get("query", {}).items()
        if key != operation["batch"].get("query")
    ]
    for inner, text in texts:
        if any(not one.startswith(_SECRET) for one in _HOLE.findall(text)):
            yield [*place, *inner], "of one registration: no two of a batch would agree"
