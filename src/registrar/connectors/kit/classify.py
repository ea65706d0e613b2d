"""An answer to an outcome, by the manifest's ordered rules. Nothing unknown is ever a success."""

from __future__ import annotations

from collections.abc import Sequence

from registrar.connectors.kit import mapping
from registrar.connectors.kit.http import Reply
from registrar.connectors.kit.manifest import Answer, ApiTier, Rule, When
from registrar.domain.outcome import Code, Effect, Outcome, Verdict, Verification

_MOST = 64


def holds(when: When, reply: Reply) -> bool:
    """Every condition."""
    if when.status and reply.status not in when.status:
        return False
    value = mapping.at(reply.body, when.path) if when.path else None
    if when.values and value not in when.values:
        return False
    if when.empty is None:
        return True
    return isinstance(value, list | str) and (not value) is when.empty


def expected(answers: Sequence[Answer], reply: Reply) -> Answer | None:
    """The first that holds, and has its reference where it needs one."""
    for one in answers:
        if holds(one.when, reply) and (not one.reference or _text(reply, one.reference)):
            return one
    return None


def rule(rules: Sequence[Rule], reply: Reply) -> Rule | None:
    """The first that holds."""
    return next((one for one in rules if holds(one.when, reply)), None)


def submitted(tier: ApiTier, reply: Reply) -> Outcome:
    """Of a submission that was answered."""
    answer = expected(tier.submit.answers, reply)
    if answer is not None and answer.means in {"registered", "accepted"}:
        code = Code.REGISTERED if answer.means == "registered" else Code.ACCEPTED_PENDING
        return Outcome(
            code,
            Effect.ACCEPTED,
            reference=_text(reply, answer.reference),
            raw_code=str(reply.status),
            rule=answer.means,
        )
    return failed(tier, reply)


def failed(tier: ApiTier, reply: Reply) -> Outcome:
    """By the error rules; what has no rule may have been carried out."""
    found = rule(tier.errors, reply)
    if found is None:
        return Outcome(
            Code.UNMAPPED,
            Effect.UNKNOWN,
            message="No rule for this answer.",
            raw_code=_raw(reply),
            retry_after=reply.retry_after,
        )
    return Outcome(
        code=found.code,
        effect=found.effect,
        user_message=found.guidance,
        field=mapping.canonical_path(tier.fields, _text(reply, found.field)),
        raw_code=_raw(reply),
        rule=found.name,
        reference=_text(reply, found.reference),
        retry_after=reply.retry_after,
    )


def verified(tier: ApiTier, reply: Reply) -> Verification:
    """Of a look-up that was answered; what has no rule is no verdict."""
    answer = expected(tier.verify.answers, reply)
    retry_after = reply.retry_after
    match answer.means if answer else "":
        case "found" if answer:
            return Verification(Verdict.FOUND, _text(reply, answer.reference))
        case "absent":
            return Verification(Verdict.ABSENT)
        case "pending":
            return Verification(Verdict.PENDING, retry_after=retry_after)
        case "refused":
            return _refused(failed(tier, reply))
        case _:
            message = f"No verdict: {_raw(reply)}"
            return Verification(Verdict.CANNOT_TELL, message=message, retry_after=retry_after)


def _refused(outcome: Outcome) -> Verification:
    """An asynchronous manufacturer has finished: whose it is, or that it refuses."""
    if outcome.code is Code.DUPLICATE_SAME_OWNER:
        return Verification(Verdict.FOUND, outcome.reference)
    if outcome.effect is not Effect.REFUSED:
        return Verification(Verdict.CANNOT_TELL, message=outcome.message)
    return Verification(Verdict.REFUSED, outcome=outcome)


def _text(reply: Reply, path: str) -> str:
    value = mapping.at(reply.body, path) if path else None
    return str(value)[:_MOST] if isinstance(value, str | int) else ""


def _raw(reply: Reply) -> str:
    """The manufacturer's own code where it has one: a word, never its text."""
    code = mapping.at(reply.body, "code")
    return (
        f"{reply.status} {str(code)[:_MOST]}" if isinstance(code, str | int) else str(reply.status)
    )
