"""The queues `api` and `browser`: one step of one registration, over the route of its tier."""

from __future__ import annotations

from typing import Any

import dramatiq
import structlog

from registrar.domain.errors import StoreUnavailable
from registrar.workers.middleware import Parts

_log = structlog.get_logger("registrar.workers")


def declare(queue: str, broker: dramatiq.Broker, parts: Parts) -> Any:  # noqa: ANN401 - Dramatiq's Actor
    """The actor of this queue, of the same name."""

    @dramatiq.actor(broker=broker, queue_name=queue, actor_name=queue)
    async def advance(registration_id: str, fence: int) -> None:
        """Safe to run twice: a stale fence does nothing."""
        try:
            await parts.working.advance.run(registration_id, fence)
        except StoreUnavailable:
            # Nothing was sent, or the lease will run out and the sweeper asks: never the broker.
            _log.warning("hint_dropped", registration_id=registration_id, reason="store")
        except ConnectionError:
            # Nobody may send anything unasked; the dispatcher hints it again.
            _log.warning("hint_dropped", registration_id=registration_id, reason="gate")

    return advance
