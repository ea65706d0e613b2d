"""A dead endpoint before a whole fleet: processes that share one real Redis, four callers each."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import redis
from tests.faults.fleet_caller import KEY, OF

from registrar.admission.redis import RedisAdmission, names
from registrar.ports.admission import Gated
from registrar.resilience.answers import Kind, Known
from registrar.resilience.gate import read_lease
from registrar.signals.redis import connect

PROCESSES, SECONDS = 8, 15
SPARE_SECONDS = 85
"""For processes to start and to end in."""
PROGRAM = Path(__file__).with_name("fleet_caller.py")


@dataclass(frozen=True, slots=True)
class Found:
    """Calls that were let through, by the breaker's epoch: each of its states is one."""

    probes: Counter[int]
    others: Counter[int]
    kinds: set[Kind]
    """Of the probes."""
    epochs: int


def found(redis_url: str, processes: int = PROCESSES, seconds: float = SECONDS) -> Found:
    """After so long; raises RuntimeError where a process failed."""
    asyncio.run(_warmed(redis_url))
    ends = str(time.time() + seconds)
    fleet = [
        subprocess.Popen([sys.executable, str(PROGRAM), redis_url, f"worker-{number}", ends])  # noqa: S603 - our own program
        for number in range(processes)
    ]
    ended = [one.wait(seconds + SPARE_SECONDS) for one in fleet]
    if any(ended):
        raise RuntimeError("a process of the fleet has failed")
    with redis.Redis.from_url(redis_url, decode_responses=True) as seen:
        calls = [str(line).split() for line in seen.lrange("calls", 0, -1)]
        epochs = int(seen.hget(names(KEY)[0], "epoch") or 0)
    told = [(read_lease(lease), Kind(kind)) for lease, kind in calls]
    return Found(
        Counter(lease.epoch for lease, _ in told if lease.probe),
        Counter(lease.epoch for lease, _ in told if not lease.probe),
        {kind for lease, kind in told if lease.probe},
        epochs,
    )


async def _warmed(url: str) -> None:
    client = connect(url)
    await RedisAdmission(client).warm(Gated(KEY, OF), Known())
    await client.aclose()
