"""A leash: runs a program that ends with whoever started us, and with us.

`python -m registrar.cli.leash [options] -- PROGRAM …`, for programs that cannot watch by
themselves: Dramatiq's master, a Redis server. The program's standard input is a pipe whose other
end only the leash has: what the program has started reads its end there, however the leash died.
Its standard output is a pipe as well: a worker says there that it has booted, and its end means
that nobody below is left. Both are inherited by whatever way processes are made.

Small on purpose: one leash runs beside every `work`, and imports nothing of ours.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

STDIN = 0
GRACE = 5.0
_SIGNALLED = 128
"""What shells add to the number of a signal."""


def at_end_of_input(call: Callable[[], None]) -> None:
    """Once standard input ends: whoever held its other end has gone, however it ended."""
    loop = asyncio.get_running_loop()

    def readable() -> None:
        if not os.read(STDIN, 4096):
            loop.remove_reader(STDIN)
            call()

    loop.add_reader(STDIN, readable)


@dataclass(frozen=True, slots=True)
class Held:
    """The program, and how it is held. Times in seconds."""

    command: Sequence[str]
    until_eof: bool = False
    grace: float = GRACE
    """From SIGTERM, or from the program's own end, until what is left is killed."""
    workers: int = 0
    """So many processes say that they have booted: then our JSON line is said."""


async def hold(held: Held) -> int:
    """Until the program and all below it have gone; its exit code."""
    stopping = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, stopping.set)
    if held.until_eof:
        at_end_of_input(stopping.set)
    lifeline, life = os.pipe()
    output, told = os.pipe()
    process = await asyncio.create_subprocess_exec(
        *held.command, stdin=lifeline, stdout=told, start_new_session=True
    )
    for inherited in (lifeline, told):
        os.close(inherited)
    listening = asyncio.create_task(_listen(output, held.workers))
    await _ended_or_stopped(process, stopping)
    try:
        async with asyncio.timeout(held.grace):
            code = await process.wait()
            # A master that was killed has left its children to this.
            os.close(life)
            await listening
    except TimeoutError:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        code = await process.wait()
    return code if code >= 0 else _SIGNALLED - code


async def _ended_or_stopped(process: asyncio.subprocess.Process, stopping: asyncio.Event) -> None:
    waits = [asyncio.create_task(process.wait()), asyncio.create_task(stopping.wait())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for one in waits:
        one.cancel()
    if process.returncode is None:
        # Once: Dramatiq takes a second one as the order to drop what it has under way.
        process.terminate()


async def _listen(output: int, workers: int) -> None:
    """To the lines of those below, until nobody is left to write one."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(output, "rb", 0)
    )
    booted: list[int] = []
    async for line in reader:
        if line.strip().isdigit():
            booted.append(int(line))
            if len(booted) == workers:
                _say({"work": True, "pid": os.getpid(), "workers": booted})


def _say(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _given(arguments: Sequence[str] | None) -> Held:
    parser = argparse.ArgumentParser(prog="leash", description="Hold a program.")
    parser.add_argument("--until-eof", action="store_true", help="Stop when standard input ends.")
    parser.add_argument("--grace", type=float, default=GRACE, help="Seconds until the kill.")
    parser.add_argument("--workers", type=int, default=0, help="Say when so many have booted.")
    parser.add_argument("command", nargs="+", help="The program, after --.")
    return Held(**vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(asyncio.run(hold(_given(None))))
