"""11 to 13: what nobody has foreseen is never a success, and never a reason to send again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from registrar.connectors.kit.conditions import Condition
from registrar.connectors.kit.manifest import Answer
from registrar.domain.outcome import Code, Effect, Outcome, Verdict
from registrar.testing.conformance.stage import Asked, Stage, stage
from registrar.testing.conformance.subject import Check, Subject, need
from registrar.testing.conformance.wire import Answer as Said
from registrar.testing.conformance.wire import cut, hang, page, saying

STATUSES = (
    200, 201, 202, 203, 204, 206, 300, 304, 400, 402, 404, 405, 406, 408, 409, 410, 413, 418, 421,
    422, 423, 425, 428, 431, 451, 499, 500, 501, 502, 503, 504, 507, 520, 599,
)  # fmt: skip
UNKNOWN = "conformance_unknown_word"
BODIES: tuple[Any, ...] = (None, {}, [], "ok", 1, True, {"status": UNKNOWN, "code": UNKNOWN})


async def unknown_answers_are_no_success(subject: Subject) -> None:
    """Whatever the status: without a rule the effect is unknown, and a look-up has no verdict."""
    api = subject.api()
    async with stage(subject) as here:
        for body in (*BODIES, *half_right(api.submit.answers)):
            for status in STATUSES:
                await _submits(here, subject, saying(body, status), f"{status} {body}")
        for body in (*BODIES, *half_right(api.verify.answers)):
            for status in STATUSES:
                await _looks_up(here, subject, saying(body, status), f"{status} {body}")


def half_right(answers: Sequence[Answer]) -> Iterator[dict[str, Any]]:
    """An expected answer with its reference, whose words are others: half a success is none."""
    for one in answers:
        body: dict[str, Any] = {}
        if one.reference:
            _put(body, one.reference, "R-1")
        for condition in one.when.conditions:
            _put(body, condition.path, _other(condition))
        yield body


def _other(condition: Condition) -> Any:  # noqa: ANN401 - JSON
    """What the condition does not want."""
    if condition.empty is None:
        return UNKNOWN
    return [{"conformance": UNKNOWN}] if condition.empty else []


def _put(body: dict[str, Any], path: str, value: object) -> None:
    """Only names: what stands in a list is left out, and so is not right."""
    *before, last = path.split(".")
    holder: Any = body
    for name in before:
        holder = holder.setdefault(name, {}) if isinstance(holder, dict) else {}
    if isinstance(holder, dict):
        holder[last] = value


async def _submits(here: Stage, subject: Subject, said: Said, what: str) -> None:
    here.wire.answer = said
    outcome = await here.wrapped.submit(subject.scenarios.first.job())
    need(outcome.effect is not Effect.ACCEPTED, f"{what} is a success: {outcome.code}")
    if not outcome.rule:
        need(_unclear(outcome), f"{what} has no rule, and is {outcome.code} ({outcome.effect})")


def _unclear(outcome: Outcome) -> bool:
    codes = {Code.UNMAPPED, Code.OUTCOME_UNKNOWN}
    return outcome.code in codes and outcome.effect is Effect.UNKNOWN


async def _looks_up(here: Stage, subject: Subject, said: Said, what: str) -> None:
    here.wire.answer = said
    found = await here.wrapped.verify(subject.scenarios.first.job())
    wrong = found.verdict in {Verdict.FOUND, Verdict.ABSENT}
    need(not wrong, f"a look-up answered {what} says {found.verdict}")


async def pages_are_nobodys_word(subject: Subject) -> None:
    """A page with any status is neither a success nor a refusal, and no absence."""
    async with stage(subject) as here:
        for status in (200, 201, 202, 401, 403, 404, 409, 429, 502, 503):
            here.wire.answer = page(status)
            outcome = await here.wrapped.submit(subject.scenarios.first.job())
            unclear = outcome.effect is Effect.UNKNOWN
            need(unclear, f"a page with {status} is {outcome.code} ({outcome.effect})")
            await _looks_up(here, subject, page(status), f"by a page with {status}")


async def time_outs_say_their_phase(subject: Subject) -> None:
    """Before anything was sent it may be sent again; after it nobody knows."""
    job = subject.scenarios.first.job()
    async with stage(subject, Asked(nobody=True)) as here:
        before = await here.wrapped.submit(job)
    need(before.effect is Effect.NOT_SENT, f"nobody listens, and the effect is {before.effect}")
    need(before.code is Code.UNAVAILABLE_CONNECT, f"nobody listens: {before.code}")
    for name, behaviour in {"hangs": hang, "hangs up": cut}.items():
        async with stage(subject, Asked(quick=True)) as here:
            here.wire.answer = behaviour
            after = await here.wrapped.submit(job)
        unknown = after.effect is Effect.UNKNOWN and after.code is Code.OUTCOME_UNKNOWN
        need(unknown, f"a server that {name} after the request: {after.code} ({after.effect})")


CHECKS = (
    Check(11, "an unknown answer is never a success", unknown_answers_are_no_success),
    Check(12, "an error page is nobody's word", pages_are_nobodys_word),
    Check(13, "time-outs before and after sending differ", time_outs_say_their_phase),
)
