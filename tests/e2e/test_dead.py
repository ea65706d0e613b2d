"""Failures by the command line: seen by their cause, retried, abandoned, and how that went."""

import json

import pytest
from tests.e2e.test_manual import handed_over
from tests.system import System

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def given_up(system: System, number: int) -> str:
    """The id of a registration that a person has given up."""
    key = handed_over(system, number)
    (ended,) = system.json("manual", "done", key, "--give-up", "No receipt.", "--yes")
    assert ended["state"] == "REGISTRATION_STATE_FAILED"
    return key


def test_failures_are_answered(system: System) -> None:
    """One is abandoned, one is retried; both leave the list, and the operations tell."""
    # What other tests have left.
    answered = system.run(
        "dead", "abandon", "--manufacturer", "milwaukee", "--reason", "Old.", "--yes"
    )
    assert answered.returncode == 0, answered.stderr
    kept, other = given_up(system, 931), given_up(system, 932)
    (group,) = system.json("dead", "list", "--manufacturer", "milwaukee")
    assert (group["failure_code"], group["count"]) == ("given_up", 2)
    assert group["fingerprint"] in system.run("dead", "list").stdout
    of_group = ("--fingerprint", group["fingerprint"], "--reason", "The receipt is there.")
    (seen,) = system.json("dead", "retry", *of_group, "--dry-run")
    assert (seen["matched_count"], set(seen["sample_registration_ids"])) == (2, {kept, other})
    before = system.json("bulk", "list")
    refused = system.run("dead", "retry", *of_group, stdin="n\n")
    assert refused.returncode == 1
    assert system.json("bulk", "list") == before

    (gone,) = system.json("dead", "abandon", other, "--reason", "Sold.", "--yes")
    assert (gone["state"], gone["done_count"]) == ("BULK_OPERATION_STATE_DONE", 1)
    assert system.json("dead", "list", "--manufacturer", "milwaukee")[0]["count"] == 1
    assert "abandon_time" in system.json("get", other)[0]

    done = system.run("dead", "retry", *of_group, "--yes")
    assert done.returncode == 0, done.stderr
    assert "1 of 1 done" in done.stdout
    assert "1 taken" in done.stderr
    assert system.json("dead", "list", "--manufacturer", "milwaukee") == []
    retried, abandoned = system.json("bulk", "list")[:2]
    assert abandoned == gone
    assert system.json("bulk", "show", retried["id"], "--wait") == [retried]
    assert system.json("bulk", "cancel", retried["id"], "--yes") == [retried]
    assert retried["id"] in system.run("bulk", "list").stdout.replace("\n", "")
    again = system.run("dead", "abandon", other, "--reason", "Sold.", "--yes", "--json")
    assert (again.returncode, json.loads(again.stdout).get("matched_count")) == (0, None)


def test_what_waits_is_cancelled_together(system: System) -> None:
    """By a filter; what is asked wrongly is said with its field."""
    keys = {handed_over(system, number) for number in (941, 942)}
    wish = ("bulk", "cancel-registrations", "--manufacturer", "milwaukee", "--reason", "Recall.")
    wrong = system.run(*wish, "--state", "failed", "--yes")
    assert (wrong.returncode, "filter.states[0]" in wrong.stderr) == (4, True)
    (made,) = system.json(*wish, "--state", "action-required", "--yes", "--no-wait")
    assert made["matched_count"] >= len(keys)
    system.json("bulk", "show", made["id"], "--wait")
    states = {system.json("get", key)[0]["state"] for key in keys}
    assert states == {"REGISTRATION_STATE_CANCELLED"}
