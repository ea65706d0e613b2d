"""What a failure has in common with others of its cause, and when it is answered."""

from datetime import UTC, datetime

import msgspec
import pytest
from msgspec.structs import replace

from registrar.domain import lifecycle
from registrar.domain.dead_letter import NO_CAUSE, Cause, cause_of, fingerprint_of, is_dead
from registrar.domain.errors import StateConflict
from registrar.domain.lifecycle import Moment
from registrar.domain.outcome import Effect, Tier
from registrar.domain.registration import EventKind, Failure, Registration, State
from registrar.testing.records import new_registration

NOW = datetime(2026, 11, 30, tzinfo=UTC)
MOMENT = Moment(NOW, actor="caller:a")
CAUSE = Cause("acme", Tier.API, "unavailable.server", "503", "")
FAILURE = Failure("unavailable", "unavailable.server", "It is down.", raw_code="503")
FAILED = replace(
    new_registration().transition.registration, state=State.FAILED, tier=Tier.API, failure=FAILURE
)


def test_a_fingerprint_stays_what_it_is() -> None:
    """Rows and callers keep it: another one for the same cause would split every group."""
    assert CAUSE.fingerprint == "3aef86bd189806f7"
    assert cause_of(FAILED) == CAUSE
    assert fingerprint_of(FAILED) == CAUSE.fingerprint


@pytest.mark.parametrize("name", Cause.__struct_fields__)
def test_each_part_makes_another_cause(name: str) -> None:
    """The tier may be none, too."""
    other = None if name == "tier" else "other"
    assert replace(CAUSE, **{name: other}).fingerprint != CAUSE.fingerprint


def test_parts_do_not_run_into_each_other() -> None:
    """The end of one is not taken for the beginning of the next."""
    left, right = replace(CAUSE, code="a1:b", manufacturer_code=""), replace(CAUSE, code="a")
    assert left.fingerprint != replace(right, manufacturer_code="b").fingerprint
    shifted = replace(CAUSE, code="unavailable.server5", manufacturer_code="03")
    assert shifted.fingerprint != CAUSE.fingerprint


def test_the_message_is_no_part_of_the_cause() -> None:
    """It may hold what differs from one to the next."""
    other = replace(FAILED, failure=replace(FAILURE, message="Down since 12:01."))
    assert fingerprint_of(other) == fingerprint_of(FAILED)


def test_a_failure_that_nothing_is_known_of_has_a_cause_as_well() -> None:
    """Of its manufacturer and route."""
    assert cause_of(replace(FAILED, failure=None)) == Cause("acme", Tier.API, "", "", "")


@pytest.mark.parametrize(
    "changes",
    [
        {"state": State.REJECTED},
        {"abandoned_at": NOW},
        {"erased_at": NOW},
        {"successor_id": "reg_2"},
    ],
    ids=lambda one: next(iter(one)),
)
def test_what_was_answered_is_no_dead_letter(changes: dict[str, object]) -> None:
    """Nor what has not failed."""
    answered = msgspec.structs.replace(FAILED, **changes)
    assert is_dead(FAILED)
    assert not is_dead(answered)
    assert fingerprint_of(answered) == NO_CAUSE
    with pytest.raises(StateConflict):
        lifecycle.abandon(answered, "sold", MOMENT)


def test_who_abandons_says_why() -> None:
    """It stays failed, with its failure and its effect; who did it is in the event."""
    doubtful: Registration = replace(FAILED, effect=Effect.UNKNOWN)
    made = lifecycle.abandon(doubtful, "sold", MOMENT)
    after = made.registration
    assert (after.state, after.failure, after.effect) == (State.FAILED, FAILURE, Effect.UNKNOWN)
    assert (after.abandoned_at, after.revision) == (NOW, doubtful.revision + 1)
    (event,) = made.events
    assert (event.kind, event.actor, event.detail) == (
        EventKind.ABANDONED,
        "caller:a",
        {"reason": "sold"},
    )
    assert made.job is None


def test_who_retries_takes_it_up_again() -> None:
    """Abandoned or succeeded: another failure is a dead letter again."""
    answered = replace(FAILED, abandoned_at=NOW, successor_id="reg_2")
    again = lifecycle.retry(answered, MOMENT, acknowledge_duplicate_risk=False).registration
    assert (again.abandoned_at, again.successor_id) == (None, "")
