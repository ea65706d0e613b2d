"""Every method is asked for bytes that a coverage-guided fuzzer makes: libFuzzer, by Atheris.

python -m tests.contract.guided [seconds] [folder of inputs that were worth keeping]

Each input is a method and a message, spoiled or not. Whatever is answered must be an answer: the
first that is none ends the run, and its input is kept as `crash-…` for another one.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import structlog

atheris: Any = importlib.import_module("atheris")
"""Has an environment of its own: `make fuzz`."""

with atheris.instrument_imports(include=["registrar.app", "registrar.rpc", "registrar.domain"]):
    from tests.contract.fuzzing import Fuzzer, everything
    from tests.contract.test_fuzz import EVERY, answered

SECONDS = 60
LONGEST = 4096
"""Bytes of an input."""
SEEDS = 10
"""Messages of a method."""
WRONG = ("INTERNAL ", "UNKNOWN ", "UNIMPLEMENTED ", "DEADLINE")
PATIENCE = 30


class Served:
    """A server of everything, on a loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._channel: Any = None
        self.known: list[str] = []
        threading.Thread(
            target=self._loop.run_until_complete, args=[self._run()], daemon=True
        ).start()
        self._ready.wait(PATIENCE)

    async def _run(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with everything(Path(folder)) as (channel, known):
                self._channel, self.known = channel, known
                self._ready.set()
                await asyncio.Event().wait()

    def ask(self, data: bytes) -> None:
        """Raises AssertionError for what is no answer."""
        method = EVERY[data[0] % len(EVERY)]
        call = answered(self._channel, method, data[1:])
        said = asyncio.run_coroutine_threadsafe(call, self._loop).result(PATIENCE)
        if said.startswith(WRONG) or " " in said:
            raise AssertionError(f"{method.name}: {said}")


def seeded(folder: Path, known: list[str]) -> None:
    """Messages of each method to begin with: a fuzzer of bytes would be long in finding one."""
    for number in range(SEEDS * len(EVERY)):
        place = number % len(EVERY)
        message = Fuzzer(number, known).message(EVERY[place].input_type)
        (folder / f"seed-{number}").write_bytes(
            bytes([place]) + message.SerializeToString()[:LONGEST]
        )


def main() -> None:
    """The program."""
    given = sys.argv[1:]
    seconds, folder = (given[0] if given else str(SECONDS)), (given[1:2] or ["build/fuzz"])[0]
    Path(folder).mkdir(parents=True, exist_ok=True)
    # What is logged of each refusal would be most of the work.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    served = Served()
    seeded(Path(folder), served.known)
    options = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-print_final_stats=1", folder]
    atheris.Setup([sys.argv[0], *options], lambda data: served.ask(data or b"\0"))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
