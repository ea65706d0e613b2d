"""Every state has its sentences."""

import pytest
from msgspec.structs import replace
from tests.unit.domain.test_plan import CONSUMER, WHOLE, registration

from registrar.domain.explanation import told
from registrar.domain.outcome import Tier
from registrar.domain.plan import Course, Planned, Reason, Standing, plan
from registrar.domain.registration import Action, ActionKind, State, WaitReason

ONE = registration((Tier.API, Tier.MANUAL))
TRIES = plan(WHOLE, CONSUMER, Course(ONE.allowed_tiers), Standing())
WAITS = plan(WHOLE, CONSUMER, Course(ONE.allowed_tiers), Standing({}, {Tier.API: Reason.PAUSED}))


@pytest.mark.parametrize("state", State)
def test_every_state_says_what_it_is_and_what_follows(state: State) -> None:
    """In sentences."""
    found = told(replace(ONE, state=state), TRIES)
    assert found.summary.endswith(".")
    assert found.next.endswith(".")
    assert found.waiting_for == ""
    assert ("retry" in " ".join(found.remedies)) == (state in {State.FAILED, State.ACTION_REQUIRED})


@pytest.mark.parametrize("reason", WaitReason)
def test_every_wait_has_its_reason(reason: WaitReason) -> None:
    """In a sentence of its own."""
    found = told(replace(ONE, state=State.WAITING, wait_reason=reason), TRIES)
    assert found.waiting_for.endswith(".")
    assert found.next == "An attempt by the route api."


@pytest.mark.parametrize("kind", ActionKind)
def test_every_action_says_what_a_person_does(kind: ActionKind) -> None:
    """Without the guidance: it may be the manufacturer's own words."""
    asked = replace(ONE, state=State.ACTION_REQUIRED, action=Action(kind, "Dear Ada"))
    found = told(asked, TRIES)
    assert found.waiting_for.endswith(".")
    assert "Ada" not in repr(found)
    assert len(found.remedies) == 3


def test_a_paused_route_is_named_with_its_remedy() -> None:
    """It still has its turn."""
    found = told(replace(ONE, state=State.WAITING), WAITS)
    assert found.next == "An attempt by the route api. An operator has paused it."
    assert found.remedies[-1] == "Resume the connector: registrar connectors resume."


@pytest.mark.parametrize("plan_", [(), TRIES[2:]])
def test_without_a_route_the_end_is_near(plan_: tuple[Planned, ...]) -> None:
    """After its deadline, say."""
    found = told(ONE, plan_)
    assert found.next == "No route is left: the next sweep ends it, or asks a person."
