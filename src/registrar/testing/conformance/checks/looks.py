"""What the checks ask of an API that only looks up: it may tell something, and never stops anyone.

A person registers the product whatever becomes of a look-up, so that one that fails, lies or hangs
must end in the hand-over, and only the manufacturer's own clear word in anything else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from registrar.connectors.kit import classify
from registrar.connectors.kit.mapping import Unmappable
from registrar.domain.outcome import Code, Effect, Verdict
from registrar.ports.connector import Job
from registrar.testing.conformance.checks.surprises import BODIES, STATUSES, half_right
from registrar.testing.conformance.looking import Looking, declared, looking
from registrar.testing.conformance.scenarios import Look
from registrar.testing.conformance.stage import Asked
from registrar.testing.conformance.subject import NotApplicable, Subject, Violated, need
from registrar.testing.conformance.wire import cut, hang, page, saying

WAIT = 7
"""Seconds that the manufacturer asks for."""
SILENT = {"precheck": Code.HANDED_OVER.value, "verify": Verdict.CANNOT_TELL.value}
"""What follows where nothing was told."""


async def any_valid_record_can_be_looked_up(subject: Subject) -> None:
    """Nothing that is needed for it is missing."""
    from registrar.testing.conformance import records  # noqa: PLC0415 - hypothesis is an extra

    async with looking(subject) as here:

        def planned(job: Job) -> None:
            for name, operation in here.steps.items():
                try:
                    here.lookups.exchange.prepare(operation, job)
                except Unmappable as error:
                    raise Violated(f"{name} of a valid record: {error}") from error

        for one in subject.scenarios.valid:
            planned(one.job())
        records.tried(subject.scenarios, subject.manifest.manufacturer, planned)


async def what_is_registered_is_told(subject: Subject) -> None:
    """Before a person is asked: a success with a mark."""
    declared(subject)
    rows = [one for one in subject.scenarios.looks if one.means == "already_registered"]
    if not rows:
        raise NotApplicable("its look-up never tells that a product is registered")
    for row in rows:
        await _reached(subject, row)


async def each_answer_is_reached(subject: Subject) -> None:
    """Each expected answer and each rule has a scenario that leads to it, and to what follows."""
    lookup = declared(subject)
    reached = {place for row in subject.scenarios.looks for place in await _reached(subject, row)}
    wanted = {("rule", one.name) for one in lookup.errors}
    for name, operation in (("precheck", lookup.precheck), ("verify", lookup.verify)):
        places = range(len(operation.answers)) if operation else ()
        wanted |= {(name, str(place)) for place in places}
    missing = sorted(" ".join(one) for one in wanted - reached)
    need(not missing, f"no scenario for {', '.join(missing)}")


async def _reached(subject: Subject, row: Look) -> set[tuple[str, str]]:
    """The places in the manifest that the row has led to."""
    job = subject.scenarios.varied(row.record).job()
    found = set[tuple[str, str]]()
    async with looking(subject, Asked(secrets=row.secrets)) as here:
        here.told(row.fault, row.devices)
        if row.answer:
            said = row.answer
            here.wire.answer = saying(said.get("body"), said["status"], said.get("headers"))
        for step, wanted in row.says.items():
            need(step in here.steps, f"{row.name}: there is no {step}")
            found.add(await _place(here, step, job, row))
            await _follows(here, step, job, row, wanted)
        need(here.effects() == 0, f"{row.name}: a look-up has an effect")
    return found


async def _place(here: Looking, step: str, job: Job, row: Look) -> tuple[str, str]:
    """Which of the manifest's answers or rules holds; as the row says."""
    operation = here.steps[step]
    reply, answer = await here.lookups.asked(operation, job)
    if answer is not None:
        need(answer.means == row.means, f"{row.name}: {step} is answered {answer.means}")
        return step, str(operation.answers.index(answer))
    rule = classify.rule(here.lookups.lookup.errors, reply)
    name = rule.name if rule else ""
    need(not row.means, f"{row.name}: {step} has no answer, but rule {name or 'none'}")
    need(name == row.rule, f"{row.name}: rule {name or 'none'} comes first")
    return "rule", name


async def _follows(here: Looking, step: str, job: Job, row: Look, wanted: str) -> None:
    said, field, waits = await said_to(here, step, job)
    need(said == wanted, f"{row.name}: {step} says {said} and not {wanted}")
    if step == "precheck":
        need(field == row.field, f"{row.name}: names {field or 'no field'}")
    elif row.waits:
        need(waits == timedelta(seconds=row.waits), f"{row.name}: waits {waits}")


async def said_to(here: Looking, step: str, job: Job) -> tuple[str, str, timedelta | None]:
    """In the words of a row, the field, the wait; what is no success must have no effect."""
    if step == "verify":
        found = await here.manual.verify(job)
        return found.verdict.value, "", found.retry_after
    outcome = await here.manual.submit(job)
    same = outcome.code is Code.DUPLICATE_SAME_OWNER
    effect = Effect.ACCEPTED if same else Effect.NOT_SENT
    need(outcome.effect is effect, f"{outcome.code} with the effect {outcome.effect}")
    return outcome.code.value, outcome.field, outcome.retry_after


async def _silent(here: Looking, subject: Subject, what: str) -> None:
    """A person goes on, and nobody can tell."""
    for step in here.steps:
        said, _, _ = await said_to(here, step, subject.scenarios.first.job())
        need(said == SILENT[step], f"{step}, {what}: {said}")


async def unknown_answers_tell_nothing(subject: Subject) -> None:
    """Whatever the status."""
    async with looking(subject) as here:
        answers = [one for step in here.steps.values() for one in step.answers]
        for body in (*BODIES, *half_right(answers)):
            for status in STATUSES:
                here.wire.answer = saying(body, status)
                await _silent(here, subject, f"answered {status} {body}")


async def pages_tell_nothing(subject: Subject) -> None:
    """Not even that there is no such product."""
    async with looking(subject) as here:
        for status in (200, 201, 202, 401, 403, 404, 409, 429, 502, 503):
            here.wire.answer = page(status)
            await _silent(here, subject, f"answered by a page with {status}")


async def silence_tells_nothing(subject: Subject) -> None:
    """Nobody listens, it hangs up, or it never answers."""
    async with looking(subject, Asked(nobody=True)) as here:
        await _silent(here, subject, "nobody listens")
    for name, behaviour in {"hangs": hang, "hangs up": cut}.items():
        async with looking(subject, Asked(quick=True)) as here:
            here.wire.answer = behaviour
            await _silent(here, subject, f"the server {name}")


async def retry_after_is_kept(subject: Subject) -> None:
    """As seconds and as a date; it goes before what the rule says."""
    if declared(subject).verify is None:
        raise NotApplicable("its look-up is asked once, and a person goes on")
    row = _row(subject, Code.RATE_LIMITED, Code.QUOTA_EXHAUSTED)
    status, body = _refusal(row, 429)
    date = datetime.now(UTC) + timedelta(seconds=WAIT)
    async with looking(subject) as here:
        for value in (str(WAIT), format_datetime(date, usegmt=True)):
            here.wire.answer = saying(body, status, {"Retry-After": value})
            _, _, waits = await said_to(here, "verify", subject.scenarios.first.job())
            right = waits is not None and WAIT - 3 <= waits.total_seconds() <= WAIT
            need(right, f"a look-up, Retry-After: {value} is read as {waits}")


def _row(subject: Subject, *codes: Code) -> Look:
    rules = {one.name for one in declared(subject).errors if one.code in codes}
    found = next((one for one in subject.scenarios.looks if one.rule in rules), None)
    if found is None:
        raise NotApplicable(f"its look-up declares no {' or '.join(codes)}")
    return found


def _refusal(row: Look, status: int) -> tuple[int, Any]:
    """As the row's answer or fault says it."""
    given = row.answer or row.fault
    return given.get("status", status), given.get("body", {"code": "refused"})


async def expired_token_is_renewed(subject: Subject) -> None:
    """It is refused once, and the answer to the second request counts."""
    declared(subject)
    status, body = _refusal(_row(subject, Code.SESSION_EXPIRED), 401)
    async with looking(subject) as here:
        for name, operation in here.steps.items():
            here.wire.once = [saying(body, status)]
            before = len(here.wire.tokens)
            _, answer = await here.lookups.asked(operation, subject.scenarios.first.job())
            need(answer is not None, f"{name} after an expired token tells nothing")
            need(len(here.wire.tokens) > before, f"{name}: no other token was asked for")


Run = Callable[[Subject], Awaitable[None]]
LOOKS: Mapping[int, Run] = {
    5: any_valid_record_can_be_looked_up,
    9: what_is_registered_is_told,
    10: each_answer_is_reached,
    11: unknown_answers_tell_nothing,
    12: pages_tell_nothing,
    13: silence_tells_nothing,
    15: retry_after_is_kept,
    17: expired_token_is_renewed,
}
"""By the number of the check that they are a part of."""
