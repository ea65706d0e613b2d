"""The processes of a production of its own: each is started again, as its supervisor would."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.system import System

RESTART_SECONDS = 0.3
READY_SECONDS = 90.0
STOP_SECONDS = 15.0
REGISTRAR = (sys.executable, "-m", "registrar.cli")


@dataclass(slots=True)
class Member:
    """One of them. `settings` are its own, beside those of all."""

    kind: str
    arguments: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def pids(self) -> list[int]:
        """Its process and all below it, now."""
        if self.process is None or self.process.returncode is not None:
            return []
        return [self.process.pid, *System.below(self.process.pid)]

    def send(self, number: signal.Signals) -> None:
        """To its process."""
        signal_all(self.pids[:1], number)


def signal_all(pids: Iterable[int], number: signal.Signals) -> None:
    """Those that are still there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


class Fleet:
    """`environment` is that of all; what they say on standard error goes to `log`."""

    def __init__(self, environment: Mapping[str, str], log: IO[bytes]) -> None:
        self.members: list[Member] = []
        self._environment = dict(environment)
        self._log = log
        self._lives: list[asyncio.Task[None]] = []
        self._lifeline, self._life = os.pipe()

    def of(self, kind: str) -> list[Member]:
        """All of a kind."""
        return [one for one in self.members if one.kind == kind]

    def add(self, kind: str, *arguments: str, settings: Mapping[str, str] | None = None) -> Member:
        """Runs from now on, until the fleet is stopped."""
        made = Member(kind, arguments, settings or {})
        self.members.append(made)
        self._lives.append(asyncio.create_task(self._keep(made)))
        return made

    async def ready(self, members: Iterable[Member]) -> None:
        """All of these have said so."""
        async with asyncio.timeout(READY_SECONDS):
            await asyncio.gather(*(one.ready.wait() for one in members))

    async def _keep(self, member: Member) -> None:
        while True:
            member.process = await self._spawned(member)
            if member.process.stdout is not None:
                line = await member.process.stdout.readline()
                if line:
                    member.said = json.loads(line)
                    member.ready.set()
            await member.process.wait()
            member.ready.clear()
            await asyncio.sleep(RESTART_SECONDS)

    async def _spawned(self, member: Member) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(*REGISTRAR, member.kind, *member.arguments, "--json", "--until-eof"),
            env={**self._environment, **member.settings},
            stdin=self._lifeline,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
        )

    async def restart(self, member: Member) -> None:
        """It is asked to leave, and its successor is waited for."""
        member.ready.clear()
        member.send(signal.SIGTERM)
        await self.ready([member])

    async def stop(self) -> None:
        """All of them, and whatever is below them."""
        for life in self._lives:
            life.cancel()
        await asyncio.gather(*self._lives, return_exceptions=True)
        every = [pid for one in self.members for pid in one.pids]
        signal_all(every, signal.SIGCONT)
        await asyncio.gather(*map(_ended, self.members))
        os.close(self._life)
        os.close(self._lifeline)
        signal_all(every, signal.SIGKILL)


async def _ended(member: Member) -> None:
    if member.process is None or member.process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        member.process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await member.process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            member.process.kill()
        await member.process.wait()


@asynccontextmanager
async def truth(ledger: Path, seed: int, log: IO[bytes]) -> AsyncIterator[str]:
    """The manufacturers' own process, which no fault reaches; its address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.storm.truth"),
        *("--ledger", str(ledger), "--seed", str(seed)),
        cwd=Path(__file__).parents[3],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=log,
    )
    try:
        line = await process.stdout.readline() if process.stdout else b""
        if not line:
            raise RuntimeError("the simulated manufacturers did not start")
        yield json.loads(line)["sandbox"]
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
