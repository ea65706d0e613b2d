"""Deliveries: a watch's messages on their way."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import grpc
import pytest

from registrar.app.commands import Heartbeat, WatchMessage
from registrar.rpc import call
from registrar.rpc.convert import EventMessages, write_watched
from registrar.rpc.delivery import Delivery, too_slow


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
