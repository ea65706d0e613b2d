"""The processes one by one: when they are ready, and when they end."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.system import REGISTRAR, System, clean_environment, command_of, running, start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
SETTINGS = {
    "REGISTRAR_ROOT_KEY": "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
    "REGISTRAR_LOG_LEVEL": "error",
}


@contextmanager
def process(*arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """One of the processes, with a standard input that we hold."""
    with subprocess.Popen(  # noqa: S603 - our own program
        [*REGISTRAR, *arguments, "--json", "--until-eof"],
        env=clean_environment() | SETTINGS | settings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as made:
        try:
            yield made
        finally:
            made.kill()


def dramatiq(system: System) -> set[int]:
    """The processes that carry out registrations: those below the masters."""
    commands = {pid: command_of(pid) for pid in system.members()}
    # The leash names Dramatiq's command line behind its own.
    masters = [pid for pid, one in commands.items() if "-m dramatiq" in one and "leash" not in one]
    return {pid for one in masters for pid in System.below(one)}


def test_work_is_ready_when_all_its_processes_have_booted(tmp_path: Path, redis_url: str) -> None:
    """One line, with the pid of each; and it drains at SIGTERM."""
    settings = {
        "REGISTRAR_WORKER_PROCESSES": "2",
        "REGISTRAR_REDIS_URL": redis_url,
        "REGISTRAR_DATABASE_URL": f"sqlite:///{tmp_path / 'registrar.db'}",
    }
    environment = clean_environment() | SETTINGS | settings
    subprocess.run([*REGISTRAR, "migrate"], env=environment, check=True, timeout=60)  # noqa: S603
    with process("work", **settings) as made:
        assert made.stdout is not None
        ready = json.loads(made.stdout.readline())
        assert (ready["work"], ready["pid"]) == (True, made.pid)
        assert set(ready["workers"]) == dramatiq(System(made, ready))
        assert len(ready["workers"]) == 2
        made.terminate()
        assert made.wait(15) == 0
        assert made.stdout.read() == ""


def test_the_system_is_ready_when_its_workers_are(tmp_path: Path) -> None:
    """All of them run when it says so."""
    with running(start(tmp_path, "--work", "2")) as system:
        assert len(dramatiq(system)) == 2


@pytest.mark.parametrize("end", ["input", "SIGTERM"])
def test_serve_can_be_stopped_while_it_waits_for_its_database(end: str) -> None:
    """It is not ready, and ends as well as one that is."""
    with process("serve", REGISTRAR_DATABASE_URL="postgresql://x@127.0.0.1:1/x") as made:
        assert made.stdin is not None
        if end == "input":
            made.stdin.close()
        else:
            wait_until_it_listens(made.pid)
            made.send_signal(signal.SIGTERM)
        assert made.wait(60) == 0


def wait_until_it_listens(pid: int) -> None:
    """To signals: before that, SIGTERM simply ends it."""
    term = 1 << (signal.SIGTERM - 1)
    while True:
        status = Path(f"/proc/{pid}/status").read_text()
        caught = next(one for one in status.splitlines() if one.startswith("SigCgt"))
        if int(caught.split()[1], 16) & term:
            return
