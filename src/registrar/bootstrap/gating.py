"""The fleet's gates, as a worker asks them, a dispatcher watches them and an operator sees them."""

from __future__ import annotations

import os
import socket
import uuid
from contextlib import AsyncExitStack

import redis.asyncio as aioredis

from registrar.admission.redis import RedisAdmission
from registrar.app.audit import Audit
from registrar.app.batching import Batcher
from registrar.app.circuits import Circuits
from registrar.app.gate_watch import GateWatch
from registrar.app.gating import FleetGates
from registrar.ports.admission import Gated
from registrar.ports.clock import Clock
from registrar.ports.connector import Catalogue
from registrar.ports.connector_states import ConnectorStates
from registrar.ports.queue import Doorbell, Hints
from registrar.resilience.answers import Ask, Decision, Move, Report


def gates(client: aioredis.Redis, catalogue: Catalogue, stack: AsyncExitStack) -> FleetGates:
    """Callers that come together share a round trip. Closed with the stack."""
    admission = RedisAdmission(client)
    admit: Batcher[tuple[Gated, Ask], Decision] = Batcher(admission.admit)
    report: Batcher[tuple[Gated, Report], Move | None] = Batcher(admission.report)
    stack.push_async_callback(admit.close)
    stack.push_async_callback(report.close)
    worker = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    return FleetGates(admit.add, report.add, catalogue, worker)


def watch(
    client: aioredis.Redis, catalogue: Catalogue, states: ConnectorStates, hints: Hints
) -> GateWatch:
    """A dispatcher's."""
    return GateWatch(RedisAdmission(client), catalogue, hints, states=states)


def circuits(  # noqa: PLR0913 - the parts that it is made of
    client: aioredis.Redis,
    catalogue: Catalogue,
    states: ConnectorStates,
    clock: Clock,
    doorbell: Doorbell,
    *,
    audit: Audit,
) -> Circuits:
    """An operator's."""
    return Circuits(RedisAdmission(client), catalogue, states, clock, doorbell, audit)
