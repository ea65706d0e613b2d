"""Surface API Management in the sandbox: a tenant enrols, and its export comes later."""

import asyncio

import httpx
import pytest
from tests.integration.sandbox.conftest import WORK_SECONDS, bearer, effects, scripted, seeded

BASE = "/microsoft/surface"
URL = f"{BASE}/api/external/warranty"
Client = httpx.AsyncClient
Key = dict[str, str]


@pytest.fixture
async def key(http: Client) -> Key:
    """Token and subscription key."""
    path = f"{BASE}/sandbox-tenant/oauth2/v2.0/token"
    token = await bearer(http, path, "sandbox-microsoft", "api://sandbox-surface/.default")
    return token | {"Ocp-Apim-Subscription-Key": "sandbox-surface"}


async def test_an_export_is_not_found_until_it_is_ready(http: Client, key: Key) -> None:
    """Before the enrolment, and for a while after it."""
    statuses = [(await http.get(f"{URL}/export", headers=key)).status_code]
    enrolled = await http.put(f"{URL}/enrollment", headers=key)
    statuses.append((await http.get(f"{URL}/export", headers=key)).status_code)
    await asyncio.sleep(WORK_SECONDS)
    ready = await http.get(f"{URL}/export", headers=key)
    assert (enrolled.status_code, [*statuses, ready.status_code]) == (200, [404, 404, 200])
    assert set(ready.json()) == {"downloadUrl", "expiresOn"}


async def test_the_export_has_the_tenants_devices(http: Client, key: Key) -> None:
    """Not those of another."""
    seed = {"manufacturer": "microsoft", "model": "Surface Pro 10", "shipped": "2025-01-02"}
    await seeded(
        http,
        seed | {"serial_number": "012345678901"},
        seed | {"serial_number": "112345678901", "owner": "contoso"},
    )
    await http.put(f"{URL}/enrollment", headers=key)
    await asyncio.sleep(WORK_SECONDS)
    link = (await http.get(f"{URL}/export", headers=key)).json()["downloadUrl"]
    rows = (await http.get(link)).text.splitlines()
    assert rows[0].startswith("SerialNumber,Model,")
    assert [one.split(",")[:3] for one in rows[1:]] == [
        ["012345678901", "Surface Pro 10", "2025-01-02"]
    ]


async def test_to_enrol_again_changes_nothing_and_to_leave_ends_it(http: Client, key: Key) -> None:
    """One act, then none."""
    for _ in range(2):
        await http.put(f"{URL}/enrollment", headers=key)
    assert await effects(http, "microsoft") == [("TENANT:SANDBOXTENANT", "sandbox-tenant")]
    assert (await http.delete(f"{URL}/enrollment", headers=key)).status_code == 204
    await asyncio.sleep(WORK_SECONDS)
    assert (await http.get(f"{URL}/export", headers=key)).status_code == 404
    assert await effects(http, "microsoft") == []


async def test_key_and_token_are_needed_both(http: Client, key: Key) -> None:
    """Neither alone will do."""
    for missing in key:
        headers = {name: value for name, value in key.items() if name != missing}
        assert (await http.put(f"{URL}/enrollment", headers=headers)).status_code == 401
    assert await effects(http, "microsoft") == []


async def test_an_export_that_is_slow_to_show_is_not_found(http: Client, key: Key) -> None:
    """Until its seconds have passed."""
    await http.put(f"{URL}/enrollment", headers=key)
    await asyncio.sleep(WORK_SECONDS)
    await scripted(http, {"fault": "slow_verify", "seconds": 60})
    assert (await http.get(f"{URL}/export", headers=key)).status_code == 404


async def test_a_link_has_an_end(http: Client) -> None:
    """And nonsense is none."""
    for until in ("1000000000", "soon"):
        assert (await http.get(f"{BASE}/downloads/{until}.csv")).status_code == 403
