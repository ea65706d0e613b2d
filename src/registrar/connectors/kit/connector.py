"""A manifest's HTTP tier, carried out: prepare, send, classify; look; probe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from registrar.connectors.kit import classify, overriding
from registrar.connectors.kit.auth import Refused
from registrar.connectors.kit.exchange import Exchange
from registrar.connectors.kit.http import NoAnswer, NotSent, Reply, Request, Unsendable
from registrar.connectors.kit.manifest import ApiTier, Operation, Rule
from registrar.connectors.kit.mapping import Unmappable
from registrar.connectors.kit.unanswered import unheard, unsent
from registrar.domain.outcome import Code, Effect, Outcome, Verdict, Verification
from registrar.domain.policy import Capabilities
from registrar.ports.connector import UNATTENDED, Job, Run


def unfit(error: Unmappable) -> Outcome:
    """Of a record that the manufacturer's form cannot take."""
    return Outcome(
        Code.INVALID_FIELD,
        Effect.NOT_SENT,
        str(error),
        "This value does not fit the manufacturer's form.",
        field=error.field,
    )


@dataclass(frozen=True, slots=True)
class HttpConnector:
    """`ports.connector.Connector` over one API."""

    tier: ApiTier
    version: str
    exchange: Exchange
    overrides: Callable[[], Sequence[Rule]] = tuple
    """What operators have said of this manufacturer's answers, at this moment."""

    @property
    def capabilities(self) -> Capabilities:
        """As the manifest says."""
        return self.tier.capabilities

    @property
    def probes(self) -> bool:
        """Whether the manifest says how to ask."""
        return self.tier.health is not None

    @property
    def secret_expires_at(self) -> datetime | None:
        """The first of its secrets to end."""
        return self.exchange.auth.expires_at

    def prepare(self, operation: Operation, job: Job) -> Request:
        """Pure: the request without its credentials. Raises Unmappable."""
        return self.exchange.prepare(operation, job)

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """Sent once; after an expired token, which was provably refused, once more."""
        del run  # the claim was the marker of a request
        try:
            request = self.prepare(self.tier.submit, job)
        except Unmappable as error:
            return unfit(error)
        return await self.send(request)

    async def send(self, request: Request) -> Outcome:
        """A submission that is prepared."""
        outcome = await self._submitted(request)
        if outcome.code is Code.SESSION_EXPIRED:
            # A fresh token is refused too: that is no matter of time.
            return replace(outcome, code=Code.AUTH_REJECTED)
        return outcome

    async def _submitted(self, request: Request) -> Outcome:
        try:
            reply = await self.exchange.answered(request)
            said = overriding.submitted(self.tier, self.overrides(), reply)
            return said or await self.classify(reply)
        except Unsendable as error:
            return Outcome(Code.CONNECTOR_BUG, Effect.NOT_SENT, str(error))
        except (NotSent, Refused) as error:
            return unsent(error)
        except NoAnswer as error:
            return Outcome(Code.OUTCOME_UNKNOWN, Effect.UNKNOWN, str(error))

    async def classify(self, reply: Reply) -> Outcome:
        """Pure, by the manifest's rules; awaited, as it may run in another process."""
        return classify.submitted(self.tier, reply)

    async def verify(self, job: Job) -> Verification:
        """Read-only; what goes wrong is no verdict."""
        try:
            request = self.prepare(self.tier.verify, job)
            reply = await self.exchange.answered(request)
        except Unmappable as error:
            return Verification(Verdict.CANNOT_TELL, message=str(error))
        except (NotSent, NoAnswer, Refused) as error:
            return classify.untold(unheard(error))
        said = overriding.verified(self.tier, self.overrides(), reply)
        return said or classify.verified(self.tier, reply)

    async def health(self) -> Outcome:
        """Read-only; REGISTERED with NOT_SENT means that it is well."""
        operation = self.tier.health
        if operation is None:
            return Outcome(Code.CONFIG_MISSING, Effect.NOT_SENT, "There is no probe.")
        try:
            reply = await self.exchange.answered(
                Request(operation.method, self.exchange.base_url + operation.path, {}, {})
            )
        except (NotSent, NoAnswer, Refused) as error:
            return unheard(error)
        if classify.expected(operation.answers, reply):
            return Outcome(Code.REGISTERED, Effect.NOT_SENT)
        return replace(classify.failed(self.tier, reply), effect=Effect.NOT_SENT)
