"""What a schema cannot say of a manifest: that its names exist and its parts agree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from registrar.connectors.kit import field_lints
from registrar.connectors.kit.auth.declared import SESSIONS
from registrar.connectors.kit.universal import canonical

Finding = tuple[list[str | int], str]
"""Where, and what."""

_API: list[str | int] = ["tiers", "api"]
_HOLE = re.compile(r"\{([^}]*)\}")


def findings(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Of a manifest that the schema has passed."""
    for index, path in enumerate(data["required_fields"]):
        if not canonical(path):
            yield ["required_fields", index], f"no canonical path: {path}"
    api = data["tiers"]["api"]
    yield from _auth(api)
    for place, message in field_lints.findings(api["fields"]):
        yield [*_API, "fields", *place], message
    yield from _holes(api)
    yield from _rules(api)
    yield from _coherence(api)


def _auth(api: Mapping[str, Any]) -> Iterator[Finding]:
    auth = api["auth"]
    nested = ["token"] if "token" in auth else []
    url = urlsplit(auth.get("token", auth).get("token_url", "/"))
    if url.netloc and url.netloc not in api["network"].get("allowed_hosts", []):
        place = [*_API, "auth", *nested, "token_url"]
        yield place, f"{url.netloc} is not among network.allowed_hosts"
    given = {"authorization", auth.get("header", "authorization").casefold()}
    for name, operation in api["http"].items():
        for key in operation.get("headers", {}):
            if key.casefold() in given:
                yield [*_API, "http", name, "headers", key], "auth gives this header"


def _texts(api: Mapping[str, Any]) -> Iterator[tuple[list[str | int], str]]:
    """Every text with holes, and its place."""
    for name, operation in api["http"].items():
        place = [*_API, "http", name]
        yield [*place, "path"], operation["path"]
        for part in ("headers", "query"):
            for key, text in operation.get(part, {}).items():
                yield [*place, part, key], text


def _holes(api: Mapping[str, Any]) -> Iterator[Finding]:
    for place, text in _texts(api):
        for name in _HOLE.findall(text):
            if not name.startswith("secret:") and not canonical(name):
                yield place, f"no canonical path: {name}"


def _rules(api: Mapping[str, Any]) -> Iterator[Finding]:
    names: set[str] = set()
    for index, rule in enumerate(api["errors"]):
        place = [*_API, "errors", index]
        if rule["name"] in names:
            yield [*place, "name"], f"a second rule {rule['name']}"
        names.add(rule["name"])
        if "canonical" in rule and not canonical(rule["canonical"]):
            yield [*place, "canonical"], f"no canonical path: {rule['canonical']}"
        if rule["code"] == "auth.session_expired" and api["auth"]["kind"] not in SESSIONS:
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


def _means(operation: Mapping[str, Any]) -> set[str]:
    return {one["means"] for one in operation["answers"]}


def _sends_key(api: Mapping[str, Any]) -> bool:
    submit = api["http"]["submit"]
    texts = [submit["path"], *submit.get("headers", {}).values(), *submit.get("query", {}).values()]
    return any("{idempotency_key}" in one for one in texts) or any(
        "idempotency_key" in one["from"] for one in api["fields"]
    )
