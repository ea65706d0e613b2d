"""What is planned and explained is what happens, over all three stores."""

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.integration.app.desks import STRONG, A, System, submission
from tests.integration.app.test_by_hand import Both, Refusing
from tests.manifests import hammer

from registrar.admission.memory import MemoryAdmission, wall
from registrar.app.commands import View
from registrar.app.outlook import Outlook
from registrar.connectors.kit.catalogue import ConnectorSettings
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.outcome import Tier
from registrar.domain.plan import Planned, Turn
from registrar.domain.registration import EventKind, State
from registrar.ports.admission import Gated
from registrar.ports.clock import SystemClock
from registrar.ports.connector_states import ConnectorKey
from registrar.resilience.answers import Known
from registrar.resilience.settings import Settings
from registrar.testing.desk import connectors


class Held(Both):
    """Its API lacks a secret where a test says so."""

    lacks = False

    def manufacturers(self) -> Mapping[str, Manufacturer]:
        """Both in use, whatever is in their way."""
        return {
            key: dataclasses.replace(
                one, tiers=tuple(dataclasses.replace(tier, enabled=True) for tier in one.tiers)
            )
            for key, one in super().manufacturers().items()
        }

    def held(self, manufacturer_id: str, tier: Tier) -> str:
        """By name."""
        del manufacturer_id
        return "hammer_key" if self.lacks and tier is Tier.API else ""


@pytest.fixture
def catalogue(tmp_path: Path) -> Held:
    """An API that takes nothing, and a person after it."""
    made = Held(ConnectorSettings(), hammer(tmp_path))
    made.api = Refusing(STRONG)
    return made


@pytest.fixture
def guides(catalogue: Held) -> Held:
    """Of its manifest."""
    return catalogue


async def _submitted(system: System, **more: object) -> tuple[View, tuple[Planned, ...]]:
    changes = {"manufacturer_id": "hammer", "brand": "", "submission": submission("H/1")} | more
    made = await system.submit(A, **changes)
    return made.view, made.plan


def said(plan: tuple[Planned, ...]) -> list[tuple[Tier, Turn, str]]:
    """Without the listing."""
    return [(one.tier, one.turn, one.why) for one in plan]


async def test_a_change_of_the_tier_is_in_the_history(system: System) -> None:
    """From, to and why; the sequence has no gap, and its end is the revision."""
    view, _ = await _submitted(system)
    key = view.registration.id
    await system.advance()
    events = await system.desk.events(A, key, after=0, limit=10)
    now = (await system.desk.get(A, key)).registration
    assert [one.sequence for one in events] == [1, 2, 3, 4]
    assert (events[-1].kind, now.revision) == (EventKind.TIER_CHANGED, 4)
    assert events[-1].detail == {
        "left": "api",
        "taken": "manual_assist",
        "reason": "not_eligible",
    }
    await system.advance()
    after = await system.desk.events(A, key, after=4, limit=10)
    assert [one.sequence for one in after] == [5, 6]


async def test_the_routes_taken_are_those_planned(system: System) -> None:
    """Before anything is stored, between the routes, and when a person has it."""
    _, plan = await _submitted(system, validate_only=True)
    planned = [one.tier for one in plan if one.turn is not Turn.SKIPPED]
    view, _ = await _submitted(system)
    key = view.registration.id
    await system.advance()
    between = await system.desk.explain(A, key)
    assert said(between.plan) == [
        (Tier.API, Turn.SKIPPED, "passed"),
        (Tier.MANUAL, Turn.WILL_TRY, ""),
        (Tier.WEB, Turn.SKIPPED, "not_in_manifest"),
    ]
    assert between.told.next == "An attempt by the route manual assist."
    await system.advance()
    ended = await system.desk.explain(A, key)
    assert [one.tier for one in ended.attempts] == planned == [Tier.API, Tier.MANUAL]
    assert ended.registration.state is State.ACTION_REQUIRED
    assert {one.turn for one in ended.plan} == {Turn.SKIPPED}


@pytest.mark.parametrize(
    ("lacks", "why"), [(True, "held_secret_missing"), (False, "not_configured")]
)
async def test_a_route_that_cannot_send_is_passed_over(
    system: System, catalogue: Held, *, lacks: bool, why: str
) -> None:
    """No attempt is made on it: the person is asked first."""
    catalogue.lacks = lacks
    catalogue.api = None
    _, plan = await _submitted(system, validate_only=True)
    assert said(plan)[0] == (Tier.API, Turn.SKIPPED, why)
    now, _ = await _submitted(system, submission=submission("H/2"))
    assert now.registration.tier is Tier.MANUAL


async def test_a_paused_route_waits_and_says_what_helps(system: System, catalogue: Held) -> None:
    """It keeps its turn."""
    view, _ = await _submitted(system)
    desk = connectors(system.store, catalogue)
    await desk.pause(A, ConnectorKey("hammer", Tier.API), "their maintenance", None)
    found = await system.desk.explain(A, view.registration.id)
    assert said(found.plan)[0] == (Tier.API, Turn.WILL_WAIT, "paused")
    assert "Resume the connector: registrar connectors resume." in found.told.remedies
    assert "their maintenance" not in repr(found)
    await desk.resume(A, ConnectorKey("hammer", Tier.API))
    again = await system.desk.explain(A, view.registration.id)
    assert said(again.plan)[0] == (Tier.API, Turn.WILL_TRY, "")


async def test_a_stopped_route_is_passed_over(system: System) -> None:
    """The next one has its turn, and operators are told where to look."""
    view, _ = await _submitted(system)
    key = ConnectorKey("hammer", Tier.API)
    await system.store.connectors.stop(key, "broken", "1", "product")
    await system.store.connectors.resume(ConnectorKey("hammer", Tier.MANUAL))
    found = await system.desk.explain(A, view.registration.id)
    assert said(found.plan)[:2] == [
        (Tier.API, Turn.SKIPPED, "stopped"),
        (Tier.MANUAL, Turn.WILL_TRY, ""),
    ]
    assert "See what has changed: registrar connectors drift." in found.told.remedies


async def test_after_the_deadline_and_without_a_manifest(system: System, catalogue: Held) -> None:
    """The plan says what is left."""
    view, _ = await _submitted(system)
    outlook = Outlook(system.store.connectors, catalogue, SystemClock())
    late = replace(view.registration, complete_by=datetime.now(UTC) - timedelta(hours=1))
    found = await outlook.plan(View(late, view.submission))
    assert said(found)[:2] == [
        (Tier.API, Turn.SKIPPED, "window_closed"),
        (Tier.MANUAL, Turn.WILL_TRY, ""),
    ]
    gone = replace(view.registration, manufacturer_id="gone", complete_by=None)
    aside = await outlook.plan(View(gone, view.submission))
    assert [one.enabled for one in aside] == [False, False, False]


async def test_an_open_breaker_is_waited_for(system: System, catalogue: Held) -> None:
    """It fails for everyone, and it ends; where the gate does not answer nothing is said of it."""
    view, _ = await _submitted(system)
    gates, key = MemoryAdmission(), ConnectorKey("hammer", Tier.API)
    outlook = Outlook(system.store.connectors, catalogue, SystemClock(), gates)
    assert said(await outlook.plan(view))[0] == (Tier.API, Turn.WILL_TRY, "")
    await gates.warm(Gated(key, Settings()), Known(until=wall() + 60_000, cause="auth.rejected"))
    assert said(await outlook.plan(view))[0] == (Tier.API, Turn.WILL_WAIT, "breaker_open")
    gates.away = True
    assert said(await outlook.plan(view))[0] == (Tier.API, Turn.WILL_TRY, "")
