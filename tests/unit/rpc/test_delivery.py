"""Deliveries: a watch's messages on their way."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import grpc
import pytest

from registrar.app.commands import Heartbeat, WatchMessage
from registrar.app.connector_watch import ConnectorNews
from registrar.rpc import call, connector_messages
from registrar.rpc.convert import EventMessages, write_watched
from registrar.rpc.delivery import Delivery, too_slow
from registrar.v1.enums_pb2 import WatchClosingReason


class Broken:
    """A context that cannot write, of a call that nobody cancels."""

    async def write(self, message: object) -> None:
        """Fails."""
        del message
        raise grpc.aio.InternalError


async def test_a_write_that_fails_is_a_defect_unless_the_client_is_gone() -> None:
    """Not cancelled in time, it tells the failure; the watch is closed all the same."""
    closed = False

    async def messages() -> AsyncGenerator[WatchMessage, None]:
        nonlocal closed
        try:
            yield WatchMessage("t", Heartbeat(datetime.now(UTC)))
        finally:
            closed = True

    context: Any = Broken()
    call.begin(call.Method("/registrar.v1.RegistrationService/WatchRegistrations"), ())
    write = partial(write_watched, events=EventMessages())
    with pytest.raises(grpc.aio.InternalError):
        await Delivery(messages(), context, write, too_slow, 0.01).run()
    assert closed


class Reluctant:
    """A client that does not read before it has been let go."""

    def __init__(self) -> None:
        self.read: list[Any] = []

    async def write(self, message: object) -> None:
        """Later than its patience."""
        await asyncio.sleep(0.2)
        self.read.append(message)


async def test_a_watcher_of_connectors_who_reads_too_late_is_told_so() -> None:
    """What was written, and then that it was too slow; nothing of what came after."""

    async def messages() -> AsyncGenerator[ConnectorNews, None]:
        while True:
            yield Heartbeat(datetime.now(UTC))

    context: Any = Reluctant()
    call.begin(call.Method("/registrar.v1.ConnectorService/WatchConnectors"), ())
    parting = connector_messages.too_slow
    await Delivery(messages(), context, connector_messages.write_news, parting, 0.05).run()
    assert [one.WhichOneof("message") for one in context.read] == ["heartbeat", "closing"]
    assert context.read[-1].closing.reason == WatchClosingReason.WATCH_CLOSING_REASON_TOO_SLOW
