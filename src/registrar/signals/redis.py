"""Hints and doorbells over Redis.

Hints are written in the form in which Dramatiq's own broker would enqueue them, many in one round
trip; its broker sends one at a time.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any

import dramatiq
import redis.asyncio as aioredis
import structlog
from dramatiq.brokers import redis as dramatiq_redis
from dramatiq.common import current_millis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from registrar.ports.queue import Hint

NAMESPACE = "registrar"
"""Prefix of every key of ours."""

TIMEOUT = 5.0
"""Seconds for a connection and for an answer."""

BELLS = 16
"""Consumers woken by one batch of hints at most; the others poll."""

_DISPATCH: bytes = dramatiq_redis._scripts["dispatch"]  # noqa: SLF001 - its broker's protocol
_HEARTBEAT_TIMEOUT, _DEAD_TTL, _MAX_UNPACK = 60_000, 86_400_000, 1_000
_log = structlog.get_logger("registrar.signals")


def connect(url: str) -> aioredis.Redis:
    """A client that fails instead of waiting: callers know what to do without Redis."""
    client: aioredis.Redis = aioredis.Redis.from_url(
        url,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), 1),
        max_connections=64,
    )
    return client


def bell_key(queue: str) -> str:
    """A list on which idle consumers of a queue block."""
    return f"{NAMESPACE}:{queue}.bell"


def channel(bell: str) -> str:
    """Of the doorbell's publications."""
    return f"{NAMESPACE}:bell:{bell}"


def _message(hint: Hint) -> dramatiq.Message[Any]:
    return dramatiq.Message(
        queue_name=hint.queue,
        actor_name=hint.queue,
        args=(hint.registration_id, hint.fence),
        kwargs={},
        options={"redis_message_id": str(uuid.uuid4())},
    )


class RedisHints:
    """Sends hints to the queues of Dramatiq."""

    def __init__(self, client: aioredis.Redis) -> None:
        self._client = client
        self._sender = f"dispatch-{uuid.uuid4()}"
        self._sha = ""

    async def send(self, hints: Sequence[Hint]) -> None:
        """One pipeline; ConnectionError where Redis is away."""
        try:
            try:
                await self._send(hints)
            except NoScriptError:
                # A Redis that was restarted knows no scripts; nothing of the pipeline was done.
                self._sha = ""
                await self._send(hints)
        except (RedisError, OSError) as error:
            raise ConnectionError("Redis does not answer") from error

    async def ping(self) -> None:
        """ConnectionError where Redis is away."""
        try:
            await self._client.ping()
        except (RedisError, OSError) as error:
            raise ConnectionError("Redis does not answer") from error

    async def _send(self, hints: Sequence[Hint]) -> None:
        if not self._sha:
            self._sha = await self._client.script_load(_DISPATCH)
        pipeline = self._client.pipeline(transaction=False)
        for hint in hints:
            message = _message(hint)
            pipeline.evalsha(
                self._sha,
                1,
                NAMESPACE,
                "enqueue",
                current_millis(),
                hint.queue,
                self._sender,
                _HEARTBEAT_TIMEOUT,
                _DEAD_TTL,
                0,
                _MAX_UNPACK,
                message.options["redis_message_id"],
                message.encode(),
            )
        for queue in {hint.queue for hint in hints}:
            bells = min(BELLS, sum(hint.queue == queue for hint in hints))
            pipeline.rpush(bell_key(queue), *("1" for _ in range(bells)))
            pipeline.ltrim(bell_key(queue), -BELLS, -1)
        await pipeline.execute()


@dataclass(frozen=True, slots=True)
class RedisDoorbell:
    """Publish and subscribe; a lost ring is covered by the listener's poll."""

    client: aioredis.Redis

    async def ring(self, *bells: str) -> None:
        """Never raises."""
        pipeline = self.client.pipeline(transaction=False)
        for bell in bells:
            pipeline.publish(channel(bell), b"")
        with suppress(RedisError, OSError, asyncio.TimeoutError):
            await pipeline.execute()

    async def listen(self, bell: str, poll_seconds: float) -> AsyncGenerator[None, None]:
        """At every ring and at least every `poll_seconds`, Redis or no Redis."""
        while True:
            try:
                # The connection goes back with us, not when the collector comes by.
                async with aclosing(self._subscribed(bell, poll_seconds)) as rings:
                    async for _ in rings:
                        yield
            except (TimeoutError, RedisError, OSError):
                yield
                await asyncio.sleep(poll_seconds)

    async def _subscribed(self, bell: str, poll_seconds: float) -> AsyncGenerator[None, None]:
        async with self.client.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.subscribe(channel(bell))
            # What was rung before the subscription stood.
            yield
            while True:
                await _heard(subscription, poll_seconds)
                yield


async def _heard(subscription: PubSub, seconds: float) -> None:
    """A ring, or the end of the time; rings that came together are one."""
    clock = asyncio.get_running_loop().time
    ends = clock() + seconds
    # None comes early too: for what the subscription itself is told.
    while clock() < ends and await subscription.get_message(timeout=ends - clock()) is None:
        pass
    while await subscription.get_message(timeout=0) is not None:
        pass
