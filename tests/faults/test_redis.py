"""Redis lost with everything in it."""

import time

import pytest
from tests.faults.servers import Redis
from tests.system import System

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.timeout(300),
]


@pytest.mark.parametrize("seconds", [30.0])
def test_redis_lost_delays_and_loses_nothing(
    production: System, redis: Redis, seconds: float
) -> None:
    """Accepted while it is away, waits, and drains when it is back, empty."""
    redis.stop()
    back = time.monotonic() + seconds
    ids = production.accepted(2000, 20)
    assert set(production.json("doctor")[0]["checks"].values()) == {"SERVING", "valid"}
    time.sleep(max(0, back - time.monotonic() - 5))
    ids += production.accepted(2100, 20)
    assert {one["state"] for one in production.json("list")} == {"REGISTRATION_STATE_PENDING"}
    assert production.ask("ledger")["effects"] == []
    time.sleep(max(0, back - time.monotonic()))
    redis.start()
    production.registered_once_each(ids)
