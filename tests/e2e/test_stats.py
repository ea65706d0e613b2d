"""How registrations are doing, by the command line: a dispatcher counts, the service answers."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.e2e.test_manual import handed_over
from tests.system import System

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

OF_ONE = ("--manufacturer", "milwaukee")


def figures(system: System) -> dict[str, int]:
    """Of one manufacturer, in the last day, with all that is there by now."""
    now, until = datetime.now(UTC), time.monotonic() + 30
    while True:
        (found,) = system.json("stats", *OF_ONE)
        as_of = found["frame"].get("as_of_time")
        if as_of is not None and datetime.fromisoformat(as_of) > now:
            break
        assert time.monotonic() < until, "nobody counts"
        time.sleep(0.2)
    (*mine,) = found.get("manufacturers", [])
    counts: dict[str, Any] = mine[0]["figures"] if mine else {}
    return {name: int(counts.get(name, 0)) for name in ("accepted", "handed_over")}


def test_what_happens_is_counted_within_seconds(system: System) -> None:
    """By who dispatches; each once."""
    before = figures(system)
    for number in (951, 952):
        handed_over(system, number)
    assert figures(system) == {name: count + 2 for name, count in before.items()}
    shown = system.run("stats", *OF_ONE)
    assert "milwaukee" in shown.stdout
    assert "action required" in shown.stdout
    assert "counted up to" in shown.stderr

    (funnel,) = system.json("stats", "--funnel", *OF_ONE)
    manual = [one for one in funnel["stages"] if one["tier"] == "FULFILLMENT_TIER_MANUAL_ASSIST"]
    assert int(manual[0]["handed_over"]) >= 2
    assert "manual assist" in system.run("stats", "--funnel", *OF_ONE).stdout
    by = ("stats", "--by", "manufacturer", "--metric", "accepted")
    (rows,) = system.json(*by)
    assert int({one["value"]: one["count"] for one in rows["rows"]}["milwaukee"]) >= 2
    assert "milwaukee" in system.run(*by).stdout


def test_what_is_asked_wrongly_is_said(system: System) -> None:
    """Before anything is asked."""
    found = system.run("stats", "--funnel", "--by", "tier")
    assert (found.returncode, "--by" in found.stderr) == (2, True)
