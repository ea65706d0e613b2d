"""The queues `maintenance` and `form_probes`: health probes of connectors."""

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
    async def maintenance(connector: str, fence: int) -> None:
        """Safe to run twice: a probe only reads, and only the newest fence is recorded."""
        try:
            await parts.working.probes.by_hint(connector, fence)
        except StoreUnavailable:
            # Its lease will run out, and the dispatcher hints it again.
            _log.warning("probe_dropped", connector=connector, reason="store")
        except ConnectionError:
            _log.warning("probe_dropped", connector=connector, reason="gate")

    return maintenance
