"""A running system, an operator's own manufacturer, and a faulty hook that is mended meanwhile."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.system import REGISTRAR, System, clean_environment, example, lines, running, start

from registrar.connectors.kit.catalogue import PACKAGED

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

FAULTY = """import contextlib


def prepare(record, body):
    number = int(record["product"]["serial_number"][-6:])
    if number == 1:
        while True:
            pass
    if number == 2:
        contextlib.os._exit(0)
    if number == 3:
        return "a" * (1 << 40)
    return {"body": body}
"""
MENDED = """def prepare(record, body):
    return {"body": body}
"""


class Zenith:
    """Speaks partner-v1 to acme's part of the sandbox."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "own" / "zenith"
        self.folder.mkdir(parents=True)
        self.write("1", FAULTY)

    def write(self, version: str, hook: str) -> None:
        """As an operator does: the hook, then the manifest that goes with it."""
        text = (PACKAGED / "acme" / "manifest.yaml").read_text(encoding="utf-8")
        for old, new in (
            ("id: acme", "id: zenith"),
            # Those that meet the fault are still there when it is mended, on a slow machine, too.
            ("max_attempts: 5", "max_attempts: 50"),
            ('version: "1"', f'version: "{version}"'),
            ("    network: {", "    hook: {step: prepare, cpu: 1, wall: 3}\n    network: {"),
        ):
            text = text.replace(old, new, 1)
        (self.folder / "hooks.py").write_text(hook, encoding="utf-8")
        (self.folder / "manifest.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def zenith(tmp_path: Path) -> Zenith:
    """With a faulty hook."""
    return Zenith(tmp_path)


@pytest.fixture
def system(tmp_path: Path, zenith: Zenith) -> Iterator[System]:
    """One worker process, which knows zenith."""
    command = [*REGISTRAR, "sandbox", "--json", "--until-eof"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=clean_environment(), text=True, **pipes) as sandbox:  # type: ignore[call-overload]  # noqa: S603 - our own program
        assert sandbox.stdout is not None
        base = json.loads(sandbox.stdout.readline())["sandbox"]
        made = start(
            tmp_path / "state",
            REGISTRAR_CONNECTOR_URLS=json.dumps({"zenith": f"{base}/acme/partner/v1"}),
            REGISTRAR_CONNECTORS_FOLDER=str(zenith.folder.parent),
            REGISTRAR_CONNECTOR_CHECK_SECONDS="0.5",
        )
        made.ready["sandbox"] = base
        with running(made):
            yield made
        sandbox.kill()


def submitted(system: System, first: int, count: int) -> list[str]:
    """Zenith's registrations with these serial numbers."""
    numbers = range(first, first + count)
    items = [example(number, manufacturer_id="zenith") for number in numbers]
    results = system.json("submit", "-", stdin=lines(*items))
    return [one["response"]["registration"]["id"] for one in results]


def versions(system: System) -> dict[str, str]:
    """Of the manufacturers, as `serve` tells them."""
    return {one["manufacturer_id"]: one["version"] for one in system.json("connectors", "list")}


def test_a_faulty_hook_harms_its_own_attempts_until_it_is_mended(
    system: System, zenith: Zenith
) -> None:
    """Loops, exits and eats memory beside nine others; mended without a restart, all arrive."""
    workers = system.members()
    bad = submitted(system, 1, 3)
    good = submitted(system, 4, 9)
    assert set(system.settled(good).values()) == {"SUCCEEDED"}
    assert versions(system)["zenith"] == "1"
    zenith.write("2", MENDED)
    assert set(system.settled(bad, seconds=180).values()) == {"SUCCEEDED"}
    system.registered_once_each([*bad, *good])
    for _ in range(20):
        if versions(system)["zenith"] == "2":
            break
        time.sleep(0.2)
    assert versions(system)["zenith"] == "2"
    assert set(workers) <= set(system.members())
