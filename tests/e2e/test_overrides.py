"""Overrides against a running system: no process is restarted."""

import asyncio
import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.system import System, example, lines

from registrar.cli.output import plain
from registrar.client import Client

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
BREAKER, ACME_API = ("connectors", "breaker"), ("acme", "api")
WHEN = "{status: [418], path: code, in: [internal]}"


def until(ahead: timedelta) -> str:
    """As it is typed."""
    return f"{datetime.now(UTC) + ahead:%Y-%m-%dT%H:%M:%SZ}"


def adding(*more: str, ahead: timedelta = timedelta(days=1), effect: str = "refused") -> list[str]:
    """The command."""
    rule = ["--when", WHEN, "--code", "not_eligible", "--effect", effect]
    said = ["--reason", "they answer [418]", "--until", until(ahead)]
    return ["connectors", "overrides", "add", "acme", *rule, *said, *more]


ACCEPTED = ("--acknowledge-duplicate-risk", "--guidance", "Ask them.")


NUMBERS = itertools.count(700_000)
"""Of products that no other test registers with the same system."""


def attempt(system: System) -> dict[str, Any]:
    """The first one of a new registration, once it has ended."""
    (result,) = system.json("submit", "-", stdin=lines(example(next(NUMBERS))))
    key = result["response"]["registration"]["id"]

    async def ended() -> dict[str, Any]:
        async with Client(system.ready["grpc"], system.ready["api_key"]) as client:
            while True:
                first = [plain(one) for one in (await client.attempts(key))[:1]]
                if first and first[0]["state"] == "ATTEMPT_STATE_ENDED":
                    return first[0]
                await asyncio.sleep(0.1)

    return asyncio.run(asyncio.wait_for(ended(), 20))


def settled_by(system: System, rule: str) -> dict[str, Any]:
    """An attempt that is classified by this rule, within the seconds that a worker needs."""
    ends = time.monotonic() + 40
    while time.monotonic() < ends:
        found = attempt(system)
        if found.get("rule", "") == rule:
            return found
    pytest.fail(f"no attempt by {rule!r}")


def test_an_answer_is_classified_by_an_override_until_it_expires(system: System) -> None:
    """Unmapped before, by its name while it is in force, and unmapped again."""
    fault = {"manufacturer": "acme", "fault": "status", "status": 418, "step": "submit"}
    system.script(fault)
    # Failures are what this is about: the breaker would leave the manufacturer alone for them.
    system.json(*BREAKER, "disable", *ACME_API, "--reason", "it is to fail", "--yes")
    try:
        # A worker may still hold what another test has just removed.
        assert settled_by(system, "")["code"] == "unmapped"
        (made,) = system.json(*adding(*ACCEPTED, "--yes", ahead=timedelta(seconds=15)))
        found = settled_by(system, f"override:{made['id']}")
        assert (found["code"], found["effect"]) == ("not_eligible", "SUBMISSION_EFFECT_REFUSED")
        assert settled_by(system, "")["code"] == "unmapped"
    finally:
        system.script()
        system.json(*BREAKER, "normal", *ACME_API, "--yes")
    assert made["id"] not in {one["id"] for one in system.json("connectors", "overrides", "list")}
    (shown,) = system.json("connectors", "overrides", "list", "acme", "--expired")
    assert (shown["id"], shown["reason"]) == (made["id"], "they answer [418]")


def test_an_override_is_added_shown_and_removed(system: System) -> None:
    """In a table for people, with its reason as it was typed."""
    (made,) = system.json(
        *adding("--retry-after", "2.5", "--order", "7", "--yes", effect="unknown")
    )
    assert made["rule"]["when"] == {"status": [418], "path": "code", "values": ["internal"]}
    assert (made["rule"]["retry_after"], made["order"]) == ("2.500s", 7)
    assert made["created_by"].startswith("key:")
    table = system.run("connectors", "overrides", "list").stdout.replace("│", " ").split()
    assert {made["id"], "acme", "[418]"} <= set(table)
    remove = ("connectors", "overrides", "remove", made["id"], "--reason", "mended")
    for option in ("--dry-run", "--yes"):
        assert system.json(*remove, option) == [made]
    assert system.run(*remove, "--yes").returncode == 4
    assert made not in system.json("connectors", "overrides", "list")


def test_nothing_is_overridden_without_a_yes_or_against_the_rules(system: System) -> None:
    """A dry run has the service check it; what it refuses is named by its field."""
    assert system.run(*adding(*ACCEPTED), stdin="n\n").returncode == 1
    (shown,) = system.json(*adding(*ACCEPTED, "--dry-run"))
    assert "id" not in shown
    refused = system.run(*adding("--dry-run"))
    assert (refused.returncode, "acknowledge_duplicate_risk" in refused.stderr) == (4, True)
    late = system.run(*adding("--yes", ahead=timedelta(days=91), effect="unknown"))
    assert (late.returncode, "expire_time" in late.stderr) == (4, True)
    assert system.run(*adding("--when", "{status: [", "--yes")).returncode == 2
    assert system.run(*adding("--when", "{colour: red}", "--yes")).returncode == 2
    assert system.json("connectors", "overrides", "list") == []
