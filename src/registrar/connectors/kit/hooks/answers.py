"""What a hook has returned, checked: plain data to an outcome, a verification, a body.

A hook says what an answer means; it cannot say what the answer does not show: nothing that is no
JSON, and no reply that is an error, is a success, and what was sent was sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from registrar.connectors.kit.hooks.declared import FILE
from registrar.connectors.kit.hooks.talk import HookFault
from registrar.connectors.kit.http import MAX_RETRY_AFTER, Reply
from registrar.connectors.kit.mapping import Unmappable
from registrar.connectors.kit.universal import canonical
from registrar.domain.outcome import Code, Effect, Outcome, Verdict, Verification

_MOST = 200
_GOOD = range(200, 300)
_WORD = re.compile(r"[A-Za-z0-9_.\- ]{0,80}")
_DONE = frozenset({Code.REGISTERED, Code.ACCEPTED_PENDING})
_OURS = frozenset({Code.SESSION_EXPIRED, Code.CONFIG_MISSING, Code.INTERNAL})
"""Only the gateway knows."""
_OUTCOME = frozenset({"code", "effect", "reference", "field", "guidance", "raw", "retry_after"})
_VERIFICATION = frozenset({"verdict", "reference", "retry_after"})


def evidence(reply: Reply) -> dict[str, Any]:
    """An answer as a hook sees it; `retry_after` in seconds."""
    after = reply.retry_after
    return {
        "status": reply.status,
        "body": reply.body,
        "page": reply.page,
        "retry_after": after.total_seconds() if after is not None else None,
    }


def told(outcome: Outcome) -> dict[str, Any]:
    """An outcome as a hook sees it, and gives it back."""
    after = outcome.retry_after
    return {
        "code": outcome.code.value,
        "effect": outcome.effect.value,
        "reference": outcome.reference,
        "field": outcome.field,
        "guidance": outcome.user_message,
        "raw": outcome.raw_code,
        "retry_after": after.total_seconds() if after is not None else None,
    }


def body(said: object) -> Any:  # noqa: ANN401 - JSON
    """Of `{"body": …}`; Unmappable of `{"invalid": {"field": …, "reason": …}}`."""
    given = _object(said, {"body", "invalid"})
    if given.keys() == {"body"}:
        return given["body"]
    if given.keys() != {"invalid"}:
        raise HookFault("prepare gives either body or invalid")
    invalid = _object(given["invalid"], {"field", "reason"})
    raise Unmappable(_field(invalid), _text(invalid, "reason"))


def outcome(said: object, last: Reply | None, *, sent: bool = True) -> Outcome:
    """`last`: the reply that it speaks of, None where nothing came back. Raises HookFault."""
    given = _object(said, _OUTCOME)
    try:
        code, effect = Code(_text(given, "code")), Effect(_text(given, "effect"))
    except ValueError as error:
        raise HookFault("no such code or effect") from error
    made = Outcome(
        code,
        effect,
        user_message=_text(given, "guidance"),
        field=_field(given),
        raw_code=_word(given, "raw"),
        rule=FILE,
        reference=_text(given, "reference"),
        retry_after=_seconds(given),
    )
    wrong = _incredible(made, last, sent=sent)
    if wrong:
        raise HookFault(wrong)
    return made


def _incredible(made: Outcome, last: Reply | None, *, sent: bool) -> str:
    """Why the reply cannot mean this; empty where it can."""
    if made.code in _OURS:
        return f"{made.code} is not for a hook to say"
    if made.effect is Effect.NOT_SENT:
        return "it was sent" if sent or made.code in _DONE else ""
    if made.effect is Effect.UNKNOWN:
        return "a success of unknown effect" if made.code in _DONE else ""
    if last is None or last.page:
        return "nobody's word is no acceptance and no refusal"
    return _unaccepted(made, last)


def _unaccepted(made: Outcome, last: Reply) -> str:
    accepted = made.effect is Effect.ACCEPTED
    if accepted is not (made.code in _DONE or made.code is Code.DUPLICATE_SAME_OWNER):
        return f"{made.code} with effect {made.effect}"
    if accepted and not made.reference:
        return "accepted, without a reference"
    if made.code in _DONE and last.status not in _GOOD:
        return f"a success with status {last.status}"
    return ""


def verification(said: object, last: Reply | None) -> Verification:
    """Raises HookFault. A verdict needs an answer in JSON; REFUSED is the manifest's to give."""
    given = _object(said, _VERIFICATION)
    try:
        verdict = Verdict(_text(given, "verdict"))
    except ValueError as error:
        raise HookFault("no such verdict") from error
    reference = _text(given, "reference")
    if verdict is Verdict.REFUSED or (verdict is Verdict.FOUND and not reference):
        raise HookFault(f"{verdict} without what it needs")
    if verdict is not Verdict.CANNOT_TELL and (last is None or last.page):
        raise HookFault("a verdict without an answer")
    return Verification(verdict, reference, retry_after=_seconds(given))


def health(said: object) -> bool:
    """Of `{"well": true}`. Raises HookFault."""
    well = _object(said, {"well"}).get("well")
    if not isinstance(well, bool):
        raise HookFault("health says well: true or false")
    return well


def _object(said: object, known: set[str] | frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(said, dict):
        raise HookFault("it returned no object")
    if said.keys() - known:
        raise HookFault(f"it may only return {', '.join(sorted(known))}")
    return said


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name) or ""
    if not isinstance(value, str) or len(value) > _MOST or not value.isprintable():
        raise HookFault(f"{name} is no short text")
    return value


def _word(given: Mapping[str, Any], name: str) -> str:
    value = _text(given, name)
    if not _WORD.fullmatch(value):
        raise HookFault(f"{name} is no code")
    return value


def _field(given: Mapping[str, Any]) -> str:
    value = _text(given, "field")
    if value and not canonical(value):
        raise HookFault("field is no canonical path")
    return value


def _seconds(given: Mapping[str, Any]) -> timedelta | None:
    value = given.get("retry_after")
    if value is None:
        return None
    most = MAX_RETRY_AFTER.total_seconds()
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise HookFault("retry_after is no number of seconds")
    return timedelta(seconds=value)
