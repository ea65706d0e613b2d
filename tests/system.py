"""The whole system as a user starts it: `registrar dev`, real processes, real sockets."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

REGISTRAR = [sys.executable, "-m", "registrar.cli"]
ROOT = Path(__file__).parents[1]


def clean_environment() -> dict[str, str]:
    """Without settings of whoever runs the tests."""
    return {key: value for key, value in os.environ.items() if not key.startswith("REGISTRAR_")}


@dataclass
class System:
    """A running one; `ready` is its JSON line."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """A command of the client."""
        environment = clean_environment() | {
            "REGISTRAR_ADDRESS": self.ready["grpc"],
            "REGISTRAR_API_KEY": self.ready["api_key"],
        }
        return subprocess.run(  # noqa: S603 - our own program
            [*REGISTRAR, *arguments],
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def json(self, *arguments: str, stdin: str = "") -> list[dict[str, Any]]:
        """Its JSON lines; the command must have succeeded."""
        done = self.run(*arguments, "--json", stdin=stdin)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def ask(self, path: str, method: str = "GET", body: Any = None) -> Any:  # noqa: ANN401 - JSON
        """The sandbox's control interface."""
        data = None if body is None else json.dumps(body).encode()
        url = f"{self.ready['sandbox']}/_sandbox/{path}"
        request = urllib.request.Request(url, data=data, method=method)  # noqa: S310 - our own
        with closing(urllib.request.urlopen(request, timeout=5)) as answer:  # noqa: S310 - our own
            return json.load(answer)

    def script(self, *rules: dict[str, Any], seed: int = 0) -> None:
        """The faults from now on."""
        self.ask("faults", "PUT", {"rules": rules, "seed": seed})

    def accepted(self, first: int, count: int) -> list[str]:
        """Ids; every one must have been accepted."""
        numbers = range(first, first + count)
        results = self.json("submit", "-", stdin=lines(*map(example, numbers)))
        return [one["response"]["registration"]["id"] for one in results]

    def settled(self, ids: list[str], seconds: float = 90) -> dict[str, str]:
        """States, once nothing more happens by itself."""
        ends = time.monotonic() + seconds
        while True:
            states = {one["id"]: one["state"] for one in self.json("list", "--limit", "1000")}
            found = {key: states[key].removeprefix("REGISTRATION_STATE_") for key in ids}
            if not set(found.values()) - {"SUCCEEDED", "FAILED", "ACTION_REQUIRED"}:
                return found
            assert time.monotonic() < ends, found
            time.sleep(0.3)

    def registered_once_each(self, ids: list[str]) -> None:
        """All succeeded, with exactly one effect each in the manufacturer's ledger."""
        assert set(self.settled(ids).values()) == {"SUCCEEDED"}
        ledger = self.ask("ledger")
        assert ledger["duplicates"] == []
        assert sorted(one["key"] for one in ledger["effects"]) == sorted(ids)

    def members(self) -> list[int]:
        """Every process below it."""
        return self.below(self.process.pid)

    @staticmethod
    def below(pid: int) -> list[int]:
        """Its children, and theirs."""
        found, waiting = [], [pid]
        while waiting:
            children = _children(waiting.pop())
            found += children
            waiting += children
        return found

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        return code


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(one) for one in task.read_text().split()]
    return found


def command_of(pid: int) -> str:
    """With spaces; empty where it has gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def alive(pid: int) -> bool:
    """And not a zombie that nobody has waited for."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def gone(pids: Sequence[int], seconds: float = 20) -> bool:
    """All of them, within that time."""
    ends = time.monotonic() + seconds
    while any(map(alive, pids)):
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True


@contextmanager
def running(system: System) -> Iterator[System]:
    """For the time of the block; it must end well."""
    try:
        yield system
    finally:
        code = system.stop()
    assert code == 0


def start(folder: Path, *options: str, **settings: str) -> System:
    """Until it says that it is ready. Without a browser, whose start costs every test seconds."""
    return started(folder, options, settings)


def started(
    folder: Path, options: Sequence[str], settings: dict[str, str], log: IO[bytes] | None = None
) -> System:
    """The same; `log` takes what it says on standard error."""
    settings = {"REGISTRAR_BROWSER": "off"} | settings
    process = subprocess.Popen(  # noqa: S603 - our own program
        [
            *REGISTRAR,
            "dev",
            "--state-dir",
            str(folder),
            "--port",
            "0",
            "--json",
            "--until-eof",
            *options,
        ],
        env=clean_environment() | settings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"it ended with {process.wait(60)}"
    return System(process, json.loads(line))


def example(number: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A registration that nobody else submits."""
    made: dict[str, Any] = {
        "manufacturer_id": "acme",
        "brand": "Nova",
        "product": {"serial_number": f"AC99ZZ{number:06d}", "model_number": "NV-FR-1000"},
        "purchase": {"date": {"year": 2026, "month": 10, "day": 1}, "country": "DE"},
        "customer": {"given_name": "Ada", "family_name": "Łoś", "email": "ada@example.com"},
        "consents": {"terms": True},
    }
    return made | changes


def lines(*items: dict[str, Any]) -> str:
    """JSON lines."""
    return "".join(json.dumps(item) + "\n" for item in items)
