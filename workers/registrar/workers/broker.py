"""Dramatiq's Redis broker with a consumer that waits for a bell instead of sleeping.

The stock consumer sleeps longer and longer while its queue is empty, or while all threads are busy:
80 to 100 ms of delay at every hint of a quiet hour.
"""

from __future__ import annotations

import threading
from typing import Any

import redis
from dramatiq import Message, MessageProxy
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.errors import ConnectionClosed

from registrar.signals.redis import NAMESPACE, TIMEOUT, bell_key

BELL_SECONDS = 1
"""How long an idle consumer blocks; a hint whose bell was lost waits at most this long."""


class LostConnection:
    """redis-py's time-out is no ConnectionError, and Dramatiq would let its consumer die of it."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """As the lost connection that it is."""
        if isinstance(error, redis.TimeoutError | redis.ConnectionError | OSError):
            raise ConnectionClosed(error) from error


class BellConsumer(_RedisConsumer):
    """Blocks on a list that whoever sends hints pushes to."""

    def __init__(self, broker: Any, queue_name: str, prefetch: int, timeout: int) -> None:  # noqa: ANN401 - Dramatiq's own
        super().__init__(broker, queue_name, prefetch, timeout)
        self._freed = threading.Event()

    def ack(self, message: MessageProxy) -> None:
        """A thread is free again."""
        try:
            with LostConnection():
                super().ack(message)
        finally:
            self._freed.set()

    def nack(self, message: MessageProxy) -> None:
        """A thread is free again."""
        try:
            with LostConnection():
                super().nack(message)
        finally:
            self._freed.set()

    def requeue(self, messages: Any) -> None:  # noqa: ANN401 - the base class says nothing
        """At shut-down; what is lost here is hinted again by the dispatcher."""
        with LostConnection():
            super().requeue(messages)

    def __next__(self) -> MessageProxy | None:
        """The next hint, or None after a while, so that the thread can be stopped."""
        with LostConnection():
            if not self.message_cache:
                self._fetch()
            while self.message_cache:
                data = self.message_cache.pop(0)
                if data is not None:  # a queue may name a message that is already gone
                    message: Message[Any] = Message.decode(data)
                    self.queued_message_ids.add(message.message_id)
                    return MessageProxy(message)
            return None

    def _fetch(self) -> None:
        self._freed.clear()
        room = self.prefetch - self.outstanding_message_count
        if room <= 0:
            self._freed.wait(BELL_SECONDS)
            return
        self.message_cache = self.broker.do_fetch(self.queue_name, room)
        if not self.message_cache:
            self.broker.client.blpop([bell_key(self.queue_name)], timeout=BELL_SECONDS)


class HintBroker(RedisBroker):
    """Only carries hints: no retries, no results, no rate limits."""

    @property
    def consumer_class(self) -> Any:  # noqa: ANN401 - as the base class has it
        """Ours, except for delayed messages, of which there are none."""
        return BellConsumer

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Any:  # noqa: ANN401
        """A consumer of one queue."""
        kind = _RedisConsumer if queue_name.endswith(".DQ") else BellConsumer
        return kind(self, queue_name, prefetch, timeout)


def hint_broker(url: str, middleware: list[Any]) -> HintBroker:
    """Over the Redis at `url`."""
    client = redis.Redis.from_url(
        url, socket_timeout=TIMEOUT + BELL_SECONDS, socket_connect_timeout=TIMEOUT
    )
    return HintBroker(client=client, namespace=NAMESPACE, middleware=middleware)
