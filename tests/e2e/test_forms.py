"""Forms in the whole system: real processes, a real browser, and the sandbox's form of Acme."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.system import System, command_of, example, lines, running, start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
WEB = {"allowed_tiers": ["FULFILLMENT_TIER_WEB_AUTOMATION", "FULFILLMENT_TIER_MANUAL_ASSIST"]}


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """With a browser, and leases that end soon."""
    made = start(tmp_path, REGISTRAR_BROWSER="auto", REGISTRAR_LEASE_SECONDS="4")
    with running(made) as one:
        yield one


def submitted(system: System, number: int) -> str:
    """By its form."""
    (result,) = system.json("submit", "-", stdin=lines(example(number, **WEB)))
    return str(result["response"]["registration"]["id"])


def acts(system: System) -> list[str]:
    """Serial numbers of the ledger."""
    return [one["serial_number"] for one in system.ask("ledger")["effects"]]


def test_a_form_is_filled_and_leaves_its_evidence(system: System) -> None:
    """Marked before the last click; a picture and a copy of the last page can be fetched."""
    key = submitted(system, 810_001)
    assert system.settled([key], 120) == {key: "SUCCEEDED"}
    kinds = [one for event in system.json("events", key) for one in event if "return" in one]
    assert kinds == ["point_of_no_return"]
    kept = [one["kind"] for one in system.json("artifacts", "list", key)]
    assert sorted(kept) == ["ARTIFACT_KIND_DOM_SNAPSHOT", "ARTIFACT_KIND_SCREENSHOT"]
    assert acts(system) == ["AC99ZZ810001"]


def fillers(system: System) -> list[int]:
    """The processes that fill forms."""
    found = [pid for pid in system.members() if "--queues browser" in command_of(pid)]
    return [pid for pid in found if "leash" not in command_of(pid)]


def test_a_killed_browser_worker_leaves_no_doubt_and_no_second_act(system: System) -> None:
    """Kill -9 while a page is on its way: nothing was sent, and another one fills the form."""
    system.script({"fault": "latency", "step": "form", "seconds": 3, "times": 2})
    key = submitted(system, 810_002)
    ends = time.monotonic() + 60
    while system.json("get", key)[0]["state"] != "REGISTRATION_STATE_RUNNING":
        assert time.monotonic() < ends
        time.sleep(0.1)
    for pid in fillers(system):
        os.kill(pid, signal.SIGKILL)
    system.script()
    assert system.settled([key], 150) == {key: "SUCCEEDED"}
    assert acts(system) == ["AC99ZZ810002"]
