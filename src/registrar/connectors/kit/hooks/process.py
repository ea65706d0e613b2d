"""Hooks from our side: one child a process, a fork of it for each call, and a limit on its time.

Measured on two shared cores, warm, one call at a time: 2,300 us a call (5,700 at a load of 5.7), of
which 500 us of processor time are ours and the rest is the fork's.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from registrar.connectors.kit.hooks.declared import PURE, Hook
from registrar.connectors.kit.hooks.talk import Ended, HookFault, NoProcess, Perform, Talk, refused

CHILD = Path(__file__).with_name("child.py")
START_SECONDS = 10.0
CONTROL_SECONDS = 5.0
REQUESTS_SECONDS = 600
"""In which a child whose parent has gone may still wait for a reply."""

Got = TypeVar("Got")


@dataclass(frozen=True, slots=True)
class _Child:
    """The process that forks, and our end of its control socket."""

    process: subprocess.Popen[bytes]
    control: socket.socket

    def stop(self) -> None:
        """It ends with its socket, and all its forks with it."""
        self.control.close()
        try:
            self.process.wait(CONTROL_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _started() -> _Child:
    """Blocks until it is ready. Raises NoProcess."""
    try:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    except OSError as error:
        raise NoProcess("there is no socket for hooks") from error
    try:
        with theirs:
            child = _Child(_process(theirs.fileno()), ours)
    except OSError as error:
        ours.close()
        raise NoProcess("the process for hooks cannot be started") from error
    ours.settimeout(START_SECONDS)
    with suppress(OSError):
        if ours.recv(16) == b"ready":
            ours.setblocking(False)  # noqa: FBT003 - the standard library's own
            return child
    child.process.kill()
    child.stop()
    raise NoProcess("the process for hooks did not start")


def _process(control: int) -> subprocess.Popen[bytes]:
    """It inherits no variable, and no descriptor but this one."""
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-I", "-S", str(CHILD), str(control)],
        env={},
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[control],
        start_new_session=True,
    )


class Hooks:
    """Runs hooks; one a process of ours. The child is started by the first call."""

    def __init__(self) -> None:
        self._child: _Child | None = None
        self._lock = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """Of the child, where there is one."""
        return self._child.process.pid if self._child else None

    async def run(self, hook: Hook, arguments: Sequence[Any], perform: Perform = refused) -> Any:  # noqa: ANN401 - JSON
        """What the hook's function returned. Raises HookFault, and whatever `perform` raises."""
        call = {
            "source": hook.source,
            "step": hook.step,
            "arguments": list(arguments),
            "cpu": hook.cpu,
            "memory": hook.memory,
            "alarm": hook.wall + (1 if hook.step in PURE else REQUESTS_SECONDS),
        }
        ours, theirs = socket.socketpair()
        with ours:
            ours.setblocking(False)  # noqa: FBT003 - the standard library's own
            with theirs:
                pid = await self._begun(theirs)
            try:
                answer = await Talk(ours, hook.wall, hook.requests).through(call, perform)
            except Ended:
                raise HookFault(_why(await _whole(self._end(pid)))) from None
            except BaseException:
                await _whole(self._end(pid))
                raise
            await _whole(self._end(pid))
            return answer

    async def _begun(self, theirs: socket.socket) -> int:
        """A fork for whoever is still there: for nobody else."""
        task = asyncio.ensure_future(self._begin(theirs))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            with suppress(HookFault):
                await self._end(await task)
            raise

    async def _begin(self, theirs: socket.socket) -> int:
        """A child that has died since the last call is replaced: no hook has seen this one yet."""
        async with self._lock:
            if self._child is not None:
                with suppress(NoProcess):
                    return int(await self._exchanged(self._child, theirs.fileno(), b"fork"))
            self._child = await asyncio.to_thread(_started)
            return int(await self._exchanged(self._child, theirs.fileno(), b"fork"))

    async def _end(self, pid: int) -> int | None:
        """None where the child has gone: its forks end by their own alarm."""
        async with self._lock:
            child = self._child
            if child is None:
                return None
            with suppress(HookFault):
                return int(await self._exchanged(child, None, str(pid).encode()))
            return None

    async def _exchanged(self, child: _Child, descriptor: int | None, packet: bytes) -> bytes:
        """One packet and its answer; a child that does not answer is replaced."""
        loop = asyncio.get_running_loop()
        try:
            socket.send_fds(child.control, [packet], [] if descriptor is None else [descriptor])
            async with asyncio.timeout(CONTROL_SECONDS):
                answer = await loop.sock_recv(child.control, 32)
        except OSError as error:
            await self._drop()
            raise NoProcess("the process for hooks is gone") from error
        if not answer:
            await self._drop()
            raise NoProcess("the process for hooks is gone")
        return answer

    async def _drop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            await asyncio.to_thread(child.stop)

    async def close(self) -> None:
        """End the child with all that still runs in it."""
        async with self._lock:
            await self._drop()


async def _whole(work: Awaitable[Got]) -> Got:
    """To its end, also if whoever asks is cancelled meanwhile: packets and answers stay in step."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with suppress(HookFault):
            await task
        raise


def _why(status: int | None) -> str:
    if status is None:
        return "ended without an answer"
    if not os.WIFSIGNALED(status):
        return f"exited with {os.waitstatus_to_exitcode(status)}"
    number = os.WTERMSIG(status)
    if number == signal.SIGXCPU:
        return "took more CPU time than its limit"
    return f"killed by {signal.Signals(number).name}"
