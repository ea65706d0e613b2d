"""Autopilot imports in the sandbox: taken at once, decided later, each device by itself."""

import asyncio
import base64
from typing import Any

import httpx
import pytest
from tests.integration.sandbox.conftest import (
    WORK_SECONDS,
    bearer,
    effects,
    scripted,
    seeded,
)

BASE = "/microsoft/graph"
URL = f"{BASE}/v1.0/deviceManagement/importedWindowsAutopilotDeviceIdentities"
SCOPE = "https://graph.microsoft.com/.default"
HASH = base64.b64encode(b"T0" * 2000).decode()
Client = httpx.AsyncClient
Key = dict[str, str]


@pytest.fixture
async def key(http: Client) -> Key:
    """A token of the tenant."""
    path = f"{BASE}/sandbox-tenant/oauth2/v2.0/token"
    return await bearer(http, path, "sandbox-microsoft", SCOPE)


def device(serial: str = "012345678901", **changes: str) -> dict[str, str]:
    """One to import."""
    return {"serialNumber": serial, "hardwareIdentifier": HASH, "importId": f"i{serial}"} | changes


async def imported(http: Client, key: Key, body: dict[str, str]) -> dict[str, Any]:
    """The state in which an import ends."""
    sent = await http.post(URL, json=body, headers=key)
    assert (sent.status_code, sent.json()["state"]["deviceImportStatus"]) == (201, "unknown")
    await asyncio.sleep(WORK_SECONDS)
    reply = await http.get(f"{URL}/{sent.json()['id']}", headers=key)
    state: dict[str, Any] = reply.json()["state"]
    return state


async def test_an_import_goes_through_its_states(http: Client, key: Key) -> None:
    """And then the device is the tenant's."""
    sent = (await http.post(URL, json=device(groupTag="Sales"), headers=key)).json()
    state = sent["state"]
    seen = [state["deviceImportStatus"]]
    while seen[-1] not in {"complete", "error"}:
        await asyncio.sleep(WORK_SECONDS / 8)
        state = (await http.get(f"{URL}/{sent['id']}", headers=key)).json()["state"]
        seen += [state["deviceImportStatus"]] * (state["deviceImportStatus"] != seen[-1])
    assert seen == ["unknown", "pending", "partial", "complete"]
    assert (state["deviceErrorCode"], state["deviceRegistrationId"] != "") == (0, True)
    assert (sent["groupTag"], sent["hardwareIdentifier"]) == ("Sales", HASH)
    assert await effects(http, "microsoft") == [("012345678901", "sandbox-tenant")]


@pytest.mark.parametrize(
    ("body", "code", "name"),
    [
        (device("012345678993"), 806, "ZtdDeviceAlreadyAssigned"),
        (device("012345678992"), 808, "ZtdDeviceAssignedToOtherTenant"),
        (device("012345678995"), 802, "InvalidZtdHardwareHash"),
        (device(hardwareIdentifier="%%%"), 802, "InvalidZtdHardwareHash"),
    ],
)
async def test_an_import_ends_in_an_error(
    http: Client, key: Key, body: dict[str, str], code: int, name: str
) -> None:
    """With its number and its name, and without an effect."""
    state = await imported(http, key, body)
    assert (state["deviceImportStatus"], state["deviceErrorCode"]) == ("error", code)
    assert (state["deviceErrorName"], state["deviceRegistrationId"]) == (name, "")
    assert await effects(http, "microsoft") == []


async def test_a_second_import_is_already_assigned(http: Client, key: Key) -> None:
    """The device has been imported once."""
    states = [await imported(http, key, device()) for _ in range(2)]
    assert [one["deviceErrorCode"] for one in states] == [0, 806]
    assert len(await effects(http, "microsoft")) == 1


async def test_an_import_may_never_end(http: Client, key: Key) -> None:
    """A deadline is the caller's affair."""
    assert (await imported(http, key, device("012345678994")))["deviceImportStatus"] == "pending"


async def test_a_collection_is_imported_each_by_itself(http: Client, key: Key) -> None:
    """One that fails does not stop the others."""
    name = "importedWindowsAutopilotDeviceIdentities"
    body = {name: [device(), device("012345678993"), device("112345678901")]}
    sent = await http.post(f"{URL}/import", json=body, headers=key)
    await asyncio.sleep(WORK_SECONDS)
    codes = []
    for one in sent.json()["value"]:
        state = (await http.get(f"{URL}/{one['id']}", headers=key)).json()["state"]
        codes.append(state["deviceErrorCode"])
    assert (sent.status_code, codes) == (200, [0, 806, 0])
    assert len(await effects(http, "microsoft")) == 2


@pytest.mark.parametrize(
    ("asked", "serials"),
    [
        ("serialNumber eq '012345678901'", ["012345678901"]),
        ("importId eq 'i112345678901'", ["112345678901"]),
        ("contains(serialNumber,'12345678901')", ["012345678901", "112345678901"]),
        ("serialNumber eq '9'", []),
    ],
)
async def test_imports_can_be_found_again(
    http: Client, key: Key, asked: str, serials: list[str]
) -> None:
    """By what the caller knows of them."""
    for serial in ("012345678901", "112345678901"):
        await http.post(URL, json=device(serial), headers=key)
    reply = await http.get(URL, params={"$filter": asked}, headers=key)
    assert sorted(one["serialNumber"] for one in reply.json()["value"]) == serials
    assert len((await http.get(URL, headers=key)).json()["value"]) == 2
    assert (await http.get(URL, params={"$filter": "x"}, headers=key)).status_code == 400


async def test_what_is_slow_to_show_is_not_listed_and_pending(http: Client, key: Key) -> None:
    """Until its seconds have passed."""
    sent = (await http.post(URL, json=device(), headers=key)).json()
    await asyncio.sleep(WORK_SECONDS)
    await scripted(http, {"fault": "slow_verify", "seconds": 60})
    state = (await http.get(f"{URL}/{sent['id']}", headers=key)).json()["state"]
    assert (await http.get(URL, headers=key)).json()["value"] == []
    assert state["deviceImportStatus"] == "pending"


async def test_a_record_can_be_removed_and_its_device_stays(http: Client, key: Key) -> None:
    """As the clean-up of the scripts does."""
    sent = (await http.post(URL, json=device(), headers=key)).json()
    assert (await http.delete(f"{URL}/{sent['id']}", headers=key)).status_code == 204
    assert (await http.get(f"{URL}/{sent['id']}", headers=key)).status_code == 404
    assert len(await effects(http, "microsoft")) == 1


async def test_refusals_have_the_shape_of_graph(http: Client, key: Key) -> None:
    """No token, half a device, too many requests with a time and without."""
    replies = [
        await http.post(URL, json=device()),
        await http.post(URL, json={"serialNumber": "1"}, headers=key),
        await http.post(f"{URL}/import", json={}, headers=key),
    ]
    for header in ("seconds", "none"):
        await scripted(http, {"fault": "throttle", "retry_after": 7, "retry_header": header})
        replies.append(await http.post(URL, json=device(), headers=key))
    assert [(one.status_code, one.json()["error"]["code"]) for one in replies] == [
        (401, "InvalidAuthenticationToken"),
        (400, "BadRequest"),
        (400, "BadRequest"),
        (429, "TooManyRequests"),
        (429, "TooManyRequests"),
    ]
    assert [one.headers.get("Retry-After") for one in replies[-2:]] == ["7", None]
    assert await effects(http, "microsoft") == []


async def test_a_seed_belongs_to_whom_it_says(http: Client, key: Key) -> None:
    """Another tenant, this one, nobody."""
    seed = {"manufacturer": "microsoft", "model": "Surface Pro 10"}
    await seeded(
        http,
        seed | {"serial_number": "112345678901", "owner": "contoso"},
        seed | {"serial_number": "212345678901", "registered": True},
        seed | {"serial_number": "312345678992"},
    )
    codes = [
        (await imported(http, key, device(f"{number}12345678{end}")))["deviceErrorCode"]
        for number, end in ((1, 901), (2, 901), (3, 992))
    ]
    assert codes == [808, 806, 0]
