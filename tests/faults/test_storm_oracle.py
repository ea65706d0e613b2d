"""The oracle names every promise that is broken, and nothing else."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.faults.storm.oracle import Facts, count, violations
from tests.faults.storm.records import Attempt, Event, Row


def started(number: int = 1, tier: str = "api") -> tuple[str, str, dict[str, str]]:
    """An attempt is claimed."""
    return "attempt_started", "running", {"attempt": str(number), "tier": tier}


def ended(effect: str, state: str, number: int = 1) -> tuple[str, str, dict[str, str]]:
    """It has an outcome."""
    return "attempt_ended", state, {"attempt": str(number), "effect": effect}


def looked(verdict: str, state: str) -> tuple[str, str, dict[str, str]]:
    """It was looked up."""
    return "verified", state, {"verdict": verdict}


SUBMITTED = ("submitted", "pending", dict[str, str]())
LOST = ("lease_lost", "verifying", {"lost": "1"})
BY_HAND = ("tier_changed", "pending", {"taken": "manual_assist"})
WELL = [SUBMITTED, started(), ended("accepted", "succeeded")]
CANCELLING = [
    *(SUBMITTED, started(), ended("unknown", "verifying")),
    ("cancel_requested", "cancelling", dict[str, str]()),
]


def row(*events: tuple[str, str, dict[str, str]], maker: str = "strong", **more: Any) -> Row:  # noqa: ANN401 - of its fields
    """A registration with this past."""
    state = events[-1][1]
    past = tuple(Event(number, *one) for number, one in enumerate(events, 1))
    effect = "accepted" if state == "succeeded" else "not_sent"
    given = {"effect": effect, "events": past, "revision": len(past)} | more
    return Row("r", "q", maker, state, **given)


def facts(one: Row, acts: int = 1, **more: Any) -> Facts:  # noqa: ANN401 - of its fields
    """Of this registration alone, and all agree."""
    heard = list(range(1, one.revision + 1))
    whole = Facts({"q": {"r"}}, [one], Counter({"r": acts} if acts else {}), {"r": heard})
    return replace(whole, **more)


SOUND = [
    facts(row(*WELL)),
    facts(row(SUBMITTED, started(), LOST, looked("found", "succeeded"))),
    facts(
        row(
            *(SUBMITTED, started(), ended("unknown", "verifying"), looked("absent", "waiting")),
            *(started(2), ended("accepted", "succeeded", 2)),
        )
    ),
    facts(
        row(
            *(SUBMITTED, started(), ended("unknown", "waiting")),
            *(started(2), ended("accepted", "succeeded", 2)),
            maker="keyed",
        )
    ),
    facts(
        row(
            *(SUBMITTED, started(), ended("unknown", "verifying"), looked("absent", "verifying")),
            ("lease_lost", "verifying", {"lost": "1"}),
            *(looked("absent", "waiting"), started(2), ended("accepted", "succeeded", 2)),
            maker="eventual",
        )
    ),
    facts(
        row(
            *(SUBMITTED, started(), ended("refused", "pending"), BY_HAND),
            *(started(2, "manual_assist"), ended("not_sent", "action_required", 2)),
            action="file_manually",
        ),
        acts=0,
    ),
    facts(
        row(
            *(SUBMITTED, started(), ended("refused", "failed")),
            ("retry_requested", "pending", {}),
            *(started(2), ended("accepted", "succeeded", 2)),
        )
    ),
    facts(row(SUBMITTED, ("cancel_requested", "cancelled", {})), acts=0),
    facts(row(*CANCELLING, looked("absent", "cancelled")), acts=0),
    facts(
        row(
            *(SUBMITTED, started(), ended("unknown", "action_required")),
            maker="blind",
            effect="unknown",
            action="confirm_outcome",
        )
    ),
]


@pytest.mark.parametrize("sound", SOUND)
def test_what_was_kept_is_no_violation(sound: Facts) -> None:
    """Every way that ends well, or with a person."""
    assert violations(sound) == []


def twice(state: str, *, maker: str = "strong") -> Row:
    """Sent again in doubt."""
    again = (started(2), ended("accepted", "succeeded", 2))
    return row(SUBMITTED, started(), ended("unknown", state), *again, maker=maker)


BROKEN: dict[str, tuple[str, Callable[[], Facts]]] = {
    "an acknowledged one is not there": (
        "G1",
        lambda: facts(row(*WELL), acknowledged={"p": {"x"}}),
    ),
    "two answers to one request": (
        "G2",
        lambda: facts(
            row(*WELL),
            acknowledged={"q": {"r", "s"}},
            rows=[row(*WELL), replace(row(*WELL), id="s")],
            effects=Counter({"r": 1, "s": 1}),
            told={"r": [1, 2, 3], "s": [1, 2, 3]},
        ),
    ),
    "it was not brought to an end": ("G3", lambda: facts(row(SUBMITTED), acts=0)),
    "two attempts at once": (
        "G4",
        lambda: facts(row(SUBMITTED, started(), started(2), ended("accepted", "succeeded", 2))),
    ),
    "an attempt ended that was lost": (
        "G4",
        lambda: facts(row(SUBMITTED, started(), LOST, ended("accepted", "succeeded"))),
    ),
    "something happened after the end": (
        "G4",
        lambda: facts(row(*WELL, looked("found", "succeeded"))),
    ),
    "an attempt never ended": (
        "G4",
        lambda: facts(row(*WELL, attempts=(Attempt(1, "api", "running", "unknown"),))),
    ),
    "two effects": ("G5", lambda: facts(row(*WELL), acts=2)),
    "sent again in doubt": ("G6", lambda: facts(twice("waiting"))),
    "one absence where two are needed": (
        "G6",
        lambda: facts(
            row(
                *(SUBMITTED, started(), ended("unknown", "verifying"), looked("absent", "waiting")),
                *(started(2), ended("accepted", "succeeded", 2)),
                maker="eventual",
            )
        ),
    ),
    "sent again after a lost lease, called not sent": (
        "G6",
        lambda: facts(
            row(SUBMITTED, started(), LOST, started(2), ended("accepted", "succeeded", 2))
        ),
    ),
    "another tier in doubt": (
        "G6",
        lambda: facts(
            row(
                *(SUBMITTED, started(), ended("unknown", "pending"), BY_HAND),
                *(started(2, "manual_assist"), ended("not_sent", "action_required", 2)),
            ),
            acts=0,
        ),
    ),
    "another try in doubt": (
        "G6",
        lambda: facts(
            row(
                *(SUBMITTED, started(), ended("unknown", "action_required")),
                ("retry_requested", "pending", {}),
                *(started(2), ended("accepted", "succeeded", 2)),
                maker="keyed",
            )
        ),
    ),
    "cancelled in doubt": (
        "G6",
        lambda: facts(
            row(
                *(SUBMITTED, started(), ended("unknown", "waiting")),
                ("cancel_requested", "cancelled", {}),
                effect="unknown",
            ),
            acts=0,
        ),
    ),
    "cancelled by one absence of two": (
        "G6",
        lambda: facts(
            row(*(*CANCELLING, looked("absent", "cancelled")), maker="eventual"),
            acts=0,
        ),
    ),
    "cancelled, and done already": (
        "truth",
        lambda: facts(row(SUBMITTED, ("cancel_requested", "cancelled", {}), effect="unknown")),
    ),
    "succeeded without an effect": ("truth", lambda: facts(row(*WELL), acts=0)),
    "filed by hand, and done already": (
        "truth",
        lambda: facts(row(SUBMITTED, started(), ended("not_sent", "action_required"))),
    ),
    "a gap in the log": ("sequence", lambda: facts(row(*WELL, revision=4))),
    "an event that nobody was told of": ("sequence", lambda: facts(row(*WELL), told={"r": [1, 3]})),
    "events told in another order": ("sequence", lambda: facts(row(*WELL), told={"r": [1, 3, 2]})),
    "an answer that no fault excuses": ("answer", lambda: facts(row(*WELL), wrong=["INTERNAL"])),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_promise_is_named(what: str) -> None:
    """With its number, and nothing else is."""
    promise, made = BROKEN[what]
    assert {one.promise for one in violations(made())} == {promise}


def test_two_registrations_of_one_request_are_two_too_many() -> None:
    """Also where callers were told of one only."""
    one = row(*WELL)
    both = facts(one, rows=[one, replace(one, id="s")], effects=Counter({"r": 1, "s": 1}))
    told = {"r": [1, 2, 3], "s": [1, 2, 3]}
    assert [item.promise for item in violations(replace(both, told=told))] == ["G2"]


def test_violations_are_counted_by_registration() -> None:
    """A registration that breaks a promise twice is one."""
    found = violations(facts(row(SUBMITTED, started(), started(2), started(3)), acts=0))
    assert count(found, "G4") == 1
    assert count(found, "G3", "G4") == 1
    assert count(found, "G5") == 0
