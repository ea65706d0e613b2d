"""A form that changes, in the whole system: a probe sees it, operators are told, it goes on."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.test_forms import WEB
from tests.system import System, example, lines, running, start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """With a browser."""
    with running(start(tmp_path, REGISTRAR_BROWSER="auto")) as one:
        yield one


def submitted(system: System, number: int) -> str:
    """By its form."""
    (result,) = system.json("submit", "-", stdin=lines(example(number, **WEB)))
    return str(result["response"]["registration"]["id"])


def probed(system: System) -> int:
    """Exit code of one made now."""
    return system.run("connectors", "probe", "acme", "--tier", "web").returncode


def warm(system: System) -> None:
    """A worker of forms is there, and its browser: on a busy machine its start outlasts a probe."""
    ends = time.monotonic() + 90
    while probed(system) != 0:
        assert time.monotonic() < ends


def waiting(system: System, key: str) -> str:
    """Why it does, once it does."""
    ends = time.monotonic() + 30
    while (got := system.json("get", key)[0])["state"] != "REGISTRATION_STATE_WAITING":
        assert time.monotonic() < ends, got
        time.sleep(0.2)
    return str(got["wait_reason"])


def test_a_changed_form_is_seen_told_and_gone_on_with(system: System) -> None:
    """What was submitted meanwhile, and has no other route, waits for it and spends no attempt."""
    warm(system)
    assert system.run("connectors", "drift").returncode == 0
    system.script({"manufacturer": "acme", "step": "form", "fault": "form_extra_required"})
    assert probed(system) == 1
    told = system.run("connectors", "drift", "acme")
    assert (told.returncode, "stopped at product" in told.stdout) == (1, True)
    assert {"breaking", "Customer"} <= set(told.stdout.split())
    assert "stopped" in system.run("connectors", "list").stdout
    key = submitted(system, 820_001)
    assert waiting(system, key) == "WAIT_REASON_CONNECTOR_PAUSED"
    system.script()
    warm(system)
    assert system.run("connectors", "drift", "acme", "--json").returncode == 0
    assert system.settled([key], 120) == {key: "SUCCEEDED"}
    assert system.json("get", key)[0]["attempt_count"] == 1


def test_an_operator_accepts_a_form(system: System) -> None:
    """After a question; another manufacturer's name beside it is wrong usage."""
    warm(system)
    refused = system.run("connectors", "drift", "--accept", "acme", stdin="n\n")
    assert refused.returncode == 1
    assert system.run("connectors", "drift", "samsung", "--accept", "acme").returncode == 2
    (accepted,) = system.json("connectors", "drift", "--accept", "acme", "--yes")
    assert [one["step"] for one in accepted["steps"]] == ["product"]
    assert system.run("connectors", "drift", "nobody").returncode == 4
