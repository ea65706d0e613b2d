"""An answer to an outcome, by the manifest's ordered rules. Nothing unknown is ever a success."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeGuard

from msgspec import structs

from registrar.connectors.kit import mapping
from registrar.connectors.kit.conditions import Condition
from registrar.connectors.kit.http import Reply
from registrar.connectors.kit.manifest import Answer, ApiTier, Lookup, Rule, When
from registrar.domain.outcome import Code, Effect, Outcome, Verdict, Verification
from registrar.domain.policy import NEXT, Next

_MOST = 200
_GOOD = range(200, 300)
_WRONG = frozenset(range(400, 500)) - {401, 403, 407, 408, 425, 429}
"""Statuses that may be about what was asked for, and not about who asks, or how often."""
_TROUBLE = 500
_OF_REQUEST = frozenset({Next.CHALLENGE, Next.DEFER, Next.HOLD, Next.RETRY, Next.VERIFY})
"""What is said of a request: its token, its rate, trouble. All else is said of a registration."""
_WORD = re.compile(r"[A-Za-z0-9_.\-]{1,64}")


def holds(when: When, reply: Reply) -> bool:
    """Every condition."""
    if when.status and reply.status not in when.status:
        return False
    return all(_true(one, reply) for one in when.conditions)


def _true(condition: Condition, reply: Reply) -> bool:
    return any(_fits(condition, value) for value in _values(reply.body, condition.path))


def _fits(condition: Condition, value: object) -> bool:
    if not condition.allows(value):
        return False
    if condition.empty is None:
        return True
    return isinstance(value, list | str) and (not value) is condition.empty


def _values(body: object, path: str) -> list[object]:
    """All that `[*]` stands for, so that of many devices one is enough; else the one value."""
    before, many, rest = path.partition("[*]")
    if not many:
        return [mapping.at(body, path)]
    items = mapping.at(body, before) if before else body
    return [mapping.at(one, rest.removeprefix(".")) for one in items] if _listed(items) else []


def _listed(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def expected(answers: Sequence[Answer], reply: Reply) -> Answer | None:
    """The first that holds, and has its reference where it needs one."""
    for one in () if reply.shared else answers:
        if holds(one.when, reply) and (not one.reference or text(reply, one.reference)):
            return one
    return None


def rule(rules: Sequence[Rule], reply: Reply) -> Rule | None:
    """The first that holds. A page is nobody's word: a proxy's 403 is not the manufacturer's."""
    if reply.page:
        return None
    found = next((one for one in rules if holds(one.when, reply)), None)
    return None if found and _of_nobody(found, reply) else found


def _of_nobody(found: Rule, reply: Reply) -> bool:
    """Said of a registration, and yet without a word of its item: it may be another one's."""
    if NEXT[found.code] in _OF_REQUEST:
        return False
    if reply.around is None:
        return reply.shared
    return holds(found.when, replace(reply, body=reply.around))


def of_one(section: ApiTier | Lookup, reply: Reply, *, reads: bool) -> bool:
    """Whether the answer to several, which has no items, is that to a single one among them.

    Then nothing of any was carried out, and each can be sent alone: by its rule, or as all of
    them only `reads`.
    """
    found = rule(section.errors, reply)
    if found is not None:
        certain = reads or found.effect is Effect.REFUSED
        return certain and NEXT[found.code] not in _OF_REQUEST
    return reads and reply.status in _WRONG and not reply.page


def expired(section: ApiTier | Lookup, reply: Reply) -> bool:
    """Refused for its token alone: the only answer after which a request is repeated at once."""
    found = rule(section.errors, reply)
    return (
        found is not None and found.code is Code.SESSION_EXPIRED and found.effect is Effect.REFUSED
    )


def pause(section: ApiTier | Lookup, reply: Reply) -> timedelta | None:
    """As the answer says, else as its rule does: not everybody who throttles says for how long."""
    found = rule(section.errors, reply)
    return reply.retry_after or (found.retry_after if found else None)


def submitted(tier: ApiTier, reply: Reply) -> Outcome:
    """Of a submission that was answered."""
    answer = expected(tier.submit.answers, reply)
    if answer is not None and answer.means in {"registered", "accepted"}:
        code = Code.REGISTERED if answer.means == "registered" else Code.ACCEPTED_PENDING
        return Outcome(
            code,
            Effect.ACCEPTED,
            reference=text(reply, answer.reference),
            raw_code=str(reply.status),
            rule=answer.means,
        )
    return failed(tier, reply)


def failed(tier: ApiTier, reply: Reply) -> Outcome:
    """By the error rules; what has no rule may have been carried out."""
    found = rule(tier.errors, reply)
    return _unruled(reply) if found is None else ruled(tier, found, reply)


def ruled(tier: ApiTier, found: Rule, reply: Reply) -> Outcome:
    """By this rule, which holds."""
    reference = text(reply, found.reference)
    if found.effect is Effect.ACCEPTED and not reference:
        return _unclear("Accepted, without a reference.", reply, found.name)
    return Outcome(
        code=found.code,
        effect=found.effect,
        user_message=found.guidance,
        field=mapping.canonical_path(tier.fields, text(reply, found.field)) or found.canonical,
        raw_code=_raw(reply),
        rule=found.name,
        reference=reference,
        retry_after=reply.retry_after or found.retry_after,
    )


def _unruled(reply: Reply) -> Outcome:
    """A server in trouble, or half a success, is no news; anything else has no rule yet."""
    if reply.page or reply.status in _GOOD or reply.status >= _TROUBLE:
        return _unclear("No clear answer.", reply)
    return _unclear("No rule for this answer.", reply, code=Code.UNMAPPED)


def _unclear(
    message: str, reply: Reply, name: str = "", code: Code = Code.OUTCOME_UNKNOWN
) -> Outcome:
    """It may have been carried out: the look-up tells."""
    return Outcome(
        code,
        Effect.UNKNOWN,
        message=message,
        raw_code=_raw(reply),
        rule=name,
        retry_after=reply.retry_after,
    )


def verified(tier: ApiTier, reply: Reply) -> Verification:
    """Of a look-up that was answered; what has no rule is no verdict."""
    answer = expected(tier.verify.answers, reply)
    retry_after = pause(tier, reply)
    match answer.means if answer else "":
        case "found" if answer:
            return Verification(Verdict.FOUND, text(reply, answer.reference))
        case "absent":
            return Verification(Verdict.ABSENT)
        case "pending":
            return Verification(Verdict.PENDING, retry_after=retry_after)
        case "refused":
            return refused(failed(tier, reply))
        case _:
            said = structs.replace(failed(tier, reply), message=f"No verdict: {_raw(reply)}")
            return untold(structs.replace(said, retry_after=retry_after))


def untold(outcome: Outcome) -> Verification:
    """No verdict, and what it came of: that still tells how the manufacturer is."""
    return Verification(
        Verdict.CANNOT_TELL,
        message=outcome.message,
        outcome=outcome,
        retry_after=outcome.retry_after,
    )


def refused(outcome: Outcome) -> Verification:
    """An asynchronous manufacturer has finished: whose it is, or that it refuses."""
    if outcome.code is Code.DUPLICATE_SAME_OWNER:
        return Verification(Verdict.FOUND, outcome.reference)
    if outcome.effect is not Effect.REFUSED:
        return untold(outcome)
    return Verification(Verdict.REFUSED, outcome=outcome)


def text(reply: Reply, path: str) -> str:
    """A short text or whole number; anything else is none, and half a reference is wrong."""
    values = _values(reply.body, path) if path else []
    return next(filter(None, map(_short, values)), "")


def _short(value: object) -> str:
    made = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return made if len(made) <= _MOST and made.isprintable() else ""


def _raw(reply: Reply) -> str:
    """The manufacturer's own code where it has one: a word, never its text."""
    code = text(reply, "code")
    return f"{reply.status} {code}" if _WORD.fullmatch(code) else str(reply.status)
