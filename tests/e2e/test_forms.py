"""Forms in the whole system: real processes, a real browser, and the sandbox's form of Acme."""

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from tests.system import System, command_of, example, lines, running, start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
WEB = {"allowed_tiers": ["FULFILLMENT_TIER_WEB_AUTOMATION", "FULFILLMENT_TIER_MANUAL_ASSIST"]}


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """With a browser, and leases that end soon."""
    with tempfile.TemporaryDirectory(prefix="registrar-forms-") as folder:
        made = start(Path(folder), REGISTRAR_BROWSER="auto", REGISTRAR_LEASE_SECONDS="4")
        with running(made) as one:
            yield one


def submitted(system: System, number: int) -> str:
    """By its form."""
    (result,) = system.json("submit", "-", stdin=lines(example(number, **WEB)))
    return str(result["response"]["registration"]["id"])


def acts(system: System, numbers: range) -> list[str]:
    """Serial numbers of the ledger, of these examples: each test has its own."""
    mine = {f"AC99ZZ{one:06d}" for one in numbers}
    found = [one["serial_number"] for one in system.ask("ledger")["effects"]]
    return sorted(one for one in found if one in mine)


def test_a_form_is_filled_and_leaves_its_evidence(system: System) -> None:
    """Marked before the last click; a picture and a copy of the last page can be fetched."""
    key = submitted(system, 810_001)
    assert system.settled([key], 120) == {key: "SUCCEEDED"}
    kinds = [one for event in system.json("events", key) for one in event if "return" in one]
    assert kinds == ["point_of_no_return"]
    kept = [one["kind"] for one in system.json("artifacts", "list", key)]
    assert sorted(kept) == ["ARTIFACT_KIND_DOM_SNAPSHOT", "ARTIFACT_KIND_SCREENSHOT"]
    assert acts(system, range(810_000, 810_100)) == ["AC99ZZ810001"]


def fillers(system: System) -> list[int]:
    """The processes that fill forms."""
    found = [pid for pid in system.members() if "--queues browser" in command_of(pid)]
    return [pid for pid in found if "leash" not in command_of(pid)]


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Looked at ten times a second."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.1)


def fired(system: System) -> bool:
    """Whether the script's only rule has."""
    (rule,) = system.ask("faults")["rules"]
    return bool(rule["fired"])


def killed(system: System, number: int, rule: Mapping[str, object]) -> str:
    """A registration whose worker is killed while the manufacturer keeps it waiting."""
    system.script({"seconds": 3, "times": 1, **rule})
    key = submitted(system, number)
    until(lambda: fired(system))
    victims = fillers(system)
    assert victims
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    return key


@pytest.mark.timeout(480)
def test_a_browser_worker_killed_at_any_page_leaves_no_doubt(system: System) -> None:
    """Kill -9 while each page is on its way: nothing was sent, and another one fills the form."""
    system.script({"fault": "latency", "step": "form", "seconds": 0})
    first = submitted(system, 810_100)
    assert system.settled([first], 120) == {first: "SUCCEEDED"}
    (rule,) = system.ask("faults")["rules"]
    pages = int(rule["met"])
    assert pages > 2
    for page in range(pages):
        rule = {"fault": "latency", "step": "form", "after": page}
        key = killed(system, 810_101 + page, rule)
        assert system.settled([key], 120) == {key: "SUCCEEDED"}
        marks = [one for one in system.json("events", key) if "point_of_no_return" in one]
        assert len(marks) == 1
    expected = [f"AC99ZZ{810_100 + one}" for one in range(pages + 1)]
    assert acts(system, range(810_100, 810_200)) == expected


@pytest.mark.parametrize(
    ("fault", "number"),
    [
        pytest.param("latency", 810_200, id="before it acts"),
        pytest.param("commit_then_hang", 810_300, id="after it has acted"),
    ],
)
def test_a_browser_worker_killed_after_the_last_click_acts_once(
    system: System, fault: str, number: int
) -> None:
    """Nobody knows what the click has done, until the manufacturer's look-up says so."""
    key = killed(system, number, {"fault": fault, "step": "submit"})
    assert system.settled([key], 150) == {key: "SUCCEEDED"}
    assert acts(system, range(number, number + 100)) == [f"AC99ZZ{number}"]
