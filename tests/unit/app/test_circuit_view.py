"""A gate's standing as operators see it."""

from datetime import UTC, datetime, timedelta

import pytest

from registrar.app.circuit_view import Circuit, shown
from registrar.domain.registration import WaitReason
from registrar.resilience.answers import Standing, State, Why
from registrar.resilience.settings import Settings

NOW = datetime(2026, 12, 1, tzinfo=UTC)
AT = 5_000
OPEN = Standing(
    State.OPEN, since=AT - 2_000, until=AT + 30_000, shut=Why.CIRCUIT, shut_until=AT + 30_000, at=AT
)


def seconds(count: float) -> datetime:
    """From now."""
    return NOW + timedelta(seconds=count)


def test_times_are_differences_on_the_services_clock() -> None:
    """The gate's own clock may say anything."""
    made = shown(Settings(), OPEN, None, NOW)
    assert (made.since, made.until, made.shut_until) == (seconds(-2), seconds(30), seconds(30))
    assert made.shut is WaitReason.CIRCUIT_OPEN


@pytest.mark.parametrize(
    ("standing", "probed", "expected"),
    [
        (OPEN, True, seconds(30)),
        (OPEN, False, None),
        (Standing(State.PROBING, at=AT), True, NOW),
        (Standing(State.PROBING, at=AT), False, None),
        (Standing(State.CLOSED, at=AT), True, None),
    ],
)
def test_a_gate_tells_when_it_has_itself_probed(
    standing: Standing, expected: datetime | None, *, probed: bool
) -> None:
    """Where there is a way to ask."""
    assert shown(Settings(probed=probed), standing, None, NOW).probe_at == expected


def test_only_a_ramp_has_steps() -> None:
    """From one on."""
    for state, step in ((State.RAMP, 3), (State.CLOSED, 0)):
        assert shown(Settings(), Standing(state, step=2, at=AT), None, NOW).step == step


def test_what_is_not_known_is_not_made_up() -> None:
    """No zeros for a gate that does not answer."""
    assert shown(Settings(), None, None, NOW) == Circuit(None)
