"""Callers' quotas in Redis, and in memory for who has none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import redis.asyncio as aioredis
from redis.exceptions import RedisError

from registrar.ports.quotas import Asked
from registrar.resilience.quota import Buckets, Taken

TIMEOUT = 0.25
"""Seconds for an answer: a caller waits for it."""
SOURCE = Path(__file__).with_name("quota.lua").read_text(encoding="utf-8")


class RedisQuotas:
    """`ports.quotas.Quotas`. `now`: microseconds, for tests that have a clock of their own."""

    def __init__(self, client: aioredis.Redis, timeout: float = TIMEOUT, now: int = 0) -> None:
        self._client = client
        self._timeout = timeout
        self.now = now

    async def take(self, asked: Sequence[Asked]) -> list[Taken]:
        """In one round trip. The source goes along: a restarted server knows no scripts."""
        pipeline = self._client.pipeline(transaction=False)
        for subject, of, need, want in asked:
            key = f"registrar:quota:{{{subject}}}"
            pipeline.eval(SOURCE, 1, key, of.interval, of.burst, need, want, self.now)
        try:
            async with asyncio.timeout(self._timeout):
                return [Taken(*said) for said in await pipeline.execute()]
        except (RedisError, OSError, TimeoutError) as error:
            raise ConnectionError("Redis does not answer") from error


def micros() -> int:
    """By this host's clock."""
    return time.time_ns() // 1_000


@dataclass(slots=True)
class MemoryQuotas:
    """`ports.quotas.Quotas`. `away` is set by who wants it to be unreachable."""

    clock: Callable[[], int] = micros
    away: bool = False
    buckets: Buckets = field(default_factory=Buckets)

    async def take(self, asked: Sequence[Asked]) -> list[Taken]:
        """One after another."""
        if self.away:
            raise ConnectionError("nobody knows")
        now = self.clock()
        return [
            self.buckets.take(subject, now, of, need, want) for subject, of, need, want in asked
        ]
