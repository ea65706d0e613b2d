"""An API that only looks up: what it tells before a person is asked, and after."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from registrar.connectors.kit import classify, mapping
from registrar.connectors.kit.auth import Refused
from registrar.connectors.kit.exchange import Exchange
from registrar.connectors.kit.http import NoAnswer, NotSent, Reply
from registrar.connectors.kit.manifest import Answer, Lookup, Operation
from registrar.connectors.kit.mapping import Unmappable
from registrar.connectors.kit.unanswered import unheard
from registrar.domain.outcome import Code, Effect, Outcome, Verdict, Verification
from registrar.domain.policy import NEXT, Next
from registrar.ports.connector import Job, Looked

PATIENCE = 15.0
"""Seconds for a look-up with all that it needs; then it tells nothing."""

UNKNOWN_PRODUCT = "The manufacturer does not know a product of this number."

_log = structlog.get_logger("registrar.connectors")


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer means; `cannot_tell` whatever went wrong."""

    means: str = "cannot_tell"
    reference: str = ""
    canonical: str = ""
    guidance: str = ""
    outcome: Outcome | None = None
    """Why it cannot tell, where it was asked."""

    @property
    def retry_after(self) -> timedelta | None:
        """When to ask again, where it has said so."""
        return self.outcome.retry_after if self.outcome else None

    @property
    def verification(self) -> Verification:
        """Whether it is registered by now."""
        if self.means == "already_registered":
            return Verification(Verdict.FOUND, self.reference)
        if self.means == "absent":
            return Verification(Verdict.ABSENT)
        return Verification(
            Verdict.CANNOT_TELL,
            message=self.means,
            outcome=self.outcome,
            retry_after=self.retry_after,
        )


@dataclass(frozen=True, slots=True)
class LookUps:
    """Of one manufacturer. Never raises for what it does."""

    lookup: Lookup
    exchange: Exchange

    @property
    def interval(self) -> timedelta | None:
        """How often to verify; None where it cannot tell."""
        return self.lookup.watch_interval if self.lookup.verify else None

    def prechecks(self, job: Job) -> bool:
        """Whether there is anything to ask before a person is."""
        return self.lookup.precheck is not None and self._asked_of(job)

    async def precheck(self, job: Job) -> Looked:
        """What is certain without a person, and what it tells of the manufacturer."""
        told = await self._told(self.lookup.precheck, job)
        certain = self._certain(told)
        return Looked(certain or told.verification, certain)

    @staticmethod
    def _certain(told: Told) -> Outcome | None:
        """None where a person has to go on."""
        if told.means == "already_registered":
            return Outcome(
                Code.DUPLICATE_SAME_OWNER,
                Effect.ACCEPTED,
                rule="precheck",
                reference=told.reference,
            )
        if told.means == "unknown_product":
            return Outcome(
                Code.INVALID_FIELD,
                Effect.NOT_SENT,
                user_message=told.guidance or UNKNOWN_PRODUCT,
                field=told.canonical or "product.serial_number",
                rule="precheck",
            )
        return None

    async def verify(self, job: Job) -> Verification:
        """Whether it is registered by now."""
        return (await self._told(self.lookup.verify, job)).verification

    async def asked(self, operation: Operation, job: Job) -> tuple[Reply, Answer | None]:
        """What was answered, and which expected answer that is of this record.

        Raises Unmappable, NotSent, NoAnswer and Refused.
        """
        reply = await self.exchange.answered(self.exchange.prepare(operation, job))
        data = mapping.record(job)
        mine = [one for one in operation.answers if mapping.meets(one.where, data)]
        return reply, classify.expected(mine, reply)

    async def _told(self, operation: Operation | None, job: Job) -> Told:
        if operation is None or not self._asked_of(job):
            return Told()
        try:
            async with asyncio.timeout(PATIENCE):
                reply, answer = await self.asked(operation, job)
        except (Unmappable, NotSent, NoAnswer, Refused, TimeoutError) as error:
            _log.info(
                "look_up_silent", registration_id=job.registration_id, why=type(error).__name__
            )
            return Told(outcome=None if isinstance(error, Unmappable) else unheard(error))
        return _read(answer, reply) if answer else self._untold(reply, job)

    def _asked_of(self, job: Job) -> bool:
        return mapping.meets(self.lookup.when, mapping.record(job))

    def _untold(self, reply: Reply, job: Job) -> Told:
        """Where only an operator can help, such as with terms to accept, one is told."""
        found = classify.rule(self.lookup.errors, reply)
        if found and NEXT[found.code] is Next.HOLD:
            _log.warning(
                "look_up_refused",
                registration_id=job.registration_id,
                rule=found.name,
                code=found.code.value,
            )
        code = found.code if found else Code.UNMAPPED
        rest = classify.pause(self.lookup, reply)
        return Told(outcome=Outcome(code, Effect.NOT_SENT, retry_after=rest))


def _read(answer: Answer, reply: Reply) -> Told:
    reference = classify.text(reply, answer.reference)
    return Told(answer.means, reference, answer.canonical, answer.guidance)
