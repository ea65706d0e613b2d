"""Knox Deployment in the sandbox: uploads are taken at once, and their transactions end later."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.integration.sandbox.conftest import WORK_SECONDS, bearer, effects, scripted

BASE = "/samsung/knox"
UPLOAD = f"{BASE}/kcs/v1/rp/devices/upload"
Client = httpx.AsyncClient
Key = dict[str, str]


@pytest.fixture
async def key(http: Client) -> Key:
    """A token, and for whom."""
    token = await bearer(http, f"{BASE}/oauth/token", "sandbox-samsung")
    return token | {"x-reseller-id": "r", "x-customer-id": "c"}


async def ended(http: Client, key: Key, transaction: str, *devices: str) -> Any:  # noqa: ANN401 - JSON
    """Status and codes of a transaction."""
    body = {"transactionId": transaction, "devices": devices}
    sent = await http.put(UPLOAD, json=body, headers=key)
    assert (sent.status_code, sent.json()["status"]) == (200, "ACCEPTED")
    url = f"{BASE}/kcs/v1/rp/transactions/{transaction}"
    before = (await http.get(url, headers=key)).json()
    await asyncio.sleep(WORK_SECONDS)
    after = (await http.get(url, headers=key)).json()
    assert (before["status"], before["devices"]) == ("IN_PROGRESS", [])
    return after["status"], [one["code"] for one in after["devices"]]


async def test_an_upload_ends_with_a_code_for_each_device(http: Client, key: Key) -> None:
    """And its devices are the customer's; several under one transaction are no duplicates."""
    assert await ended(http, key, "t1", "R58M0000001", "R58M0000002") == ("COMPLETED", [0, 0])
    assert await effects(http, "samsung") == [("R58M0000001", "c"), ("R58M0000002", "c")]


async def test_a_device_has_one_owner(http: Client, key: Key) -> None:
    """Registered before by this customer, or by another."""
    other = key | {"x-customer-id": "d"}
    assert await ended(http, key, "t1", "R58M0000001") == ("COMPLETED", [0])
    assert await ended(http, key, "t2", "R58M0000001") == ("FAILED", [4090001])
    assert await ended(http, other, "t3", "R58M0000001") == ("FAILED", [4090002])
    assert len(await effects(http, "samsung")) == 1


async def test_the_same_transaction_is_one(http: Client, key: Key) -> None:
    """Whatever it brings the second time."""
    assert await ended(http, key, "t1", "R58M0000001") == ("COMPLETED", [0])
    body = {"transactionId": "t1", "devices": ["R58M0000002"]}
    assert (await http.put(UPLOAD, json=body, headers=key)).status_code == 200
    assert await effects(http, "samsung") == [("R58M0000001", "c")]


async def test_a_fault_speaks_the_shape_of_knox_and_a_look_up_may_be_slow(
    http: Client, key: Key
) -> None:
    """A number, and a transaction that is not there yet."""
    await ended(http, key, "t1", "R58M0000001")
    await scripted(
        http, {"fault": "throttle", "step": "submit"}, {"fault": "slow_verify", "seconds": 60}
    )
    reply = await http.put(UPLOAD, json={}, headers=key)
    assert (reply.status_code, reply.json()["code"]) == (429, 4290000)
    unknown = await http.get(f"{BASE}/kcs/v1/rp/transactions/t1", headers=key)
    assert (unknown.status_code, unknown.json()["code"]) == (404, 4040001)
