"""Workers that are killed."""

import os
import signal
import time
from pathlib import Path

import pytest
from tests.system import System

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.timeout(300),
]


def workers(system: System) -> list[int]:
    """The processes that run Dramatiq's threads, and their masters."""
    found = []
    for pid in system.members():
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
        if b"dramatiq" in command or b"multiprocessing" in command:
            found.append(pid)
    return found


def test_killed_workers_lose_and_double_nothing(production: System) -> None:
    """Kill -9 after the manufacturer has acted: it is asked, once the lease has run out."""
    production.script({"fault": "commit_then_hang", "step": "submit", "seconds": 5, "times": 10})
    ids = production.accepted(1000, 20)
    ends = time.monotonic() + 20
    while len(production.ask("ledger")["effects"]) < 10:
        assert time.monotonic() < ends
        time.sleep(0.05)
    for pid in workers(production):
        os.kill(pid, signal.SIGKILL)
    production.registered_once_each(ids)
