"""What a schema cannot say of a form: values and consents that exist, marks that a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from registrar.connectors.kit import field_lints, universal

Finding = tuple[list[str | int], str]

_WEB: list[str | int] = ["tiers", "web"]
_AGREES = ("accept", "agree", "allow", "ok", "yes", "einverstanden", "akzeptieren", "zustimmen")


def findings(web: Mapping[str, Any], *, api: bool) -> Iterator[Finding]:
    """Of a web tier that the schema has passed; `api` tells whether there is one to look up by."""
    for place, message in field_lints.findings(web["fields"]):
        yield [*_WEB, "fields", *place], message
    if web.get("capabilities", {}).get("verify", "none") != "none" and not api:
        yield [*_WEB, "capabilities", "verify"], "there is no API whose look-up could tell"
    for index, words in enumerate(web.get("dismiss", ())):
        if any(one in words.casefold().split() for one in _AGREES):
            yield [*_WEB, "dismiss", index], f"{words}: nobody has agreed to anything"
    if "when" in web:
        yield from field_lints.condition([*_WEB, "when"], web["when"])
    yield from _steps(web["steps"], {one["to"] for one in web["fields"]})
    yield from _uploads(web["steps"])
    yield from _pages(web["pages"])


def _steps(steps: Sequence[Mapping[str, Any]], targets: set[str]) -> Iterator[Finding]:
    names: set[str] = set()
    used: set[str] = set()
    for index, step in enumerate(steps):
        place = [*_WEB, "steps", index]
        if step["name"] in names:
            yield [*place, "name"], f"a second step {step['name']}"
        names.add(step["name"])
        if "when" in step:
            yield from field_lints.condition([*place, "when"], step["when"])
        for number, fill in enumerate(step.get("fill", ())):
            used.add(fill.get("value", ""))
            yield from _fill([*place, "fill", number], fill, targets)
    for one in sorted(targets - used):
        yield [*_WEB, "fields"], f"{one} is filled in nowhere"


def _uploads(steps: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    fills = [fill for step in steps for fill in step.get("fill", ())]
    uploads = sum("upload" in fill for fill in fills)
    if uploads > 1:
        yield [*_WEB, "steps"], "one proof of purchase is handed in, and no second one"
    if not uploads and any("proof" in fill for fill in fills):
        yield [*_WEB, "steps"], "nothing says which proof of purchase the form takes: `upload`"


def _fill(place: list[str | int], fill: Mapping[str, Any], targets: set[str]) -> Iterator[Finding]:
    if "value" in fill and fill["value"] not in targets:
        yield [*place, "value"], f"no field goes to {fill['value']}"
    if "consent" in fill and not universal.canonical(fill["consent"]):
        yield [*place, "consent"], f"no canonical path: {fill['consent']}"
    if "upload" in fill and "as" in fill:
        yield [*place, "as"], "an upload is a field for files"
    if ("group" in fill) is not (fill.get("as") == "radio"):
        yield place, "a set of choices, and nothing else, has a group"
    if fill.get("as") != "radio" and "label" not in fill and not _readable(fill.get("or", ())):
        yield place, "what a person reads of it is needed: a label, or a role with its name"
    if "when" in fill:
        yield from field_lints.condition([*place, "when"], fill["when"])


def _readable(marks: Sequence[Mapping[str, str]]) -> bool:
    return any("label" in one or "role" in one for one in marks)


def _pages(pages: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    place = [*_WEB, "pages"]
    if not any(one["code"] == "ok.registered" for one in pages):
        yield place, "none of them says that it is registered"
    names: set[str] = set()
    for index, page in enumerate(pages):
        if page["name"] in names:
            yield [*place, index, "name"], f"a second page {page['name']}"
        names.add(page["name"])
        if page["code"] in {"ok.accepted_pending", "handed_over", "auth.session_expired"}:
            yield [*place, index, "code"], f"{page['code']} is nothing that a page says"
        if "canonical" in page and not universal.canonical(page["canonical"]):
            yield [*place, index, "canonical"], f"no canonical path: {page['canonical']}"
