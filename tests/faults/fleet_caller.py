"""One process of a fleet before a dead endpoint: `fleet_caller.py REDIS_URL WORKER UNTIL`.

It asks the gate again and again, notes every call that it was let make, and finds it failing.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
import uuid

import redis

from registrar.admission.redis import RedisAdmission
from registrar.domain.outcome import Tier
from registrar.ports.admission import Gated
from registrar.ports.connector_states import ConnectorKey
from registrar.resilience.answers import Ask, Kind, Report, Signal
from registrar.resilience.settings import Settings
from registrar.signals.redis import connect

KEY = ConnectorKey("dead", Tier.API)
OF = Settings(open_for=500, longest_open=500, ramp=(1000,), ramp_calls=5, probes=1, lease=5_000)
CALLERS = 4
KINDS = [Kind.FIRST, Kind.FIRST, Kind.FIRST, Kind.LOOK, Kind.PROBE]


async def caller(admission: RedisAdmission, seen: redis.Redis, worker: str, ends: float) -> None:
    """One of four."""
    gate = Gated(KEY, OF)
    while time.time() < ends:
        ask = Ask(random.choice(KINDS), uuid.uuid4().hex, jitter=500)  # noqa: S311 - no secret
        (said,) = await admission.admit([(gate, ask)])
        if said.lease:
            seen.rpush("calls", f"{said.lease} {ask.kind}")
            await admission.report([(gate, Report(said.lease, Signal.FAILURE, worker))])
        await asyncio.sleep(0.02)


async def callers(url: str, worker: str, ends: float) -> None:
    """Until then."""
    client, seen = connect(url), redis.Redis.from_url(url)
    admission = RedisAdmission(client, timeout=30)
    await asyncio.gather(*(caller(admission, seen, worker, ends) for _ in range(CALLERS)))
    await client.aclose()
    seen.close()


if __name__ == "__main__":
    asyncio.run(callers(sys.argv[1], sys.argv[2], float(sys.argv[3])))
