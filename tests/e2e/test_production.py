"""The same system on real PostgreSQL and Redis, two processes of each kind, and its faults."""

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import await_redis, redis_program
from tests.e2e.conftest import System, example, lines, start

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(180)]


class Redis:
    """A server of our own that can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "s"
        self._options = ["--port", "0", "--unixsocket", str(self.path), "--save", ""]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Empty."""
        self._process = subprocess.Popen(  # noqa: S603 - our own program and options
            [redis_program(), *self._options, "--dir", str(self.path.parent)],
            stdout=subprocess.DEVNULL,
        )
        await_redis(self._process, self.path)

    def stop(self) -> None:
        """At once, and everything in it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self.path.unlink(missing_ok=True)
            self._process = None


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """Running."""
    folder = Path("/tmp") / f"registrar-{os.getpid()}-{time.monotonic_ns()}"  # noqa: S108 - short
    folder.mkdir()
    del tmp_path_factory
    made = Redis(folder)
    made.start()
    yield made
    made.stop()
    shutil.rmtree(folder)


@pytest.fixture
def production(tmp_path: Path, postgres_url: str, redis: Redis) -> Iterator[System]:
    """Two of each."""
    made = start(
        tmp_path,
        *("--serve", "2", "--dispatch", "2", "--work", "2"),
        REGISTRAR_DATABASE_URL=postgres_url,
        REGISTRAR_REDIS_URL=f"unix://{redis.path}",
        REGISTRAR_LEASE_SECONDS="3",
    )
    yield made
    assert made.stop() == 0
    assert made.process.stdout is not None
    made.process.stdout.close()


def ask(system: System, path: str, method: str = "GET", body: Any = None) -> Any:  # noqa: ANN401
    """The sandbox's control interface."""
    data = None if body is None else json.dumps(body).encode()
    url = f"{system.ready['sandbox']}/_sandbox/{path}"
    request = urllib.request.Request(url, data=data, method=method)  # noqa: S310 - our own
    with closing(urllib.request.urlopen(request, timeout=5)) as answer:  # noqa: S310
        return json.load(answer)


def accepted(system: System, first: int, count: int) -> list[str]:
    """Ids; every one must have been accepted."""
    results = system.json(
        "submit", "-", stdin=lines(*(example(first + number) for number in range(count)))
    )
    return [one["response"]["registration"]["id"] for one in results]


def settled(system: System, ids: list[str], seconds: float = 60) -> dict[str, str]:
    """States, once nothing more happens by itself."""
    ends = time.monotonic() + seconds
    while True:
        states = {one["id"]: one["state"] for one in system.json("list", "--limit", "1000")}
        found = {key: states[key].removeprefix("REGISTRATION_STATE_") for key in ids}
        if not set(found.values()) - {"SUCCEEDED", "FAILED", "ACTION_REQUIRED"}:
            return found
        assert time.monotonic() < ends, found
        time.sleep(0.3)


def once_each(system: System, ids: list[str]) -> None:
    """All succeeded, with exactly one effect each in the manufacturer's ledger."""
    assert set(settled(system, ids).values()) == {"SUCCEEDED"}
    ledger = ask(system, "ledger")
    assert ledger["duplicates"] == []
    assert sorted(one["key"] for one in ledger["effects"]) == sorted(ids)


def workers(system: System) -> list[int]:
    """The processes that run Dramatiq's threads, and their masters."""
    found = []
    for pid in system.members():
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
        if b"dramatiq" in command or b"multiprocessing" in command:
            found.append(pid)
    return found


def test_a_bad_day_with_two_processes_of_each_kind(production: System) -> None:
    """Lost answers, resets, throttling: everything is registered once."""
    rules = [
        {"fault": "commit_then_drop", "step": "submit", "probability": 0.2},
        {"fault": "reset_before_commit", "step": "submit", "probability": 0.1},
        {"fault": "throttle", "step": "submit", "probability": 0.1},
    ]
    ask(production, "faults", "PUT", {"rules": rules, "seed": 7})
    once_each(production, accepted(production, 0, 100))


def test_killed_workers_lose_and_double_nothing(production: System) -> None:
    """Kill -9 after the manufacturer has acted: it is asked, once the lease has run out."""
    rule = {"fault": "commit_then_hang", "step": "submit", "seconds": 5, "times": 10}
    ask(production, "faults", "PUT", {"rules": [rule]})
    ids = accepted(production, 1000, 20)
    ends = time.monotonic() + 20
    while len(ask(production, "ledger")["effects"]) < 10:
        assert time.monotonic() < ends
        time.sleep(0.05)
    for pid in workers(production):
        os.kill(pid, signal.SIGKILL)
    once_each(production, ids)


def test_redis_lost_delays_and_loses_nothing(production: System, redis: Redis) -> None:
    """Accepted while it is away, waits, and drains when it is back, empty."""
    redis.stop()
    ids = accepted(production, 2000, 20)
    assert {one["state"] for one in production.json("list")} == {"REGISTRATION_STATE_PENDING"}
    time.sleep(5)
    redis.start()
    once_each(production, ids)


def test_a_restart_under_load_loses_nothing(tmp_path: Path) -> None:
    """SIGTERM right after the last acceptance; the next one finishes what was begun."""
    first = start(tmp_path)
    ask(first, "faults", "PUT", {"rules": [{"fault": "latency", "seconds": 0.3}]})
    ids = accepted(first, 3000, 100)
    assert first.stop() == 0
    second = start(tmp_path)
    once_each(second, ids)
    assert second.stop() == 0
    for one in (first, second):
        assert one.process.stdout is not None
        one.process.stdout.close()
