"""TechDirect in the sandbox: entitlements by service tag, and what it does not say."""

import httpx
import pytest
from tests.integration.sandbox.conftest import bearer, scripted, seeded

URL = "/dell/techdirect/PROD/sbil/eapi/v5/asset-entitlements"
TOKEN = "/dell/techdirect/auth/oauth/v2/token"  # noqa: S105 - an address
Client = httpx.AsyncClient


@pytest.fixture
async def key(http: Client) -> dict[str, str]:
    """A token."""
    return await bearer(http, TOKEN, "sandbox-dell")


async def test_a_token_is_given_for_basic_too_and_lives_an_hour(http: Client) -> None:
    """Both are in use."""
    reply = await http.post(
        TOKEN,
        data={"grant_type": "client_credentials"},
        auth=httpx.BasicAuth("sandbox-dell", "sandbox-dell"),
    )
    assert (reply.status_code, reply.json()["expires_in"]) == (200, 3600)
    wrong = await http.post(TOKEN, data={"grant_type": "client_credentials"}, auth=("a", "b"))
    assert wrong.status_code == 401


async def test_each_tag_has_a_row_with_its_entitlements(http: Client, key: dict[str, str]) -> None:
    """The hardware's, and one that is none, without an end."""
    reply = await http.get(URL, params={"servicetags": "83wug49,JQ4M8N2"}, headers=key)
    rows = reply.json()
    assert [(one["serviceTag"], one["invalid"]) for one in rows] == [
        ("83WUG49", False),
        ("JQ4M8N2", False),
    ]
    kinds = [(one["entitlementType"], one["serviceLevelCode"]) for one in rows[0]["entitlements"]]
    assert kinds == [("INITIAL", "ND"), ("EXTENDED", "ND"), ("INITIAL", "D")]
    assert rows[0]["entitlements"][2]["endDate"] is None
    assert (
        rows == (await http.get(URL, params={"servicetags": "83WUG49,JQ4M8N2"}, headers=key)).json()
    )


@pytest.mark.parametrize("tag", ["ABCD990", "AB", "CN-0ABCDE-12345", "12345678"])
async def test_a_bad_tag_is_a_200_with_invalid(http: Client, key: dict[str, str], tag: str) -> None:
    """Unknown, short, a part's label, a serial number of somebody else."""
    reply = await http.get(URL, params={"servicetags": f"{tag},83WUG49"}, headers=key)
    assert reply.status_code == 200
    assert [one["invalid"] for one in reply.json()] == [True, False]
    assert reply.json()[0]["entitlements"] == []


async def test_a_hundred_tags_are_the_most(http: Client, key: dict[str, str]) -> None:
    """And none is too few."""
    tags = [f"A{number:05d}" for number in range(101)]
    found = [
        (await http.get(URL, params={"servicetags": ",".join(some)}, headers=key)).status_code
        for some in (tags[:100], tags, [])
    ]
    assert found == [200, 400, 400]


async def test_nobody_is_told_anything_without_a_token(http: Client) -> None:
    """401."""
    reply = await http.get(URL, params={"servicetags": "83WUG49"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (401, "invalid_token")


async def test_a_direct_sale_differs_from_a_marketplace(http: Client, key: dict[str, str]) -> None:
    """By the business unit; seeded, or by the tag's end."""
    await seeded(http, {"manufacturer": "dell", "serial_number": "83WUG49", "channel": "retail"})
    reply = await http.get(URL, params={"servicetags": "JQ4M8N2,83WUG49,ABCD996"}, headers=key)
    assert [one["orderBuid"] for one in reply.json()] == [11, 202, 707]


@pytest.mark.parametrize("status", [401, 404])
async def test_throttling_looks_like_something_else(
    http: Client, key: dict[str, str], status: int
) -> None:
    """No 429, no Retry-After."""
    await scripted(http, {"fault": "throttle", "status": status, "retry_header": "none"})
    reply = await http.get(URL, params={"servicetags": "83WUG49"}, headers=key)
    assert (reply.status_code, reply.headers.get("Retry-After")) == (status, None)


async def test_an_answer_may_have_fewer_rows_than_tags(http: Client, key: dict[str, str]) -> None:
    """As one integrator saw."""
    await scripted(http, {"fault": "short_answer", "size": 1})
    reply = await http.get(URL, params={"servicetags": "JQ4M8N2,83WUG49"}, headers=key)
    assert [one["serviceTag"] for one in reply.json()] == ["JQ4M8N2"]
