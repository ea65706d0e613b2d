"""A dead endpoint before a whole fleet: eight processes, four callers each, one real Redis."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import redis
from tests.faults.fleet_caller import CALLERS, KEY, OF

from registrar.admission.redis import RedisAdmission, names
from registrar.ports.admission import Gated
from registrar.resilience.answers import Kind, Known
from registrar.resilience.gate import read_lease
from registrar.signals.redis import connect

PROCESSES, SECONDS = 8, 15
PROGRAM = Path(__file__).with_name("fleet_caller.py")

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def test_a_dead_endpoint_sees_one_probe_an_open_period(redis_url: str) -> None:
    """Of the whole fleet, and no customer's job; before that, no more than it took to find out."""
    asyncio.run(_warmed(redis_url))
    ends = str(time.time() + SECONDS)
    fleet = [
        subprocess.Popen([sys.executable, str(PROGRAM), redis_url, f"worker-{number}", ends])  # noqa: S603 - our own program
        for number in range(PROCESSES)
    ]
    assert [one.wait(100) for one in fleet] == [0] * PROCESSES
    with redis.Redis.from_url(redis_url, decode_responses=True) as seen:
        calls = [str(line).split() for line in seen.lrange("calls", 0, -1)]
        epochs = int(seen.hget(names(KEY)[0], "epoch") or 0)
    kinds = [(read_lease(lease), kind) for lease, kind in calls]
    probes = Counter(lease.epoch for lease, _ in kinds if lease.probe)
    others = Counter(lease.epoch for lease, _ in kinds if not lease.probe)
    # The ramp's first calls have found it dead; since then it was only asked how it is.
    assert set(others) == {1}
    assert others[1] <= OF.ramp_calls + PROCESSES * CALLERS
    assert len(probes) >= 3
    assert set(probes.values()) == {1}
    assert {kind for lease, kind in kinds if lease.probe} <= {Kind.LOOK, Kind.PROBE}
    # Open, probing, open …: every period but the last one has had its probe.
    assert len(probes) in {(epochs - 2) // 2, (epochs - 1) // 2}


async def _warmed(url: str) -> None:
    client = connect(url)
    await RedisAdmission(client).warm(Gated(KEY, OF), Known())
    await client.aclose()
