"""Nothing outlives its parent, however the parent ends."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.system import System, alive, command_of, gone, running, start

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(300)]


def pids_of(system: System, *words: str) -> list[int]:
    """Members with all these words in their command, parents first."""
    members = {pid: command_of(pid) for pid in system.members()}
    return [pid for pid, command in members.items() if all(one in command for one in words)]


def master(system: System) -> int:
    """Dramatiq's own: the child of the leash, the parent of the worker."""
    return next(pid for pid in pids_of(system, "dramatiq") if pid != leash(system))


def leash(system: System) -> int:
    """Of the workers."""
    return pids_of(system, "registrar.cli.leash", "dramatiq")[0]


def test_a_killed_system_leaves_nothing_behind(tmp_path: Path) -> None:
    """Kill -9 of `registrar dev`: its processes end, theirs, and the private Redis."""
    system = start(tmp_path)
    members = system.members()
    assert len(members) >= 8
    system.accepted(0, 5)
    system.process.kill()
    assert gone(members), [command_of(pid) for pid in members if alive(pid)]
    assert system.stop() == -signal.SIGKILL


@pytest.mark.parametrize("victim", [master, leash])
def test_killed_workers_leave_nothing_behind_and_are_replaced(
    tmp_path: Path, victim: Callable[[System], int]
) -> None:
    """Kill -9 of Dramatiq's master, or of its leash: the old ones end, new ones work."""
    with running(start(tmp_path)) as system:
        before = pids_of(system, "dramatiq")
        os.kill(victim(system), signal.SIGKILL)
        assert gone(before), [command_of(pid) for pid in before if alive(pid)]
        ends = time.monotonic() + 30
        while len(pids_of(system, "dramatiq")) < len(before):
            assert time.monotonic() < ends
            time.sleep(0.1)
        system.registered_once_each(system.accepted(100, 5))
