"""What a schema cannot say of a manifest: that its names exist and its parts agree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from registrar.connectors.kit import answer_lints, batch_lints, field_lints, manual_lints, web_lints
from registrar.connectors.kit.auth.declared import SESSIONS
from registrar.connectors.kit.mapping import FIELD
from registrar.connectors.kit.universal import canonical

Place = list[str | int]
Finding = tuple[Place, str]
"""Where, and what."""

_API: Place = ["tiers", "api"]
_LOOKUP: Place = ["lookup"]
_HOLE = re.compile(r"\{([^}]*)\}")


def findings(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Of a manifest that the schema has passed."""
    for index, path in enumerate(data["required_fields"]):
        if not canonical(path):
            yield ["required_fields", index], f"no canonical path: {path}"
    tiers = data["tiers"]
    if "api" in tiers:
        yield from _coherence(tiers["api"])
        yield from _exchange(_API, tiers["api"])
    if "lookup" in data:
        yield from _exchange(_LOOKUP, data["lookup"])
        yield from _looks(data["lookup"])
    if "web" in tiers:
        yield from web_lints.findings(tiers["web"], api="api" in tiers)
    if "manual" in tiers:
        yield from manual_lints.findings(tiers["manual"])


def _exchange(start: Place, section: Mapping[str, Any]) -> Iterator[Finding]:
    """Of a section that talks HTTP."""
    yield from _auth(start, section)
    for place, message in field_lints.findings(section.get("fields", ())):
        yield [*start, "fields", *place], message
    for place, message in answer_lints.findings(section):
        yield [*start, *place], message
    for place, message in batch_lints.findings(section):
        yield [*start, *place], message
    yield from _bodies(start, section)
    yield from _holes(start, section)
    yield from _rules(start, section)
    yield from _sessions(start, section)


def _auth(start: Place, section: Mapping[str, Any]) -> Iterator[Finding]:
    auth = section["auth"]
    nested = ["token"] if "token" in auth else []
    url = urlsplit(auth.get("token", auth).get("token_url", "/"))
    if url.netloc and url.netloc not in section["network"].get("allowed_hosts", []):
        place = [*start, "auth", *nested, "token_url"]
        yield place, f"{url.netloc} is not among network.allowed_hosts"
    given = {"authorization", auth.get("header", "authorization").casefold()}
    for name, operation in section["http"].items():
        for key in operation.get("headers", {}):
            if key.casefold() in given:
                yield [*start, "http", name, "headers", key], "auth gives this header"


def _bodies(start: Place, section: Mapping[str, Any]) -> Iterator[Finding]:
    for name, operation in section["http"].items():
        if "body" in operation and "fields" not in section:
            yield [*start, "http", name, "body"], "there are no fields to send"
        if "body" in operation and operation["method"] == "GET":
            yield [*start, "http", name, "body"], "a GET has no body"


def _texts(start: Place, section: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Every text with holes, and its place."""
    for name, operation in section["http"].items():
        place = [*start, "http", name]
        yield [*place, "path"], operation["path"]
        for part in ("headers", "query"):
            for key, text in operation.get(part, {}).items():
                yield [*place, part, key], text


def _holes(start: Place, section: Mapping[str, Any]) -> Iterator[Finding]:
    targets = {one["to"] for one in section.get("fields", ())}
    for place, text in _texts(start, section):
        for name in _HOLE.findall(text):
            if name.startswith(FIELD):
                if name.removeprefix(FIELD) not in targets:
                    yield place, f"no field goes to {name.removeprefix(FIELD)}"
            elif not name.startswith("secret:") and not canonical(name):
                yield place, f"no canonical path: {name}"


def _sessions(start: Place, section: Mapping[str, Any]) -> Iterator[Finding]:
    """A token that is refused must be told from an attempt that is."""
    codes = {one["code"] for one in section.get("errors", ())}
    if section["auth"]["kind"] in SESSIONS and "auth.session_expired" not in codes:
        place = [*start, "errors"] if "errors" in section else start
        yield place, "a token ends: no rule means auth.session_expired"


def _rules(start: Place, section: Mapping[str, Any]) -> Iterator[Finding]:
    names: set[str] = set()
    for index, rule in enumerate(section.get("errors", ())):
        place = [*start, "errors", index]
        if rule["name"] in names:
            yield [*place, "name"], f"a second rule {rule['name']}"
        names.add(rule["name"])
        if "canonical" in rule and not canonical(rule["canonical"]):
            yield [*place, "canonical"], f"no canonical path: {rule['canonical']}"
        if rule["code"] == "auth.session_expired" and section["auth"]["kind"] not in SESSIONS:
            yield [*place, "code"], "a key has no session: auth.rejected"


def _coherence(api: Mapping[str, Any]) -> Iterator[Finding]:
    submit, verify = api["http"]["submit"], api["http"]["verify"]
    if submit["method"] == "GET":
        yield [*_API, "http", "submit", "method"], "a submission is no GET"
    if verify["method"] != "GET":
        yield [*_API, "http", "verify", "method"], "a look-up is a GET"
    if _means(submit) & {"accepted"} and not _means(verify) & {"pending"}:
        yield [*_API, "http", "verify", "answers"], "accepted needs a look-up that can be pending"
    if api["capabilities"]["idempotency"] == "key" and not _sends_key(api):
        place = [*_API, "capabilities", "idempotency"]
        yield place, "the submission does not send its idempotency_key"


def _looks(lookup: Mapping[str, Any]) -> Iterator[Finding]:
    http = lookup["http"]
    if "when" in lookup:
        for where, message in field_lints.condition(["when"], lookup["when"]):
            yield [*_LOOKUP, *where], message
    if "verify" in http and "already_registered" not in _means(http["verify"]):
        yield [*_LOOKUP, "http", "verify", "answers"], "none of them means already_registered"
    for name in {"precheck", "verify"} & set(http):
        for index, answer in enumerate(http[name]["answers"]):
            place = [*_LOOKUP, "http", name, "answers", index]
            if "canonical" in answer and not canonical(answer["canonical"]):
                yield [*place, "canonical"], f"no canonical path: {answer['canonical']}"
            if "where" in answer:
                yield from field_lints.condition([*place, "where"], answer["where"])


def _means(operation: Mapping[str, Any]) -> set[str]:
    return {one["means"] for one in operation["answers"]}


def _sends_key(api: Mapping[str, Any]) -> bool:
    submit = api["http"]["submit"]
    texts = [submit["path"], *submit.get("headers", {}).values(), *submit.get("query", {}).values()]
    return any("{idempotency_key}" in one for one in texts) or any(
        "idempotency_key" in one["from"] for one in api["fields"]
    )
