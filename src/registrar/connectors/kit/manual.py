"""The manual tier, carried out: nobody is contacted but a look-up, and a person goes on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from registrar.connectors.kit.lookups import LookUps
from registrar.domain.outcome import Code, Effect, Outcome, Verdict, Verification
from registrar.domain.policy import Capabilities
from registrar.ports.connector import UNATTENDED, Job, Run

NOTHING = Capabilities(verify="none", idempotency="none")
GUIDANCE = "Register the product at the manufacturer by hand, as the guide says."


@dataclass(frozen=True, slots=True)
class ManualConnector:
    """`ports.connector.Connector` that sends nothing; the guide is made when it is read."""

    version: str
    lookups: LookUps | None = None
    probes: bool = False
    """It stands on nothing that could be asked."""
    secret_expires_at: datetime | None = None

    @property
    def capabilities(self) -> Capabilities:
        """Nothing is sent, so nothing is in doubt; a look-up may tell that a person has done it."""
        interval = self.lookups.interval if self.lookups else None
        return replace(NOTHING, watch_interval=interval)

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """To a person, unless the manufacturer is known to have it or not to know the product."""
        found = await self._found(job, run)
        return found or Outcome(Code.HANDED_OVER, Effect.NOT_SENT, user_message=GUIDANCE)

    async def _found(self, job: Job, run: Run) -> Outcome | None:
        """A look that may not be made now costs nobody anything: the person finds out."""
        if self.lookups is None or not self.lookups.prechecks(job):
            return None
        looked = await run.look(partial(self.lookups.precheck, job))
        return looked.outcome if looked else None

    async def verify(self, job: Job) -> Verification:
        """Through the look-up, where there is one."""
        if self.lookups is None:
            return Verification(Verdict.CANNOT_TELL, message="There is no look-up.")
        return await self.lookups.verify(job)

    async def health(self) -> Outcome:
        """Always well: it stands on nothing."""
        return Outcome(Code.REGISTERED, Effect.NOT_SENT)
