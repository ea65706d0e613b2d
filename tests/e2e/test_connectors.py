"""Operators' commands against a running system: real processes, a real manufacturer's answers."""

import time
from pathlib import Path
from typing import Any

import pytest
from tests.system import System, example, lines, running, start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


ACME = ("acme", "FULFILLMENT_TIER_API")


def connector(system: System) -> dict[str, Any]:
    """Acme's API."""
    listed = system.json("connectors", "list")
    (found,) = (one for one in listed if (one["manufacturer_id"], one["tier"]) == ACME)
    return found


def reached(system: System, key: str, state: str, seconds: float = 20) -> dict[str, Any]:
    """The registration, once it is in that state."""
    ends = time.monotonic() + seconds
    while True:
        (got,) = system.json("get", key)
        if got["state"] == f"REGISTRATION_STATE_{state}":
            return got
        assert time.monotonic() < ends, got
        time.sleep(0.2)


def test_a_paused_connector_sends_nothing_until_it_is_resumed(system: System) -> None:
    """list, show and explain say so; afterwards the registration goes through at once."""
    command = ("connectors", "pause", "acme", "--yes", "--reason", "key rotation [1]")
    (paused,) = system.json(*command)
    assert paused["pause"]["reason"] == "key rotation [1]"
    assert paused["pause"]["by"].startswith("key:")
    assert [one["pause"] for one in system.json(*command)] == [paused["pause"]]
    (result,) = system.json("submit", "-", stdin=lines(example(901)))
    key = result["response"]["registration"]["id"]
    waiting = reached(system, key, "WAITING")
    assert waiting["wait_reason"] == "WAIT_REASON_CONNECTOR_PAUSED"
    assert "attempt_count" not in waiting
    # The table wraps its lines; a reason is no markup.
    assert {"rotation", "[1]"} <= set(system.run("connectors", "list").stdout.split())
    (resumed,) = system.json("connectors", "resume", "acme", "--yes")
    assert "pause" not in resumed
    assert reached(system, key, "SUCCEEDED")["attempt_count"] == 1


def test_a_pause_may_name_its_end(system: System) -> None:
    """In UTC; one that has passed is refused, and so is another way to write it."""
    pause = ("connectors", "pause", "samsung", "--yes", "--reason", "maintenance", "--until")
    (paused,) = system.json(*pause, "2099-12-01T06:00Z")
    assert paused["pause"]["until"] == "2099-12-01T06:00:00Z"
    assert system.run(*pause, "tomorrow").returncode == 2
    late = system.run(*pause, "2020-01-01T00:00:00Z")
    assert (late.returncode, "until:" in late.stderr) == (4, True)
    assert system.run("connectors", "resume", "samsung", "--yes").returncode == 0


def test_nothing_is_paused_without_a_yes(system: System) -> None:
    """Asked on standard error, so that standard output stays clean."""
    asked = system.run("connectors", "pause", "acme", "--reason", "r", stdin="n\n")
    assert (asked.returncode, asked.stdout.strip()) == (1, "")
    assert system.run("connectors", "resume", "acme", stdin="n\n").returncode == 1
    assert "pause" not in connector(system)
    assert system.run("connectors", "pause", "nobody", "--yes", "--reason", "r").returncode == 4


def test_a_probe_tells_how_the_manufacturer_is(system: System) -> None:
    """Exit code 1 where something is wrong, for people and for programs."""
    (well,) = system.json("connectors", "probe", "acme", "--tier", "api")
    assert well["last_probe"]["code"] == "ok"
    system.script({"manufacturer": "acme", "fault": "status", "status": 500})
    try:
        bad = system.run("connectors", "probe", "acme", "--tier", "api")
    finally:
        system.script()
    assert (bad.returncode, "failed" in bad.stdout) == (1, True)
    assert connector(system)["consecutive_probe_failures"] == 1
    assert (
        system.json("connectors", "probe", "acme", "--tier", "api")[0]["last_probe"]["code"] == "ok"
    )


def test_probes_are_made_by_the_clock(tmp_path: Path) -> None:
    """The dispatcher asks, a worker looks, and the service tells."""
    with running(start(tmp_path, REGISTRAR_PROBE_INTERVAL_SECONDS="1")) as system:
        ends = time.monotonic() + 60
        seen: set[str] = set()
        while len(seen) < 2:
            probe = connector(system).get("last_probe", {"probe_time": "", "code": "ok"})
            assert probe["code"] == "ok"
            seen |= {probe["probe_time"]} - {""}
            assert time.monotonic() < ends, seen
            time.sleep(0.3)


BREAKER = ("connectors", "breaker")
ACME_API = ("acme", "api")


def circuit(system: System) -> dict[str, Any]:
    """Of Acme's API, which is the first of its routes."""
    found = system.json(*BREAKER, "show", "acme")[0]
    assert (found["manufacturer_id"], found["tier"]) == ACME
    shown: dict[str, Any] = found["circuit"]
    return shown


def test_a_circuit_that_is_forced_open_sends_nothing_until_it_is_freed(system: System) -> None:
    """It is shown; what was to wait for hours goes on at once; a reset begins the ramp."""
    ends = time.monotonic() + 60
    while circuit(system)["state"] == "CIRCUIT_STATE_COLD":
        assert time.monotonic() < ends
    said = ("--reason", "they migrate [1]", "--for", "2h", "--yes")
    (forced,) = system.json(*BREAKER, "force-open", *ACME_API, *said)
    ruling = forced["circuit"]["ruling"]
    assert (ruling["mode"], ruling["reason"]) == ("CIRCUIT_MODE_FORCED_OPEN", "they migrate [1]")
    assert circuit(system)["shut_reason"] == "WAIT_REASON_CIRCUIT_OPEN"
    (key,) = system.accepted(940, 1)
    waiting = reached(system, key, "WAITING")
    assert waiting["wait_reason"] == "WAIT_REASON_CIRCUIT_OPEN"
    shown = system.run(*BREAKER, "show", "acme").stdout.split()
    assert {"forced", "open", "migrate", "[1]"} <= set(shown)
    (freed,) = system.json(*BREAKER, "normal", *ACME_API, "--yes")
    assert "ruling" not in freed["circuit"]
    assert reached(system, key, "SUCCEEDED")["attempt_count"] == 1
    (again,) = system.json(*BREAKER, "shadow", *ACME_API, "--reason", "we learn", "--yes")
    assert again["circuit"]["ruling"]["mode"] == "CIRCUIT_MODE_SHADOW"
    system.json(*BREAKER, "normal", *ACME_API, "--yes")
    (reset,) = system.json(*BREAKER, "reset", *ACME_API, "--yes")
    assert reset["circuit"]["state"] in {"CIRCUIT_STATE_RAMP", "CIRCUIT_STATE_CLOSED"}


def test_a_breaker_is_not_ruled_by_mistake(system: System) -> None:
    """A question first; a wrong span and a route without a circuit are told."""
    command = (*BREAKER, "disable", *ACME_API, "--reason", "r")
    assert system.run(*command, stdin="n\n").returncode == 1
    assert system.run(*command, "--for", "soon", "--yes").returncode == 2
    unused = system.run(*BREAKER, "reset", "acme", "web", "--yes")
    assert (unused.returncode, "circuit:" in unused.stderr) == (4, True)
    assert "ruling" not in circuit(system)
