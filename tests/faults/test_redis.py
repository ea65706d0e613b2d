"""Redis lost with everything in it."""

import time

import pytest
from tests.faults.conftest import Redis
from tests.system import System

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.timeout(180),
]


def test_redis_lost_delays_and_loses_nothing(production: System, redis: Redis) -> None:
    """Accepted while it is away, waits, and drains when it is back, empty."""
    redis.stop()
    ids = production.accepted(2000, 20)
    assert {one["state"] for one in production.json("list")} == {"REGISTRATION_STATE_PENDING"}
    time.sleep(5)
    redis.start()
    production.registered_once_each(ids)
