"""Calls of connectors: whatever goes wrong in one becomes its outcome, and no exception."""

from __future__ import annotations

import asyncio

from registrar.app.holding import Hold
from registrar.domain.outcome import Code, Effect, Outcome, Tier, Verdict, Verification
from registrar.domain.policy import Capabilities
from registrar.domain.registration import Registration
from registrar.ports.connector import UNATTENDED, Catalogue, Connector, Job, Run, Withdrawn

NO_ROUTE = Capabilities(verify="none", idempotency="none")
"""Of a tier that is not configured here."""


def route(catalogue: Catalogue, registration: Registration, version: str = "") -> Connector | None:
    """The connector of the registration's tier; None where it is not configured here."""
    if registration.tier is None:
        return None
    return catalogue.connector(registration.manufacturer_id, registration.tier, version)


def shut(catalogue: Catalogue, manufacturer_id: str) -> frozenset[Tier]:
    """The tiers on which nothing can be sent here now; a person can always be asked."""
    return frozenset(
        tier for tier in Tier if tier.sends and catalogue.connector(manufacturer_id, tier) is None
    )


def no_route(tier: Tier) -> Outcome:
    """Of a tier that is not configured here: a person needs no configuration to be asked."""
    code = Code.CONFIG_MISSING if tier.sends else Code.HANDED_OVER
    return Outcome(code, Effect.NOT_SENT, "This route is not configured.")


async def send(
    connector: Connector, job: Job, run: Run = UNATTENDED, hold: Hold | None = None
) -> Outcome:
    """Submit under the connector's own deadline, and only as long as the job is ours.

    What goes wrong past the marker is unclear.
    """
    try:
        async with (hold or Hold()).within(connector.capabilities.send_deadline):
            return await connector.submit(job, run)
    except Withdrawn:
        return Outcome(Code.INTERNAL, Effect.NOT_SENT, "Withdrawn before anything was sent.")
    except TimeoutError:
        return Outcome(Code.OUTCOME_UNKNOWN, Effect.UNKNOWN, "No answer within the deadline.")
    except Exception as error:  # noqa: BLE001 - a connector's bug harms its own attempt only
        return Outcome(Code.CONNECTOR_BUG, Effect.UNKNOWN, type(error).__name__)


async def look(connector: Connector | None, job: Job) -> Verification:
    """Verify under the same deadline; no answer is no verdict."""
    if connector is None:
        return Verification(Verdict.CANNOT_TELL, message="This route is not configured.")
    try:
        async with asyncio.timeout(connector.capabilities.send_deadline.total_seconds()):
            return await connector.verify(job)
    except TimeoutError:
        return _untold(Code.UNAVAILABLE_CONNECT, "No answer within the deadline.")
    except Exception as error:  # noqa: BLE001 - a look-up that fails has no verdict
        return _untold(Code.CONNECTOR_BUG, type(error).__name__)


def _untold(code: Code, message: str) -> Verification:
    """No verdict; what it came of still tells how the manufacturer is."""
    said = Outcome(code, Effect.NOT_SENT, message)
    return Verification(Verdict.CANNOT_TELL, message=message, outcome=said)
