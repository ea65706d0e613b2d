"""A benchmark that nobody runs is one that has stopped to work."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from registrar.connectors.kit import manifest, reading
from registrar.connectors.kit.catalogue import PACKAGED

ROOT = Path(__file__).parents[2]


def measured(name: str, *quick: str) -> dict[str, Any]:
    """Its one JSON line."""
    command = [sys.executable, "-m", f"benchmarks.{name}", "--json", *quick]
    done = subprocess.run(  # noqa: S603 - our own module
        command, cwd=ROOT, capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["name"] == name
    return found


@pytest.mark.slow
def test_what_a_gate_costs_is_measured() -> None:
    """Beside bare round trips, and within an attempt."""
    quick = ("--seconds", "0.1", "--in-flight", "4", "--attempts", "20")
    found = measured("admission", *quick)
    assert found["ratios"].keys() == {"to_bare_round_trips", "share_of_attempt"}
    assert 0 < found["ratios"]["to_bare_round_trips"] < 1
    assert all(value > 0 for value in found["figures"].values())


@pytest.mark.slow
def test_what_a_connector_costs_is_measured() -> None:
    """Each manufacturer with an API, the HTTP client, and fifty in one request; one JSON line."""
    found = measured("connectors", "--seconds", "0.05", "--rounds", "1", "--in-flight", "4")
    for path in reading.files(PACKAGED):
        made = manifest.load(path)
        figures = {f"{made.manufacturer.id}.{one}_us" for one in ("mapping", "classify", "attempt")}
        assert (figures <= found["figures"].keys()) is (made.api is not None)
    assert found["figures"]["imports.batch.requests_per_registration"] == 1 / 50
    assert found["figures"]["imports.one_by_one.requests_per_registration"] == 1
    assert found["ratios"].keys() == {"transport_to_plain_httpx", "imports.batch_to_one_by_one"}
    assert all(value > 0 for value in found["ratios"].values())
