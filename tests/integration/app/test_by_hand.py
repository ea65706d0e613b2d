"""The manual tier from a submission to a person with a guide, over all three stores."""

import asyncio
import dataclasses
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.integration.app.desks import STRONG, A, System, submission
from tests.manifests import hammer

from registrar.app.commands import Selection
from registrar.app.sweep import Sweep
from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.domain import lifecycle
from registrar.domain.customer import CustomerType
from registrar.domain.errors import InvalidRequest, Violation
from registrar.domain.guide import Guide, GuideStep, Prefilled
from registrar.domain.lifecycle import Moment
from registrar.domain.manufacturer import Manufacturer, TierListing
from registrar.domain.outcome import Code, Effect, Outcome, Tier
from registrar.domain.policy import Capabilities
from registrar.domain.registration import (
    ActionKind,
    AttemptState,
    EventKind,
    Result,
    State,
    Trigger,
)
from registrar.ports.clock import SystemClock
from registrar.ports.connector import UNATTENDED, Connector, Job, Run
from registrar.testing.manufacturer import LedgerConnector

BLIND = Capabilities(verify="none", idempotency="none")


class Refusing(LedgerConnector):
    """An API that takes none of them."""

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """Refused, with a reason."""
        del job, run
        return Outcome(Code.NOT_ELIGIBLE, Effect.REFUSED, user_message="Businesses only.")


class Both(FileCatalogue):
    """Hammer of a manifest, with an API before its manual tier where a test gives one."""

    api: Connector | None = None
    manual: LedgerConnector | None = None
    audience = "anyone"
    by_hand = True

    def manufacturers(self) -> Mapping[str, Manufacturer]:
        """With a listing of the API."""
        known = super().manufacturers()
        listing = TierListing(Tier.API, self.audience, "assumed", enabled=self.api is not None)
        return {
            key: dataclasses.replace(one, tiers=(listing, *(one.tiers if self.by_hand else ())))
            for key, one in known.items()
        }

    def connector(self, manufacturer_id: str, tier: Tier, version: str = "") -> Connector | None:
        """The API, where there is one."""
        if tier is Tier.API:
            return self.api
        return self.manual or super().connector(manufacturer_id, tier, version)


@pytest.fixture
def catalogue(tmp_path: Path) -> Both:
    """Of one manufacturer that has no API."""
    return Both(ConnectorSettings(), hammer(tmp_path))


@pytest.fixture
def guides(catalogue: Both) -> Both:
    """Of its manifest."""
    return catalogue


def hand_made(guide: Guide | None) -> tuple[str, str]:
    """The link, and the serial number that is to be filled in."""
    assert guide is not None
    return guide.link, guide.steps[1].values[0].value


async def _handed_over(system: System) -> str:
    made = await system.submit(manufacturer_id="hammer", brand="", submission=submission("H/1"))
    await system.advance()
    return made.view.registration.id


async def test_a_product_without_an_api_waits_for_a_person(system: System) -> None:
    """With all that the person needs, wherever the registration is read; nothing is due."""
    key = await _handed_over(system)
    view = await system.desk.get(A, key)
    one = view.registration
    assert one.action is not None
    assert (one.state, one.action.kind) == (State.ACTION_REQUIRED, ActionKind.FILE_MANUALLY)
    assert (one.effect, one.failure, one.next_attempt_at) == (Effect.NOT_SENT, None, None)
    link = "https://hammer.example/register?serial=H%2F1&model=AC-1"
    assert hand_made(view.guide) == (link, "H/1")
    assert view.guide is not None
    assert view.guide.register_by == date(2026, 10, 29)
    assert view.guide.steps[0] == GuideStep("Sign in, or create an account.")
    assert view.guide.steps[1].values[2] == Prefilled("customer.email", "E-mail", "ada@example.com")
    page = await system.desk.page(A, Selection(), descending=True, page_size=10, page_token="")
    assert [shown.guide for shown in page.views] == [view.guide]


async def test_handing_over_is_an_attempt_that_did_not_fail(system: System) -> None:
    """The history says who went on, and nothing of the customer."""
    key = await _handed_over(system)
    (attempt,) = await system.desk.attempts(A, key)
    assert (attempt.tier, attempt.trigger) == (Tier.MANUAL, Trigger.INITIAL)
    assert (attempt.state, attempt.failure) == (AttemptState.ENDED, None)
    assert (attempt.code, attempt.effect) == ("handed_over", Effect.NOT_SENT)
    events = await system.desk.events(A, key, after=0, limit=100)
    assert [one.kind.value for one in events] == ["submitted", "attempt_started", "attempt_ended"]
    said = repr((events, await system.desk.attempts(A, key)))
    assert not [word for word in ("H/1", "Lovelace", "ada@example.com") if word in said]


async def test_what_the_api_refuses_lands_with_a_person(system: System, catalogue: Both) -> None:
    """Who is told why the API would not have it."""
    catalogue.api = Refusing(STRONG)
    key = await _handed_over(system)
    between = (await system.desk.get(A, key)).registration
    assert (between.state, between.tier) == (State.PENDING, Tier.MANUAL)
    await system.advance()
    view = await system.desk.get(A, key)
    assert view.guide is not None
    assert view.registration.state is State.ACTION_REQUIRED
    assert view.registration.failure is not None
    assert view.registration.failure.user_guidance == "Businesses only."
    first, second = await system.desk.attempts(A, key)
    assert (first.code, second.trigger) == ("not_eligible", Trigger.FALLBACK)


class Walled(LedgerConnector):
    """A route with a wall in its way that only a person may pass."""

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """Nothing was sent."""
        del job, run
        return Outcome(Code.CAPTCHA, Effect.NOT_SENT)


async def test_who_passes_a_wall_fills_in_the_form_and_has_its_guide(
    system: System, catalogue: Both
) -> None:
    """What is behind the wall is the same form."""
    catalogue.api = Walled(STRONG)
    view = await system.desk.get(A, await _handed_over(system))
    assert view.registration.action is not None
    assert view.registration.action.kind is ActionKind.SOLVE_CHALLENGE
    assert hand_made(view.guide)[1] == "H/1"


async def test_a_deadline_leads_to_the_same_guide(system: System) -> None:
    """Also where no worker came to it."""
    made = await system.submit(manufacturer_id="hammer", brand="", submission=submission("H/1"))
    late = lifecycle.pass_deadline(made.view.registration, Moment(datetime.now(UTC)))
    assert await system.store.write([late], timedelta(0)) == [True]
    view = await system.desk.get(A, made.view.registration.id)
    assert hand_made(view.guide)[1] == "H/1"


@pytest.mark.parametrize("wish", ["cancel", "retry"])
async def test_whoever_is_not_asked_is_shown_no_guide(system: System, wish: str) -> None:
    """Cancelled, or to be tried again: in the answer and from then on."""
    key = await _handed_over(system)
    if wish == "cancel":
        view = await system.desk.cancel(A, key, reason="sold", etag="", request_id="r")
    else:
        view = await system.desk.retry(
            A, key, etag="", request_id="r", acknowledge_duplicate_risk=False
        )
    assert view.guide is None
    assert (await system.desk.get(A, key)).guide is None
    assert view.registration.state in {State.CANCELLED, State.PENDING}


@pytest.mark.parametrize(
    ("kind", "tiers"),
    [
        (CustomerType.CONSUMER, (Tier.MANUAL,)),
        (CustomerType.BUSINESS, (Tier.API, Tier.MANUAL)),
    ],
)
async def test_an_api_for_businesses_is_not_asked_for_persons(
    system: System, catalogue: Both, kind: CustomerType, tiers: tuple[Tier, ...]
) -> None:
    """They go straight to the route that is theirs."""
    catalogue.api, catalogue.audience = Refusing(STRONG), "business"
    given = submission("H/1")
    given = replace(given, customer=replace(given.customer, type=kind))
    made = await system.submit(manufacturer_id="hammer", brand="", submission=given)
    assert made.view.registration.allowed_tiers == tiers


async def test_an_owner_whom_no_route_serves_is_told(system: System, catalogue: Both) -> None:
    """Before anything is stored."""
    catalogue.api, catalogue.audience, catalogue.by_hand = Refusing(STRONG), "business", False
    with pytest.raises(InvalidRequest) as caught:
        await system.submit(manufacturer_id="hammer", brand="")
    assert caught.value.violations == (
        Violation(
            "customer.type", "not_served", "No route of the manufacturer here serves a consumer."
        ),
    )


class Watched(LedgerConnector):
    """A manual tier whose look-up tells when the person has done it."""

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """Handed over."""
        del job, run
        return Outcome(Code.HANDED_OVER, Effect.NOT_SENT)


async def test_what_a_person_has_done_is_found_by_the_look_up(
    system: System, catalogue: Both
) -> None:
    """Looked up while it waits; the first look finds nothing, and takes nothing from anybody."""
    pace = timedelta(milliseconds=1)
    catalogue.manual = Watched(dataclasses.replace(BLIND, watch_interval=pace))
    key = await _handed_over(system)
    await asyncio.sleep(0.05)
    await system.advance()
    waiting = await system.desk.get(A, key)
    assert (waiting.registration.state, waiting.guide is None) == (State.ACTION_REQUIRED, False)
    catalogue.manual.ledger[key] += 1
    await asyncio.sleep(0.05)
    await system.advance()
    view = await system.desk.get(A, key)
    one = view.registration
    assert (one.state, one.result) == (State.SUCCEEDED, Result.MANUALLY_COMPLETED)
    assert (one.action, view.guide, one.manufacturer_reference) == (None, None, f"M-{key}")
    kinds = [event.kind for event in await system.desk.events(A, key, after=3, limit=100)]
    assert kinds == [EventKind.VERIFIED, EventKind.VERIFIED]


async def test_the_watching_ends_with_complete_by(system: System, catalogue: Both) -> None:
    """The person stays asked."""
    catalogue.manual = Watched(dataclasses.replace(BLIND, watch_interval=timedelta(hours=1)))
    soon = datetime.now(UTC) + timedelta(seconds=1)
    made = await system.submit(
        manufacturer_id="hammer", brand="", submission=submission("H/1"), complete_by=soon
    )
    await system.advance()
    await asyncio.sleep(1.1)
    sweep = Sweep(system.store, catalogue, SystemClock())
    assert (await sweep.deadlines(), await sweep.deadlines()) == (1, 0)
    view = await system.desk.get(A, made.view.registration.id)
    assert view.registration.state is State.ACTION_REQUIRED
    assert (view.registration.failure, view.guide is None) == (None, False)
