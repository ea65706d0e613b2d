"""A worker that dies once, at a boundary between two of its steps."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from registrar.domain.outcome import Outcome, Verification
from registrar.ports.connector import UNATTENDED, Connector, Job, Run
from registrar.testing.conformance.around import Around
from registrar.testing.conformance.fleet import Fleet


class Moment(StrEnum):
    """Where, in the order of the steps."""

    BEFORE_CLAIM = "before the claim is durable"
    AFTER_CLAIM = "after the claim is durable"
    BEFORE_SEND = "before the request is sent"
    AFTER_SEND = "after the manufacturer has answered"
    BEFORE_OUTCOME = "before the outcome is durable"
    AFTER_OUTCOME = "after the outcome is durable"
    BEFORE_VERIFY = "before the look-up is sent"
    AFTER_VERIFY = "after the look-up is answered"


_WRITES = {
    Moment.BEFORE_CLAIM: (1, False),
    Moment.AFTER_CLAIM: (1, True),
    Moment.BEFORE_OUTCOME: (2, False),
    Moment.AFTER_OUTCOME: (2, True),
}


@dataclass
class Dying(Around):
    """A connector whose process dies once around a call."""

    moment: Moment
    dead: bool = False

    def _dies(self, *moments: Moment) -> None:
        if not self.dead and self.moment in moments:
            self.dead = True
            raise asyncio.CancelledError

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """Dies before or after it."""
        self._dies(Moment.BEFORE_SEND)
        outcome = await self.inner.submit(job, run)
        # A look-up to die at comes after an answer that was lost.
        if self.moment in {Moment.BEFORE_VERIFY, Moment.AFTER_VERIFY} and not self.dead:
            raise RuntimeError("the answer is lost")
        self._dies(Moment.AFTER_SEND)
        return outcome

    async def verify(self, job: Job) -> Verification:
        """Dies before or after it."""
        self._dies(Moment.BEFORE_VERIFY)
        found = await self.inner.verify(job)
        self._dies(Moment.AFTER_VERIFY)
        return found


def dying(connector: Connector, moment: Moment) -> Fleet:
    """Its leases end at once, so that the next worker need not wait for them."""
    at, after = _WRITES.get(moment, (0, False))
    inner = Dying(connector, moment)
    return Fleet(inner, lease=timedelta(0), dies_at=at, dies_after=after)
