"""A worker that fails with many manufacturers at once."""

import pytest

from registrar.resilience.answers import Signal
from registrar.resilience.suspicion import MANY, SPAN, TRIAL, Suspicion

NAMES = [f"maker-{number}" for number in range(MANY)]


def failing(now: int = 0) -> Suspicion:
    """With as many as it takes."""
    made = Suspicion()
    for name in NAMES:
        made.saw(now, name, Signal.FAILURE)
    return made


def test_a_few_may_burn() -> None:
    """However often they fail."""
    one = Suspicion()
    for _ in range(9):
        for name in NAMES[1:]:
            one.saw(0, name, Signal.FAILURE)
    assert not one.suspected(0)
    assert one.wait(0) == 0


@pytest.mark.parametrize("signal", [Signal.SUCCESS, Signal.THROTTLED, Signal.HOLD])
def test_who_hears_any_answer_is_well(signal: Signal) -> None:
    """Of another one, or of one that has failed before."""
    for name in ("other", NAMES[0]):
        one = failing()
        assert one.suspected(0)
        one.saw(1, name, signal)
        assert not one.suspected(1)


def test_what_says_nothing_changes_nothing() -> None:
    """Neither way."""
    one = failing()
    one.saw(1, "other", Signal.NEUTRAL)
    assert one.suspected(1)


def test_an_answer_that_has_become_old_protects_nobody() -> None:
    """And failures that have become old accuse nobody."""
    one = failing(SPAN - 1)
    one.saw(0, "other", Signal.SUCCESS)
    assert not one.suspected(SPAN - 1)
    assert one.suspected(SPAN)
    assert not one.suspected(2 * SPAN)


def test_a_call_that_fails_again_accuses_again() -> None:
    """The last one of each counts."""
    one = Suspicion()
    for signal in (Signal.SUCCESS, Signal.FAILURE):
        for name in NAMES:
            one.saw(0, name, signal)
    assert one.suspected(0)


def test_one_trial_at_a_time() -> None:
    """The others are told when the next one is."""
    one = failing()
    assert [one.wait(at) for at in (0, 0, 1, TRIAL, TRIAL)] == [0, TRIAL, TRIAL - 1, 0, TRIAL]
