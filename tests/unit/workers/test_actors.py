"""What an actor does with a hint that cannot be followed now: it drops it, and says so."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import dramatiq
import pytest
from dramatiq.brokers.stub import StubBroker
from structlog.testing import capture_logs

from registrar.domain.errors import StoreUnavailable
from registrar.ports.queue import API, MAINTENANCE
from registrar.workers import maintenance, registrations

AWAY = [(StoreUnavailable(), "store"), (ConnectionError("Redis does not answer"), "gate")]


def parts(error: Exception) -> Any:  # noqa: ANN401 - as much of `Parts` as an actor asks for
    """Whose use cases fail."""

    async def away(*_given: object) -> None:
        raise error

    advance, probes = SimpleNamespace(run=away), SimpleNamespace(by_hint=away)
    return SimpleNamespace(working=SimpleNamespace(advance=advance, probes=probes))


async def worked(actor: dramatiq.Actor[Any, Any], *given: object) -> list[dict[str, Any]]:
    """The lines that it writes; what it raises would make Dramatiq fail the message."""
    with capture_logs() as lines:
        await inspect.unwrap(actor.fn)(*given)
    return [dict(one) for one in lines]


@pytest.mark.parametrize(("error", "reason"), AWAY)
async def test_a_hint_without_database_or_gate_is_dropped(error: Exception, reason: str) -> None:
    """The dispatcher hints it again: nothing is left to the broker."""
    actor = registrations.declare(API, StubBroker(), parts(error))
    assert await worked(actor, "reg_1", 7) == [
        {
            "event": "hint_dropped",
            "log_level": "warning",
            "registration_id": "reg_1",
            "reason": reason,
        }
    ]


@pytest.mark.parametrize(("error", "reason"), AWAY)
async def test_a_probe_without_database_or_gate_is_dropped(error: Exception, reason: str) -> None:
    """Its turn comes again."""
    actor = maintenance.declare(MAINTENANCE, StubBroker(), parts(error))
    (line,) = await worked(actor, "acme/api", 0)
    assert (line["event"], line["connector"], line["reason"]) == (
        "probe_dropped",
        "acme/api",
        reason,
    )


async def test_a_defect_is_not_hidden() -> None:
    """Only what is waited out is."""
    actor = registrations.declare(API, StubBroker(), parts(KeyError("defect")))
    with pytest.raises(KeyError):
        await worked(actor, "reg_1", 7)
