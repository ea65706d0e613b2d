"""PostgreSQL away while a caller submits."""

import asyncio
import uuid
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from google.protobuf.json_format import ParseDict
from tests.faults.conftest import two_of_each
from tests.faults.servers import Postgres, Redis
from tests.system import example

from registrar.client import CallError, Client
from registrar.client.messages import SubmitRegistrationRequest

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.timeout(300),
]
SERVICE = "registrar.v1.RegistrationService"


def request(number: int) -> SubmitRegistrationRequest:
    """With the id that a caller keeps over its retries."""
    made = ParseDict(example(number), SubmitRegistrationRequest())
    made.request_id = str(uuid.uuid4())
    return made


async def refused(client: Client, wanted: SubmitRegistrationRequest) -> CallError:
    """Never an OK that is none."""
    with pytest.raises(CallError) as caught:
        await client.submit(wanted)
    return caught.value


async def healthy(client: Client, expected: str) -> None:
    """Soon: the database is probed every two seconds."""
    async with asyncio.timeout(20):
        while await client.health(SERVICE) != expected:  # noqa: ASYNC110 - another process's state
            await asyncio.sleep(0.1)


async def accepted(client: Client, wanted: SubmitRegistrationRequest) -> str:
    """As a caller does it: the same request again, as long as it is told to come back."""
    async with asyncio.timeout(60):
        while True:
            try:
                return (await client.submit(wanted)).registration.id
            except CallError as error:
                if error.code is not grpc.StatusCode.UNAVAILABLE:
                    raise
                await asyncio.sleep((error.retry_after or timedelta(seconds=1)).total_seconds())


async def test_postgres_away_is_said_and_the_same_request_succeeds_later(
    tmp_path: Path, postgres: Postgres, redis: Redis
) -> None:
    """UNAVAILABLE with its reason and when to come back, NOT_SERVING; then exactly once."""
    with two_of_each(tmp_path, postgres.url, redis) as system:
        async with Client(system.ready["grpc"], system.ready["api_key"]) as client:
            ids = [await accepted(client, request(1))]
            await healthy(client, "SERVING")
            lost = [request(number) for number in range(2, 7)]
            postgres.stop()
            for one in lost:
                error = await refused(client, one)
                assert (error.code, error.reason) == (
                    grpc.StatusCode.UNAVAILABLE,
                    "STORE_UNAVAILABLE",
                )
                assert error.retry_after is not None
                assert error.retry_after > timedelta(0)
            await healthy(client, "NOT_SERVING")
            assert await client.health("registrar.v1.ConnectorService") == "SERVING"
            postgres.start()
            later = [await accepted(client, one) for one in lost]
            assert [await accepted(client, one) for one in lost] == later
            await healthy(client, "SERVING")
        ids += later
        assert len(system.json("list")) == len(ids) == len(set(ids))
        system.registered_once_each(ids)
