"""A hook harms its own attempt alone: real processes, every way in which code goes wrong."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from registrar.connectors.kit.hooks.declared import Hook
from registrar.connectors.kit.hooks.process import Hooks
from registrar.connectors.kit.hooks.talk import MOST_REQUESTS, HookFault

GOOD = "return {'body': body | {'seen': True}}"


def hook(body: str, **limits: Any) -> Hook:  # noqa: ANN401 - of any of its limits
    """Whose `prepare` does this."""
    return Hook("prepare", "def prepare(record, body):\n" + indent(body, "    "), **limits)


@pytest.fixture
async def hooks() -> AsyncIterator[Hooks]:
    """Closed after the test, with its processes."""
    made = Hooks()
    yield made
    await made.close()


async def fault(hooks: Hooks, one: Hook) -> str:
    """What is said of it."""
    with pytest.raises(HookFault) as caught:
        await hooks.run(one, [{}, {}])
    return str(caught.value)


HARM = {
    "loops": ("while True:\n    pass", "took more CPU time than its limit"),
    "eats memory": ("return 'a' * (1 << 31)", "MemoryError in line 2"),
    "segfaults": ("import faulthandler\nfaulthandler._sigsegv()", "killed by SIGSEGV"),
    "aborts": ("import os\nos.abort()", "killed by SIGABRT"),
    "exits": ("import os\nos._exit(0)", "exited with 0"),
    "exits with a code": ("import os\nos._exit(7)", "exited with 7"),
    "leaves": ("raise SystemExit", "SystemExit in line 2"),
    "raises": ("raise ValueError(record)", "ValueError in line 2"),
    "forks": ("import os\nos.fork()", "BlockingIOError in line 3"),
    "starts a thread": (
        "import _thread\n_thread.start_new_thread(print, ())",
        "RuntimeError in line 3",
    ),
    "opens a file": ("open('/dev/null')", "OSError in line 2"),
    "opens a socket": ("import socket\nsocket.socket()", "OSError in line 3"),
    "loads native code": ("import ctypes\nctypes.string_at(0)", "OSError in line 2"),
    "writes much": ("return 'a' * 3_000_000", "its answer is too long"),
    "writes no JSON": ("return {1, 2}", "TypeError in line 0"),
    "never stops calling": ("return prepare(record, body)", "RecursionError in line 2"),
    "says garbage": ("import os\nos.write(3, b'\\0\\0\\0\\5hello')", "its answer is no JSON"),
    "says a lie": ("import os\nos.write(3, b'\\0\\0\\0\\4null')", "its answer is no JSON object"),
    "asks": ("yield {'method': 'GET', 'path': '/'}", "a pure step yielded dict"),
    "kills its parent": ("import os\nos.kill(os.getppid(), 9)\nos._exit(0)", ""),
}


@pytest.mark.parametrize("name", HARM)
async def test_whatever_a_hook_does_it_is_a_fault_and_the_next_call_goes_well(
    hooks: Hooks, name: str
) -> None:
    """Beside a call that is under way meanwhile, too."""
    body, said = HARM[name]
    beside = asyncio.create_task(hooks.run(hook(f"import time\ntime.sleep(0.3)\n{GOOD}"), [{}, {}]))
    await asyncio.sleep(0.1)
    assert said in await fault(hooks, hook(body, wall=10.0))
    assert await beside == {"body": {"seen": True}}
    assert await hooks.run(hook(GOOD), [{}, {}]) == {"body": {"seen": True}}


async def test_one_that_sleeps_is_killed_at_its_wall_limit(hooks: Hooks) -> None:
    """And has gone then."""
    started = asyncio.get_running_loop().time()
    said = await fault(hooks, hook("import time\ntime.sleep(60)", wall=0.3))
    assert said == "took longer than its wall limit"
    assert asyncio.get_running_loop().time() - started < 5
    assert forks(hooks) == []


def seen_from_outside(pid: int | None) -> tuple[bytes, list[str]]:
    """A process's environment and arguments, and what its descriptors are."""
    child = Path(f"/proc/{pid}")
    words = (child / "environ").read_bytes() + (child / "cmdline").read_bytes()
    return words, sorted(str(one.readlink()) for one in (child / "fd").iterdir())


def there(pid: int | None) -> bool:
    """Whether it runs: one that waits to be reaped has no program any more."""
    return _program(pid) != ""


def _program(pid: int | None) -> str:
    try:
        return str(Path(f"/proc/{pid}/exe").readlink())
    except OSError:
        return ""


def forks(hooks: Hooks) -> list[str]:
    """Processes below the child, those included that have ended and wait to be reaped."""
    return Path(f"/proc/{hooks.pid}/task/{hooks.pid}/children").read_text().split()


async def test_what_is_printed_goes_nowhere(
    hooks: Hooks, capfd: pytest.CaptureFixture[str]
) -> None:
    """Standard output and error belong to nobody."""
    body = f"import os, sys\nprint('x')\nprint('y', file=sys.stderr)\nos.write(1, b'z')\n{GOOD}"
    assert await hooks.run(hook(body), [{}, {}]) == {"body": {"seen": True}}
    assert capfd.readouterr() == ("", "")


async def test_nothing_of_a_call_is_left_for_the_next(hooks: Hooks) -> None:
    """No variable, not even one of a module."""
    body = "import math\nseen = getattr(math, 'seen', 0)\nmath.seen = seen + 1\nreturn seen"
    assert [await hooks.run(hook(body), [{}, {}]) for _ in range(3)] == [0, 0, 0]


async def test_a_child_that_was_killed_is_replaced(hooks: Hooks) -> None:
    """By the next call."""
    await hooks.run(hook(GOOD), [{}, {}])
    first = hooks.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    for _ in range(100):
        if not there(first):
            break
        await asyncio.sleep(0.01)
    assert await hooks.run(hook(GOOD), [{}, {}]) == {"body": {"seen": True}}
    assert hooks.pid != first


async def test_an_attempt_that_is_cancelled_leaves_no_process(hooks: Hooks) -> None:
    """And the next one gets its own answer."""
    await hooks.run(hook(GOOD), [{}, {}])
    sleeping = [
        asyncio.create_task(hooks.run(hook("import time\ntime.sleep(60)", wall=30.0), [{}, {}]))
        for _ in range(5)
    ]
    for pause in (0.0, 0.001, 0.01, 0.05, 0.1):
        await asyncio.sleep(pause)
        sleeping.pop().cancel()
    assert await hooks.run(hook(GOOD), [{}, {}]) == {"body": {"seen": True}}
    for _ in range(100):
        if not forks(hooks):
            break
        await asyncio.sleep(0.02)
    assert forks(hooks) == []


async def test_closing_ends_what_still_runs() -> None:
    """At once: the call is a fault."""
    hooks = Hooks()
    await hooks.run(hook(GOOD), [{}, {}])
    pid = hooks.pid
    running = asyncio.create_task(fault(hooks, hook("import time\ntime.sleep(60)", wall=30.0)))
    await asyncio.sleep(0.1)
    await hooks.close()
    assert "ended without an answer" in await running
    assert not there(pid)


SEES = """
import os, sys
def opened():
    for one in range(256):
        try:
            os.fstat(one)
        except OSError:
            continue
        yield one
def prepare(record, body):
    return {
        "environment": dict(os.environ),
        "argv": sys.argv,
        "opened": list(opened()),
        "globals": sorted(name for name in globals() if not name.startswith("__")),
        "modules": [name for name in sys.modules if name.startswith("registrar")],
        "user": os.getuid(),
    }
"""


async def test_a_hook_sees_no_secret(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in its environment and arguments, nor through a descriptor that is left open."""
    monkeypatch.setenv("REGISTRAR_ROOT_KEY", "canary-root")
    seen = await hooks.run(Hook("prepare", SEES), [{}, {}])
    assert "canary" not in str(seen)
    assert set(seen["environment"]) <= {"LC_CTYPE"}
    assert [Path(one).name for one in seen["argv"][:1]] == ["child.py"]
    assert seen["opened"] == [0, 1, 2, 3]
    assert seen["globals"] == ["opened", "os", "prepare", "sys"]
    assert seen["modules"] == []
    assert seen["user"] != 0
    words, targets = seen_from_outside(hooks.pid)
    assert b"canary" not in words
    assert targets[:3] == ["/dev/null"] * 3
    assert [one.split(":")[0] for one in targets[3:]] == ["socket"]


async def test_nobody_elses_process_is_open_to_it(hooks: Hooks) -> None:
    """The gateway's own environment holds secrets."""
    body = f"return open('/proc/{os.getpid()}/environ').read()"
    assert await fault(hooks, hook(body)) == "OSError in line 2"
    closing = f"import os\nos.close(0)\n{body}"
    assert await fault(hooks, hook(closing)) == "OSError in line 4"


Perform = Callable[[Any], Awaitable[Any]]


async def test_requests_are_answered_and_counted(hooks: Hooks) -> None:
    """A generator yields them; its own time runs only while it works."""
    asked: list[Any] = []

    async def perform(request: Any) -> Any:  # noqa: ANN401 - JSON
        await asyncio.sleep(0.2)
        asked.append(request)
        return len(asked)

    source = "def submit(record, body):\n    a = yield 'x'\n    b = yield 'y'\n    return [a, b]\n"
    assert await hooks.run(Hook("submit", source, wall=0.3), [{}, {}], perform) == [1, 2]
    assert asked == ["x", "y"]


async def test_one_that_asks_without_end_is_stopped(hooks: Hooks) -> None:
    """The manufacturer is not to be stormed."""
    asked: list[Any] = []

    async def perform(request: Any) -> Any:  # noqa: ANN401 - JSON
        asked.append(request)

    source = "def submit(record, body):\n    while True:\n        yield 'x'\n"
    with pytest.raises(HookFault, match="asked more than"):
        await hooks.run(Hook("submit", source), [{}, {}], perform)
    assert len(asked) == MOST_REQUESTS
    asked.clear()
    with pytest.raises(HookFault, match="asked more than 3 times"):
        await hooks.run(Hook("submit", source, requests=3), [{}, {}], perform)
    assert len(asked) == 3
