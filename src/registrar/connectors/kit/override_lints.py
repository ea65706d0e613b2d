"""Whether an override may be: the schema of a manifest's error rules, and what is kept from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jsonschema.exceptions import ValidationError, best_match

from registrar.connectors.kit import answer_lints, reading
from registrar.connectors.kit.manifest.operations import rule
from registrar.connectors.kit.universal import canonical
from registrar.domain.errors import Violation
from registrar.domain.outcome import Code, Effect

LONGEST = 8_192
"""Bytes of a rule as JSON: every answer of its manufacturer is compared with it."""

_NAME = "override"
_RISK = "A registration that was carried out may be sent again: acknowledge it."
_SUCCESS = frozenset({Code.REGISTERED, Code.ACCEPTED_PENDING, Code.HANDED_OVER})
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_CONTRACT = {"in": "values"}
"""Fields of the contract that have another name than in a manifest."""


def violations(given: Mapping[str, Any], *, acknowledged: bool) -> list[Violation]:
    """Of a rule as in a manifest, without its name; all of one kind at once."""
    named = {**given, "name": _NAME}
    try:
        size = len(json.dumps(named, allow_nan=False).encode())
    except ValueError:
        return [Violation("rule", "finite", "A number of JSON is finite.")]
    if size > LONGEST:
        return [Violation("rule", "length", f"At most {LONGEST} bytes as JSON.")]
    of_schema = [_told(one) for one in reading.rule_errors(named)]
    return of_schema or [*_of_code(given, acknowledged=acknowledged)] or [*_of_parts(named)]


def _told(error: ValidationError) -> Violation:
    """Of alternatives, the one that came nearest."""
    nearest = best_match([error])
    assert nearest is not None  # noqa: S101 - of one error it is one
    keyword = _CAMEL.sub("_", str(nearest.validator)).lower()
    place = [*nearest.absolute_path, *_lacking(nearest)]
    return Violation(_path(place), keyword, nearest.message[:200])


def _lacking(error: ValidationError) -> list[str]:
    """The schema complains of the whole where a part of it is missing."""
    if error.validator != "required":
        return []
    wanted: Any = error.validator_value
    given: Any = error.instance
    return [next(one for one in wanted if one not in given)]


def _path(place: Sequence[str | int]) -> str:
    parts = [f"[{one}]" if isinstance(one, int) else f".{_CONTRACT.get(one, one)}" for one in place]
    return "rule" + "".join(parts)


def _of_code(given: Mapping[str, Any], *, acknowledged: bool) -> Iterator[Violation]:
    effect = Effect(given["effect"])
    try:
        code = Code(given["code"])
    except ValueError:
        yield Violation("rule.code", "unknown_value", "It is not in the outcome taxonomy.")
        return
    if code in _SUCCESS:
        yield Violation("rule.code", "never_success", "An override is never a success.")
    if code is Code.SESSION_EXPIRED:
        problem = "Its request would be repeated at once: only a manifest may say so."
        yield Violation("rule.code", "manifest_only", problem)
    if code is Code.DUPLICATE_SAME_OWNER and effect is not Effect.ACCEPTED:
        yield Violation("rule.effect", "accepted", "It was carried out: its effect is accepted.")
    if effect is Effect.REFUSED and not acknowledged:
        yield Violation("acknowledge_duplicate_risk", "required", _RISK)


def _of_parts(named: dict[str, Any]) -> Iterator[Violation]:
    for place, message in answer_lints.readable([], named):
        yield Violation(_path(place), "path", message)
    if named["effect"] == Effect.ACCEPTED.value:
        for place, path in answer_lints.paths(named):
            if answer_lints.ANY in path:
                yield Violation(_path(place), "device", "Another device's answer is no proof.")
    if "canonical" in named and not canonical(named["canonical"]):
        yield Violation("rule.canonical", "unknown_value", "The record has no such path.")
    if not str(named.get("guidance", "")).isprintable():
        yield Violation("rule.guidance", "printable", "Only printable characters, in one line.")
    try:
        rule(named)
    except ValueError:
        problem = "A server's failure refuses only by what its body says."
        yield Violation("rule.when", "server_error", problem)
