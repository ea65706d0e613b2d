"""The client's watch of connectors, without a service."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import grpc
import pytest
from tests.unit.client.test_watching import Lost

from registrar.client import CallError, WatchPolicy
from registrar.client.circuits import endless
from registrar.client.messages import WatchClosingReason, WatchConnectorsResponse

Said = WatchConnectorsResponse | Exception


class Scripted:
    """Calls by script; an EOFError ends the test."""

    def __init__(self, *calls: list[Said]) -> None:
        self.calls = list(calls)
        self.slept: list[float] = []

    async def open(self) -> AsyncIterator[WatchConnectorsResponse]:
        """The next one."""
        for said in self.calls.pop(0):
            if isinstance(said, Exception):
                raise said
            yield said

    async def sleep(self, seconds: float) -> None:
        """No test waits."""
        self.slept.append(seconds)

    async def watched(self) -> list[str | None]:
        """Kinds of messages until an EOFError, with jitter at its upper bound."""
        return [one.WhichOneof("message") async for one in self._until_over()]

    async def _until_over(self) -> AsyncIterator[WatchConnectorsResponse]:
        policy = WatchPolicy(draw=lambda _low, high: high, sleep=self.sleep)
        with suppress(EOFError):
            async for message in endless(self.open, policy):
                yield message


def snapshot() -> WatchConnectorsResponse:
    """The first message of a call."""
    made = WatchConnectorsResponse()
    made.snapshot.SetInParent()
    return made


def closing(seconds: float) -> WatchConnectorsResponse:
    """The last one."""
    made = WatchConnectorsResponse()
    made.closing.reason = WatchClosingReason.WATCH_CLOSING_REASON_MAX_DURATION
    made.closing.reconnect_delay.FromTimedelta(timedelta(seconds=seconds))
    return made


@pytest.mark.parametrize(
    ("end", "slept"),
    [
        ([Lost(grpc.StatusCode.UNAVAILABLE)], 0.1),
        ([Lost(grpc.StatusCode.CANCELLED)], 0.1),
        ([TimeoutError()], 0.1),
        ([], 0.1),
        ([closing(2)], 2.0),
    ],
)
async def test_a_watch_begins_anew_whenever_it_ends(end: list[Said], slept: float) -> None:
    """With all connectors again."""
    service = Scripted([snapshot(), *end], [snapshot(), EOFError()])
    kinds = await service.watched()
    assert [one for one in kinds if one != "closing"] == ["snapshot", "snapshot"]
    assert service.slept == [slept]


async def test_the_way_back_is_longer_until_something_is_heard() -> None:
    """It doubles, and begins small again."""
    gone: list[Said] = [Lost(grpc.StatusCode.UNAVAILABLE)]
    service = Scripted(gone, gone, [], [snapshot(), *gone], [EOFError()])
    await service.watched()
    assert service.slept == [0.1, 0.2, 0.4, 0.1]


async def test_what_watching_anew_cannot_mend_is_told() -> None:
    """A key that is not valid, say."""
    service = Scripted([Lost(grpc.StatusCode.UNAUTHENTICATED)])
    with pytest.raises(CallError):
        await service.watched()
    assert service.slept == []
