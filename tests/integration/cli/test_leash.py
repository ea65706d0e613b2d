"""The leash with small programs: who says what, and who outlives whom."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.system import gone

LEASH = [sys.executable, "-m", "registrar.cli.leash"]

FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[2]])
open(sys.argv[1], "w").write(f"{os.getpid()} {child.pid}")
time.sleep(60)
"""
OBEDIENT = "import os; os.read(0, 1)"
DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"


@contextmanager
def leash(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """One whose standard input we hold."""
    with subprocess.Popen(  # noqa: S603 - our own program
        [*LEASH, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as made:
        try:
            yield made
        finally:
            made.kill()


def family(file: Path) -> list[int]:
    """Pids of the program and of what it has started."""
    ends = time.monotonic() + 15
    while len(pids := file.read_text().split() if file.exists() else []) < 2:
        assert time.monotonic() < ends
        time.sleep(0.02)
    return [int(one) for one in pids]


def test_its_line_waits_for_the_last_worker(tmp_path: Path) -> None:
    """Two of them: nothing after the first, one line with both after the second."""
    second = tmp_path / "second"
    program = (
        "import os, sys, time\n"
        "print(1, flush=True)\n"
        "while not os.path.exists(sys.argv[1]): time.sleep(0.02)\n"
        "print(2, flush=True)\n"
        "time.sleep(60)\n"
    )
    with leash("--workers", "2", "--", sys.executable, "-c", program, str(second)) as made:
        assert made.stdout is not None
        assert select.select([made.stdout], [], [], 1)[0] == []
        second.touch()
        assert json.loads(made.stdout.readline()) == {
            "work": True,
            "pid": made.pid,
            "workers": [1, 2],
        }
        made.terminate()
        assert made.wait(10) == 128 + signal.SIGTERM


def test_a_program_that_ends_gives_its_exit_code() -> None:
    """Nobody waits for a word that will not come."""
    with leash("--workers", "1", "--", sys.executable, "-c", "raise SystemExit(7)") as made:
        assert made.wait(10) == 7


@pytest.mark.parametrize("child", [OBEDIENT, DEAF])
@pytest.mark.parametrize("end", ["input", "terminate", "kill the program"])
def test_nobody_outlives_it(tmp_path: Path, child: str, end: str) -> None:
    """However it ends, and whether or not the program's own children listen."""
    file = tmp_path / "pids"
    options = ("--until-eof", "--grace", "1", "--", sys.executable, "-c", FAMILY, str(file), child)
    with leash(*options) as made:
        assert made.stdin is not None
        pids = family(file)
        if end == "input":
            made.stdin.close()
        elif end == "terminate":
            made.terminate()
        else:
            os.kill(pids[0], signal.SIGKILL)
        assert gone(pids)
        made.wait(10)


def test_a_killed_leash_lets_go(tmp_path: Path) -> None:
    """What it held reads the end of its own standard input."""
    file = tmp_path / "pids"
    program = FAMILY.replace("time.sleep(60)", OBEDIENT)
    with leash("--", sys.executable, "-c", program, str(file), OBEDIENT) as made:
        pids = family(file)
        made.kill()
        assert gone(pids)
