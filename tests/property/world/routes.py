"""Connectors to the simulated manufacturer, as one actor uses them."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tests.property.world.actors import Actor, At
from tests.property.world.maker import GO_ON, Broken, Look, Maker, Reply, Standing

from registrar.domain.manufacturer import Manufacturer
from registrar.domain.outcome import Code, Effect, Outcome, Tier, Verdict, Verification
from registrar.domain.policy import Capabilities
from registrar.ports.connector import UNATTENDED, Connector, Job, Run
from registrar.resilience.settings import Settings
from registrar.testing.desk import ACME


async def _met(reply: Reply) -> Outcome:
    if reply.hangs:
        await asyncio.Event().wait()
    if reply.outcome is None:
        raise Broken(reply.name)
    return reply.outcome


@dataclass(frozen=True, slots=True)
class Route:
    """`ports.connector.Connector`. `acting` is told just before the manufacturer is."""

    maker: Maker
    tier: Tier
    actor: Actor
    acting: Callable[[str], None]
    version: str = "1"
    probes: bool = True
    secret_expires_at: datetime | None = None

    @property
    def capabilities(self) -> Capabilities:
        """As the manufacturer has them."""
        return self.maker.routes[self.tier]

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """A form is filled before its marker, an API's marker was the claim."""
        if self.tier is Tier.MANUAL:
            return await self._hand_over(job)
        if self.tier is Tier.WEB:
            reply: Reply = await self.actor.stand(At.FILLING)
            if reply is not GO_ON:
                return await _met(reply)
            await run.point_of_no_return()
        return await self._send(job, await self.actor.stand(At.SENDING))

    async def _send(self, job: Job, reply: Reply) -> Outcome:
        if reply.takes is None:
            return await _met(reply)
        self.acting(job.registration_id)
        key = job.idempotency_key
        taken = self.maker.take(job.registration_id, key, self.tier, reply.takes)
        outcome = await _met(reply)
        if outcome.effect is Effect.ACCEPTED and taken is Standing.PENDING:
            return Outcome(Code.ACCEPTED_PENDING, Effect.ACCEPTED)
        return outcome

    async def _hand_over(self, job: Job) -> Outcome:
        reply: Reply = await self.actor.stand(At.HANDING)
        if self.maker.listed(job.registration_id).verdict is Verdict.FOUND:
            return Outcome(Code.DUPLICATE_SAME_OWNER, Effect.ACCEPTED)
        return await _met(reply)

    async def verify(self, job: Job) -> Verification:
        """As it is listed, or no answer."""
        look: Look = await self.actor.stand(At.LOOKING)
        if look is Look.HANG:
            await asyncio.Event().wait()
        if look is Look.RAISE:
            raise Broken("look")
        if look is Look.DECIDE:
            self.maker.decide(job.registration_id, Standing.REGISTERED)
        if look is Look.DECIDE_AGAINST:
            self.maker.decide(job.registration_id, Standing.REFUSED)
        tells = self.capabilities.verify != "none" or self.capabilities.watch_interval
        if look is Look.SILENT or not tells:
            return Verification(Verdict.CANNOT_TELL)
        return self.maker.listed(job.registration_id)

    async def health(self) -> Outcome:
        """Nobody asks."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Routes:
    """`ports.connector.Catalogue`: the manufacturer's routes that are configured at present."""

    maker: Maker
    actor: Actor
    acting: Callable[[str], None]

    def manufacturers(self) -> Mapping[str, Manufacturer]:
        """Acme."""
        return {ACME.id: ACME}

    def quarantined(self) -> Mapping[str, str]:
        """None."""
        return {}

    def connector(self, manufacturer_id: str, tier: Tier, version: str = "") -> Connector | None:
        """What was sent by a version can be looked up although nothing is sent any more."""
        del manufacturer_id
        there = tier in self.maker.routes and (version or tier not in self.maker.closed)
        return Route(self.maker, tier, self.actor, self.acting) if there else None

    def held(self, manufacturer_id: str, tier: Tier) -> str:
        """Nothing."""
        del manufacturer_id, tier
        return ""

    def pace(self, manufacturer_id: str, tier: Tier) -> Settings:
        """The usual."""
        del manufacturer_id, tier
        return Settings()
