"""Processes that are asked to leave while there is work."""

import asyncio
import itertools
import os
import signal
import uuid
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest
from google.protobuf.json_format import ParseDict
from tests.system import System, command_of, example, gone, start

from registrar.client import CallError, Client
from registrar.client.messages import SubmitRegistrationRequest

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(300)]
CALLERS = 16


def test_a_restart_under_load_loses_nothing(tmp_path: Path) -> None:
    """SIGTERM right after the last acceptance; the next one finishes what was begun."""
    first = start(tmp_path)
    first.script({"fault": "latency", "seconds": 0.3})
    ids = first.accepted(3000, 100)
    assert first.stop() == 0
    second = start(tmp_path)
    second.registered_once_each(ids)
    assert second.stop() == 0


class Load:
    """Callers that go on submitting, each over a connection of its own."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._numbers = itertools.count(5000)
        self._over = False
        self.accepted: dict[str, str] = {}
        """Registration id by request id."""

    async def caller(self) -> None:
        """One registration after the other; what was not answered is asked again."""
        async with Client(self._system.ready["grpc"], self._system.ready["api_key"]) as client:
            while not self._over:
                wanted = ParseDict(example(next(self._numbers)), SubmitRegistrationRequest())
                wanted.request_id = str(uuid.uuid4())
                self.accepted[wanted.request_id] = await self._submitted(client, wanted)
                await asyncio.sleep(0.2)

    async def _submitted(self, client: Client, wanted: SubmitRegistrationRequest) -> str:
        while True:
            try:
                return (await client.submit(wanted)).registration.id
            except CallError as error:
                if error.code is not grpc.StatusCode.UNAVAILABLE:
                    raise
                await asyncio.sleep(0.1)

    async def until(self, condition: Callable[[], bool]) -> None:
        """While the callers go on, at most half a minute."""
        async with asyncio.timeout(30):
            while not condition():  # noqa: ASYNC110 - other processes' state
                await asyncio.sleep(0.05)

    def end(self) -> None:
        """After the registrations under way."""
        self._over = True


def serving(system: System) -> list[int]:
    """The processes that face callers."""
    return [pid for pid in system.members() if "registrar.cli serve" in command_of(pid)]


@pytest.mark.postgres
@pytest.mark.usefixtures("own_connections")
async def test_a_serve_that_leaves_under_load_loses_and_doubles_nothing(
    production: System,
) -> None:
    """SIGTERM of one of two: its callers go to the other one, and to its successor."""
    load = Load(production)
    async with asyncio.TaskGroup() as callers:
        for _ in range(CALLERS):
            callers.create_task(load.caller())
        await load.until(lambda: len(load.accepted) >= 50)
        leaving, staying = serving(production)
        os.kill(leaving, signal.SIGTERM)
        await load.until(lambda: gone([leaving], 0))
        await load.until(lambda: len(serving(production)) == 2)
        seen = len(load.accepted)
        await load.until(lambda: len(load.accepted) >= seen + 50)
        load.end()
    assert staying in serving(production)
    ids = list(load.accepted.values())
    assert len(set(ids)) == len(ids)
    assert {one["id"] for one in production.json("list", "--limit", "1000")} == set(ids)
    production.registered_once_each(ids)
