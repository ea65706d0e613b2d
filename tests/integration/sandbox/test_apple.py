"""Apple Business in the sandbox: signed assertions, JSON:API, assignments that take a while."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.integration.sandbox.conftest import WORK_SECONDS, effects, scripted, seeded

from registrar.connectors.kit.auth.assertion import Assertion
from registrar.connectors.kit.auth.grants import by_assertion
from registrar.sandbox.apple import AUD
from registrar.sandbox.apple_shapes import SERVERS
from registrar.sandbox.keys import APPLE_CLIENT, APPLE_KEY_ID, apple_key

BASE = "/apple/business"
DEVICES = f"{BASE}/v1/orgDevices"
ACTIVITIES = f"{BASE}/v1/orgDeviceActivities"
SERIAL = "C02CL0YYML7H"
Client = httpx.AsyncClient
Key = dict[str, str]


async def signed_in(http: Client, scope: str = "business.api") -> httpx.Response:
    """The answer to a signed assertion of the gateway's own making."""
    assertion = Assertion(APPLE_CLIENT, APPLE_KEY_ID, apple_key(), AUD, 3600)
    request = by_assertion(f"{BASE}/auth/oauth2/token", assertion)()
    return await http.post(request.url, data=dict(request.form or {}) | {"scope": scope})


@pytest.fixture
async def key(http: Client) -> Key:
    """A token."""
    return {"Authorization": f"Bearer {(await signed_in(http)).json()['access_token']}"}


def activity(*serials: str, kind: str = "ASSIGN_DEVICES", server: str = SERVERS[0]) -> Any:  # noqa: ANN401 - JSON
    """An assignment."""
    devices = [{"type": "orgDevices", "id": serial} for serial in serials]
    return {
        "data": {
            "type": "orgDeviceActivities",
            "attributes": {"activityType": kind},
            "relationships": {
                "mdmServer": {"data": {"type": "mdmServers", "id": server}},
                "devices": {"data": devices},
            },
        }
    }


async def carried_out(http: Client, key: Key, body: object) -> dict[str, Any]:
    """The attributes that an activity ends with."""
    made = await http.post(ACTIVITIES, json=body, headers=key)
    assert (made.status_code, made.json()["data"]["attributes"]["status"]) == (201, "IN_PROGRESS")
    await asyncio.sleep(WORK_SECONDS)
    found = await http.get(f"{ACTIVITIES}/{made.json()['data']['id']}", headers=key)
    attributes: dict[str, Any] = found.json()["data"]["attributes"]
    return attributes


async def test_a_device_has_its_attributes(http: Client, key: Key) -> None:
    """And is not assigned yet."""
    found = (await http.get(f"{DEVICES}/{SERIAL}", headers=key)).json()["data"]
    server = await http.get(f"{DEVICES}/{SERIAL}/assignedServer", headers=key)
    assert (found["type"], found["id"]) == ("orgDevices", SERIAL)
    assert found["attributes"]["serialNumber"] == SERIAL
    assert (found["attributes"]["purchaseSourceType"], found["attributes"]["status"]) == (
        "APPLE",
        "UNASSIGNED",
    )
    assert server.json()["data"] is None


async def test_a_device_has_its_coverage(http: Client, key: Key) -> None:
    """Active, or not."""
    seed = {"manufacturer": "apple", "serial_number": SERIAL}
    for shipped, status in (("2020-01-01", "INACTIVE"), ("2098-01-01", "ACTIVE")):
        await seeded(http, seed | {"shipped": shipped})
        reply = await http.get(f"{DEVICES}/{SERIAL}/appleCareCoverage", headers=key)
        assert [one["attributes"]["status"] for one in reply.json()["data"]] == [status]


async def test_an_assignment_ends_and_can_be_seen(http: Client, key: Key) -> None:
    """At the device, at its server, in the ledger, in a log."""
    ended = await carried_out(http, key, activity(SERIAL))
    device = await http.get(f"{DEVICES}/{SERIAL}", headers=key)
    server = await http.get(f"{DEVICES}/{SERIAL}/assignedServer", headers=key)
    log = await http.get(ended["downloadUrl"])
    assert (ended["status"], ended["subStatus"]) == ("COMPLETED", "COMPLETED_WITH_SUCCESS")
    assert device.json()["data"]["attributes"]["status"] == "ASSIGNED"
    assert server.json()["data"]["id"] == SERVERS[0]
    assert log.text.splitlines() == ["serialNumber,status", f"{SERIAL},SUCCESS"]
    assert await effects(http, "apple") == [(SERIAL, SERVERS[0])]


async def test_only_a_change_has_an_effect(http: Client, key: Key) -> None:
    """The same again, another server, none."""
    for _ in range(2):
        await carried_out(http, key, activity(SERIAL))
    assert await effects(http, "apple") == [(SERIAL, SERVERS[0])]
    await carried_out(http, key, activity(SERIAL, server=SERVERS[1]))
    assert await effects(http, "apple") == [(SERIAL, SERVERS[1])]
    await carried_out(http, key, activity(SERIAL, kind="UNASSIGN_DEVICES"))
    assert await effects(http, "apple") == []


async def test_an_assignment_may_fail_in_part_or_never_end(http: Client, key: Key) -> None:
    """Each device has its own line in the log."""
    ended = await carried_out(http, key, activity(SERIAL, "C02CL0YYM995", "C02CL0YYM990"))
    stuck = await carried_out(http, key, activity("C02CL0YYM994"))
    assert (ended["subStatus"], stuck["status"]) == ("COMPLETED_WITH_ERRORS", "IN_PROGRESS")
    assert await effects(http, "apple") == [(SERIAL, SERVERS[0])]


@pytest.mark.parametrize("serial", ["C02CL0YYM990", "C02CL0YYM992", "short", "c02cl0yyml7h"])
async def test_what_is_not_the_organisations_is_not_found(
    http: Client, key: Key, serial: str
) -> None:
    """With the shape of its errors."""
    reply = await http.get(f"{DEVICES}/{serial}", headers=key)
    (error,) = reply.json()["errors"]
    assert (reply.status_code, error["status"], error["code"]) == (404, "404", "NOT_FOUND")
    assert error["id"]


async def test_a_list_comes_by_pages(http: Client, key: Key) -> None:
    """With a cursor, and a link to follow."""
    serials = [f"C02CL0YYM{number:03d}" for number in range(5)]
    await seeded(http, *({"manufacturer": "apple", "serial_number": one} for one in serials))
    pages, url = [], f"{DEVICES}?limit=2"
    while url:
        pages.append((await http.get(url, headers=key)).json())
        url = pages[-1]["links"].get("next", "")
    assert [[one["id"] for one in page["data"]] for page in pages] == [
        serials[:2],
        serials[2:4],
        serials[4:],
    ]
    assert pages[-1]["meta"]["paging"] == {"total": 5, "limit": 2}


@pytest.mark.parametrize("query", ["limit=101", "limit=0", "limit=x", "cursor=%25"])
async def test_a_page_has_bounds(http: Client, key: Key, query: str) -> None:
    """The error names the parameter."""
    reply = await http.get(f"{DEVICES}?{query}", headers=key)
    source = reply.json()["errors"][0]["source"]
    assert (reply.status_code, source) == (400, {"parameter": query.partition("=")[0]})


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/data/type"),
        (activity(SERIAL, kind="ERASE"), "/data/attributes/activityType"),
        (activity(SERIAL, server="none"), "/data/relationships/mdmServer"),
        (activity(), "/data/relationships/devices"),
        (activity(""), "/data/relationships/devices"),
    ],
)
async def test_half_an_activity_is_refused(
    http: Client, key: Key, body: object, pointer: str
) -> None:
    """The error points to what is wrong."""
    reply = await http.post(ACTIVITIES, json=body, headers=key)
    assert (reply.status_code, reply.json()["errors"][0]["source"]) == (400, {"pointer": pointer})


async def test_new_terms_stop_everything_until_they_are_accepted(http: Client, key: Key) -> None:
    """403; the token is as good as before."""
    await scripted(http, {"fault": "terms", "times": 2})
    replies = [await http.get(f"{BASE}/v1/mdmServers", headers=key) for _ in range(2)]
    refused = await http.post(ACTIVITIES, json=activity(SERIAL), headers=key)
    assert [one.status_code for one in replies] == [403, 403]
    assert refused.status_code == 201
    assert "AGREEMENTS" in replies[0].json()["errors"][0]["code"]


async def test_servers_are_listed(http: Client, key: Key) -> None:
    """Two of them."""
    reply = await http.get(f"{BASE}/v1/mdmServers", headers=key)
    assert tuple(one["id"] for one in reply.json()["data"]) == SERVERS


async def test_an_assignment_may_be_seen_late(http: Client, key: Key) -> None:
    """The device shows no server until its seconds have passed."""
    await carried_out(http, key, activity(SERIAL))
    await scripted(http, {"fault": "slow_verify", "seconds": 60})
    reply = await http.get(f"{DEVICES}/{SERIAL}/assignedServer", headers=key)
    assert reply.json()["data"] is None


@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (-120, 401), (7200, 401)])
async def test_a_clock_may_differ(http: Client, seconds: int, status: int) -> None:
    """Slow: the assertion is of the future. Fast: it has ended."""
    await scripted(http, {"fault": "clock_skew", "step": "token", "seconds": seconds})
    assert (await signed_in(http)).status_code == status


async def test_only_its_scope_and_its_token_are_taken(http: Client) -> None:
    """400 of the token service, 401 of the API, 404 of what never was."""
    assert (await signed_in(http, "school.api")).status_code == 400
    assert (await http.get(f"{DEVICES}/{SERIAL}")).status_code == 401
    assert (await http.get(f"{ACTIVITIES}/none/log.csv")).status_code == 404
