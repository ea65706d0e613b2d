"""The fleet's gates, as a worker asks them: callers that come together share a round trip."""

from __future__ import annotations

import os
import socket
import uuid
from contextlib import AsyncExitStack

import redis.asyncio as aioredis

from registrar.admission.redis import RedisAdmission
from registrar.app.batching import Batcher
from registrar.app.gating import FleetGates
from registrar.ports.admission import Gated
from registrar.ports.connector import Catalogue
from registrar.resilience.answers import Ask, Decision, Move, Report


def gates(client: aioredis.Redis, catalogue: Catalogue, stack: AsyncExitStack) -> FleetGates:
    """Closed with the stack."""
    admission = RedisAdmission(client)
    admit: Batcher[tuple[Gated, Ask], Decision] = Batcher(admission.admit)
    report: Batcher[tuple[Gated, Report], Move | None] = Batcher(admission.report)
    stack.push_async_callback(admit.close)
    stack.push_async_callback(report.close)
    worker = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    return FleetGates(admit.add, report.add, catalogue, worker)
