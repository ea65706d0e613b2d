"""HP's warranty look-up in the sandbox: queries, jobs, and numbers that were used twice."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.integration.sandbox.conftest import WORK_SECONDS, bearer

API = "/hp/warranty/productwarranty/v2"
Client = httpx.AsyncClient
Key = dict[str, str]


@pytest.fixture
async def key(http: Client) -> Key:
    """A token."""
    return await bearer(http, "/hp/warranty/oauth/v1/token", "sandbox-hp")


async def asked(http: Client, key: Key, *products: dict[str, str]) -> list[dict[str, Any]]:
    """The results of a query."""
    reply = await http.post(f"{API}/queries", json=products, headers=key)
    assert reply.status_code == 200
    found: list[dict[str, Any]] = reply.json()
    return found


async def test_a_query_answers_with_product_and_offers(http: Client, key: Key) -> None:
    """In the order of the question."""
    first, second = await asked(
        http, key, {"sn": "5CD2022D9Q", "pn": "2U740AV", "cc": "NO"}, {"sn": "CND1234567"}
    )
    assert first["product"]["productNumber"] == "2U740AV"
    assert (first["product"]["serialNumber"], first["product"]["countryCode"]) == (
        "5CD2022D9Q",
        "NO",
    )
    assert [one["serviceObligationTypeCode"] for one in second["offers"]] == ["W", "C"]
    offer = second["offers"][0]
    assert offer["serviceObligationLineItemStartDate"] < offer["serviceObligationLineItemEndDate"]


@pytest.mark.parametrize(
    ("serial", "code"),
    [("CND1234990", "SN_NOT_FOUND"), ("MONSERIAL", "INVALID_SN"), ("CND1234991", "PN_REQUIRED")],
)
async def test_what_cannot_be_told_is_an_error_in_its_row(
    http: Client, key: Key, serial: str, code: str
) -> None:
    """Not of the whole answer."""
    wrong, right = await asked(http, key, {"sn": serial}, {"sn": "5CD2022D9Q"})
    assert (wrong["error"]["code"], wrong["offers"]) == (code, [])
    assert "error" not in right


async def test_the_product_number_tells_which_one(http: Client, key: Key) -> None:
    """Of a serial number that was used twice."""
    assert (await asked(http, key, {"sn": "CND1234991"}))[0]["error"]["message"] == (
        "product number needed"
    )
    assert (await asked(http, key, {"sn": "CND1234991", "pn": "1A2B3C#ABA"}))[0]["offers"]


async def test_a_job_is_polled_and_then_has_results(http: Client, key: Key) -> None:
    """The same as a query's."""
    products = [{"sn": "5CD2022D9Q"}, {"sn": "CND1234990"}]
    sent = await http.post(f"{API}/jobs", json=products, headers=key)
    job = sent.json()["jobId"]
    before = await http.get(f"{API}/jobs/{job}", headers=key)
    early = await http.get(f"{API}/jobs/{job}/results", headers=key)
    await asyncio.sleep(WORK_SECONDS)
    after = await http.get(f"{API}/jobs/{job}", headers=key)
    results = await http.get(f"{API}/jobs/{job}/results", headers=key)
    assert (sent.status_code, early.status_code) == (202, 404)
    assert [one.json()["status"] for one in (before, after)] == ["InProgress", "Completed"]
    assert results.json() == await asked(http, key, *products)


async def test_a_job_may_never_end(http: Client, key: Key) -> None:
    """And an unknown one is not found."""
    sent = await http.post(f"{API}/jobs", json=[{"sn": "CND1234994"}], headers=key)
    await asyncio.sleep(WORK_SECONDS)
    reply = await http.get(f"{API}/jobs/{sent.json()['jobId']}", headers=key)
    assert reply.json()["status"] == "InProgress"
    assert (await http.get(f"{API}/jobs/none", headers=key)).status_code == 404


@pytest.mark.parametrize("body", [{}, [], [{"pn": "1A2B3C"}], [3], None])
async def test_what_is_no_list_of_products_is_refused(http: Client, key: Key, body: object) -> None:
    """By both."""
    for path in ("queries", "jobs"):
        reply = await http.post(f"{API}/{path}", json=body, headers=key)
        assert (reply.status_code, reply.json()["code"]) == (400, "bad_request")


async def test_nobody_is_told_anything_without_a_token(http: Client) -> None:
    """401."""
    reply = await http.post(f"{API}/queries", json=[{"sn": "5CD2022D9Q"}])
    assert reply.status_code == 401
