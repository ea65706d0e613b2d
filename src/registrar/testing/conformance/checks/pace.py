"""15 to 17, 24: waiting as long as the manufacturer asks, and no longer than the deadline."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count
from typing import Any

from registrar.admission.memory import MemoryAdmission
from registrar.app.calling import send
from registrar.connectors.kit import pace
from registrar.connectors.kit.catalogue import SPARE_CONNECTIONS
from registrar.domain.outcome import Code, Effect, Outcome, Tier
from registrar.ports.admission import Gated
from registrar.ports.connector import Job
from registrar.ports.connector_states import ConnectorKey
from registrar.resilience.answers import Ask, Kind, Known, Report, Signal, Why
from registrar.testing.conformance.scenarios import Row
from registrar.testing.conformance.stage import SEND_SECONDS, Asked, Stage, stage
from registrar.testing.conformance.subject import Check, NotApplicable, Subject, need
from registrar.testing.conformance.wire import Answer, drip, saying

WAIT = 7
"""Seconds that the manufacturer asks for."""
SLACK = 1.0
"""Seconds beside the deadline: the machine may be busy."""
TRIES = 3
SLOW_SECONDS = 0.2
TURN_SECONDS = 0.02
DRIP_SECONDS = 0.1
"""Against a read time-out of `stage.READ_SECONDS`, as a byte a second is against the real ones."""


async def retry_after_is_read(subject: Subject) -> None:
    """As seconds and as a date."""
    row = _throttled(subject)
    # Another wait, so that neither is taken for the other.
    later = 2 * WAIT
    date = datetime.now(UTC) + timedelta(seconds=later)
    forms = {
        "seconds": (WAIT, str(WAIT)),
        "a date": (later, format_datetime(date, usegmt=True)),
    }
    async with stage(subject) as here:
        for name, (wait, value) in forms.items():
            here.wire.answer = _answer(row, {"Retry-After": value})
            outcome = await here.wrapped.submit(subject.scenarios.first.job())
            need(outcome.code == row.code, f"Retry-After as {name}: {outcome.code}")
            waits = outcome.retry_after.total_seconds() if outcome.retry_after else None
            # A date has whole seconds, and some time passes until it is read.
            right = waits is not None and wait - 3 <= waits <= wait
            need(right, f"Retry-After as {name}: {wait} s are read as {waits}")


def _throttled(subject: Subject) -> Row:
    subject.api()
    row = subject.scenarios.row(Code.RATE_LIMITED, Code.QUOTA_EXHAUSTED)
    if row is None:
        raise NotApplicable("the manifest declares no throttling")
    return row


def _answer(row: Row, headers: dict[str, str]) -> Answer:
    body = row.answer.get("body", {"code": "rate_limited"})
    return saying(body, row.answer.get("status", 429), {**row.answer.get("headers", {}), **headers})


async def rate_limit_is_kept(subject: Subject) -> None:
    """By the connector itself, and then by what a gate lets through, as the sandbox measures it."""
    subject.api()
    bound = subject.manifest.manufacturer.max_in_flight + SPARE_CONNECTIONS
    async with stage(subject) as here:
        here.told({"fault": "latency", "step": "submit", "seconds": SLOW_SECONDS})
        jobs = [subject.scenarios.first.job(number) for number in range(2 * bound)]
        await asyncio.gather(*(here.wrapped.submit(job) for job in jobs))
        measured = _measured(here, subject)["max_concurrent"]
        need(measured <= bound, f"{measured} requests at once instead of {bound}")
        here.sandbox.world.metrics.reset()
        await _gated(subject, here)


async def _gated(subject: Subject, here: Stage) -> None:
    """Twice as many as may go, all at once: the limits of the manifest hold."""
    at = time.time_ns() // 1_000_000
    of = replace(pace.settings(subject.manifest, Tier.API, here.wrapped, at), ramp=(1000,))
    gate, admission = Gated(ConnectorKey(subject.id, Tier.API), of), MemoryAdmission()
    admission.gates[gate.key].breaker.warm(at, Known())
    most = 2 * max(of.concurrency, *(one.requests for one in of.windows), 1)

    async def call(number: int) -> None:
        while True:
            (said,) = await admission.admit([(gate, Ask(Kind.FIRST, str(number)))])
            if said.why is not Why.CAPACITY:
                break
            await asyncio.sleep(TURN_SECONDS)
        if said.why is None:
            await here.wrapped.submit(subject.scenarios.first.job(number))
            await admission.report([(gate, Report(said.lease, Signal.SUCCESS, "worker"))])

    started = time.monotonic()
    await asyncio.gather(*(call(number) for number in range(most)))
    seconds = time.monotonic() - started
    found = _measured(here, subject)
    at_once = found["max_concurrent"]
    need(at_once <= of.concurrency, f"{at_once} requests at once instead of {of.concurrency}")
    for one in of.windows:
        # All of them lie within a window that is longer than they took.
        within = found["requests"] if seconds * 1000 < one.span else 0
        need(
            within <= one.requests, f"{within} requests in {one.span} ms instead of {one.requests}"
        )


def _measured(here: Stage, subject: Subject) -> dict[str, Any]:
    found: dict[str, Any] = here.sandbox.world.metrics.report()[subject.id]
    return found


async def expired_token_is_renewed(subject: Subject) -> None:
    """The manufacturer refuses the token in the middle of a run: a new one, and one act."""
    subject.api()
    row = next((one for one in subject.scenarios.rows if _of_a_token(subject, one)), None)
    if row is None:
        raise NotApplicable("the manifest declares no session that ends")
    async with stage(subject) as here:
        here.wire.once = [saying(row.answer.get("body"), row.answer["status"])]
        done = await here.finished(subject.scenarios.first.job())
        need(done.registered, f"after an expired token: {done.said}")
        need(here.effects() == 1, f"after an expired token: {here.effects()} acts")
        need(len(here.wire.tokens) > 1, "no other token was asked for")
        need(_other_token(here), "the refused token was sent again")


def _of_a_token(subject: Subject, row: Row) -> bool:
    expired = {
        one.name for one in subject.api().errors if one.code is Code.SESSION_EXPIRED
    }  # its outcome is another one: a fresh token that is refused too is no matter of time
    return row.rule in expired and bool(row.answer)


def _other_token(here: Stage) -> bool:
    first, second = here.wire.arrived[:2]
    return first.headers.get("Authorization") != second.headers.get("Authorization")


async def deadline_holds(subject: Subject) -> None:
    """A byte now and then satisfies each read, and never the deadline of the whole.

    Tried again where it was late: a busy machine is late by itself now and then, and who has
    no deadline is late each time.
    """
    subject.api()
    async with stage(subject, Asked(quick=True)) as here:
        here.wire.answer = drip(DRIP_SECONDS)
        tries = count(1)
        took, outcome = await _timed(here, subject.scenarios.first.job(next(tries)))
        while took > SEND_SECONDS + SLACK and (number := next(tries)) <= TRIES:
            took, outcome = await _timed(here, subject.scenarios.first.job(number))
    need(took <= SEND_SECONDS + SLACK, f"it took {took:.1f} s instead of {SEND_SECONDS}")
    unknown = outcome.code is Code.OUTCOME_UNKNOWN and outcome.effect is Effect.UNKNOWN
    need(unknown, f"a dripping server: {outcome.code} ({outcome.effect})")


async def _timed(here: Stage, job: Job) -> tuple[float, Outcome]:
    started = time.monotonic()
    outcome = await send(here.wrapped, job)
    return time.monotonic() - started, outcome


CHECKS = (
    Check(15, "Retry-After as seconds and as a date", retry_after_is_read),
    Check(16, "the rate limit is never exceeded", rate_limit_is_kept),
    Check(17, "an expired token is renewed mid-run", expired_token_is_renewed),
    Check(24, "the total deadline holds", deadline_holds),
)
