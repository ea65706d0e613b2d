"""Rules are checked field by field, and drawn so that a run can be replayed."""

import random
from typing import Any

import pytest

from registrar.sandbox.faults import KINDS, NONE, NoRule, Rule, Script

HALF = {"fault": "status", "probability": 0.5}


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({}, "fault"),
        ({"fault": "earthquake"}, "fault"),
        ({"fault": 3}, "fault"),
        ({"fault": "hang", "step": "dance"}, "step"),
        ({"fault": "hang", "when": "now"}, "when"),
        ({"fault": "hang", "seconds": -1}, "seconds"),
        ({"fault": "hang", "seconds": "1"}, "seconds"),
        ({"fault": "hang", "seconds": True}, "seconds"),
        ({"fault": "hang", "probability": 1.1}, "probability"),
        ({"fault": "status", "status": 700}, "status"),
        ({"fault": "status", "status": 500.5}, "status"),
        ({"fault": "throttle", "retry_header": "days"}, "retry_header"),
        ({"fault": "throttle", "retry_after": -1}, "retry_after"),
        ({"fault": "quota", "after": -1}, "after"),
        ({"fault": "quota", "times": -1}, "times"),
        ({"fault": "oversized", "size": -1}, "size"),
        ({"fault": "html", "committed": 1}, "committed"),
        ({"fault": "html", "manufacturer": None}, "manufacturer"),
        ([], "rules"),
    ],
)
def test_a_rule_that_is_none_names_its_field(rule: Any, field: str) -> None:  # noqa: ANN401 - JSON
    """First, with a colon; and the script stays as it was."""
    script = Script()
    script.replace([HALF])
    with pytest.raises(NoRule, match=rf"^{field}: "):
        script.replace([{"fault": "hang"}, rule])
    assert [one["fault"] for one in script.report()] == ["status"]


@pytest.mark.parametrize("fault", sorted(KINDS))
def test_every_kind_is_a_rule_by_itself(fault: str) -> None:
    """And can be read again from its report."""
    script = Script()
    script.replace([{"fault": fault}])
    assert script.draw("acme", "submit").fault == fault
    script.replace(script.report())
    assert (script.report()[0]["fault"], script.report()[0]["fired"]) == (fault, 0)


def test_rules_are_a_list() -> None:
    """One alone is none."""
    with pytest.raises(NoRule, match=r"^rules: "):
        Script().replace(HALF)  # type: ignore[arg-type] # as JSON may have it


def test_a_clock_may_be_slow() -> None:
    """No other seconds are below zero."""
    assert Rule("clock_skew", seconds=-60).given("clock_skew") == -60


def drawn(script: Script, serials: list[str]) -> dict[str, list[bool]]:
    """Which draws of each serial number met a fault."""
    found: dict[str, list[bool]] = {}
    for serial in serials:
        rule = script.draw("acme", "submit", serial)
        found.setdefault(serial, []).append(rule is not NONE)
    return found


def test_the_same_seed_meets_the_same_faults_in_any_order() -> None:
    """Another seed meets others."""
    serials = [f"AC26XY{number % 50:06d}" for number in range(200)]
    shuffled = random.Random(1).sample(serials, len(serials))  # noqa: S311 - no secret
    script = Script(7)
    script.replace([HALF])
    first = drawn(script, serials)
    script.replace([HALF])
    assert drawn(script, shuffled) == first
    script.replace([HALF], 8)
    assert drawn(script, serials) != first


def test_half_is_about_a_half() -> None:
    """Of a thousand serial numbers."""
    script = Script(1)
    script.replace([HALF])
    hits = drawn(script, [str(number) for number in range(1000)])
    assert 430 < sum(one[0] for one in hits.values()) < 570


def test_the_seed_of_the_process_is_the_scripts_unless_it_names_one() -> None:
    """And comes back."""
    script = Script(7)
    seeds = []
    for seed in (None, 3, None):
        script.replace([HALF], seed)
        seeds.append(script.seed)
    assert seeds == [7, 3, 7]


def test_rules_are_tried_in_their_order() -> None:
    """The first that applies is the one; one that is used up does not."""
    script = Script()
    script.replace([{"fault": "hang", "times": 1}, {"fault": "status"}])
    script.add({"fault": "html"})
    assert [script.draw("acme", "submit").fault for _ in range(3)] == ["hang", "status", "status"]
    assert [(one["met"], one["fired"]) for one in script.report()] == [(1, 1), (2, 2), (0, 0)]
