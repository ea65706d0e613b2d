"""The script of a quota in Redis and the model, side by side."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registrar.admission.quotas import RedisQuotas
from registrar.ports.quotas import Asked
from registrar.resilience.quota import SECOND, Buckets, Quota
from registrar.signals.redis import connect

BEGIN = 1_764_000_000 * SECOND
ASKED = st.tuples(
    st.sampled_from(["a", "b"]),
    st.sampled_from([0, 1, 999, SECOND // 3, 5 * SECOND, 3_600 * SECOND, -SECOND]),
    st.integers(1, 12),
    st.integers(1, 40),
)


@pytest.mark.parametrize("seconds", [1, 0.5, 3_600])
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(calls=st.integers(1, 3_000), burst=st.integers(1, 60), asked=st.lists(ASKED, max_size=30))
def test_both_grant_the_same(
    redis_url: str, seconds: float, calls: int, burst: int, asked: list[tuple[str, int, int, int]]
) -> None:
    """Whatever is asked, at whatever time."""
    of = Quota(calls, seconds, burst)

    async def both() -> None:
        async with connect(redis_url) as client:
            await client.flushall()
            script, model = RedisQuotas(client, timeout=30), Buckets()
            script.now = BEGIN
            for subject, pause, need, want in asked:
                script.now += pause
                (told,) = await script.take([Asked(subject, of, need, want)])
                assert told == model.take(subject, script.now, of, need, want)

    asyncio.run(both())
