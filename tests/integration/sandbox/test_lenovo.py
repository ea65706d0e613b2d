"""Lenovo's support API in the sandbox: what it says of a registration, and its odd refusals."""

from typing import Any

import httpx
import pytest
from tests.integration.sandbox.conftest import scripted, seeded

URL = "/lenovo/support/v2.5/warranty"
IBASE = "/lenovo/support/us/en/api/v4/upsell/redport/getIbaseInfo"
KEY = {"ClientID": "sandbox-lenovo"}
Client = httpx.AsyncClient


async def found(http: Client, serial: str) -> Any:  # noqa: ANN401 - JSON
    """What it says of one, or of several."""
    return (await http.get(URL, params={"Serial": serial}, headers=KEY)).json()


async def test_a_product_has_its_warranties(http: Client) -> None:
    """And the day on which it was shipped."""
    one = await found(http, "pf5a3h8")
    assert (one["Serial"], one["Purchased"], one["Contract"]) == ("PF5A3H8", None, [])
    assert [warranty["Type"] for warranty in one["Warranty"]] == ["BASE", "EXTENDED"]
    assert one["Shipped"] < one["Warranty"][0]["End"]


async def test_several_come_by_comma_and_by_form(http: Client) -> None:
    """A list for a list; one that is unknown does no harm to the other."""
    for reply in (
        await http.get(URL, params={"Serial": "PF5A3H8,PC0LJ990"}, headers=KEY),
        await http.post(URL, data={"Serial": "PF5A3H8,PC0LJ990"}, headers=KEY),
    ):
        assert reply.status_code == 200
        assert [one.get("ErrorCode") for one in reply.json()] == [None, "100"]


async def test_an_id_is_needed(http: Client) -> None:
    """401 without it, and for another."""
    for headers in ({}, {"ClientID": "other"}):
        reply = await http.get(URL, params={"Serial": "PF5A3H8"}, headers=headers)
        assert reply.status_code == 401


async def test_purchased_tells_of_a_registration(http: Client) -> None:
    """Whoever carried it out: a person on the site, or a partner; none before."""
    assert (await found(http, "PF5A3H8"))["Purchased"] is None
    act = {"manufacturer": "lenovo", "serial_number": "PF5A3H8", "owner": "ada@example.com"}
    made = await http.put("/_sandbox/registrations", json=act | {"purchase_date": "2026-10-01"})
    assert made.status_code == 201
    assert (await found(http, "PF5A3H8"))["Purchased"] == "2026-10-01T00:00:00Z"


async def test_a_registration_may_be_seen_late(http: Client) -> None:
    """A slow look-up."""
    act = {"manufacturer": "lenovo", "serial_number": "PF5A3H8", "owner": "ada@example.com"}
    await http.put("/_sandbox/registrations", json=act)
    await scripted(http, {"fault": "slow_verify", "seconds": 60, "times": 1})
    first, second = await found(http, "PF5A3H8"), await found(http, "PF5A3H8")
    assert first["Purchased"] is None
    assert second["Purchased"]


async def test_a_seed_may_be_registered(http: Client) -> None:
    """On a day, or on the day it was shipped."""
    seed = {"manufacturer": "lenovo", "registered": True, "shipped": "2026-01-02"}
    await seeded(
        http,
        seed | {"serial_number": "PF5A3H8"},
        seed | {"serial_number": "PC0LJ68A", "purchased": "2026-02-03"},
    )
    assert [one["Purchased"] for one in await found(http, "PF5A3H8,PC0LJ68A")] == [
        "2026-01-02T00:00:00Z",
        "2026-02-03T00:00:00Z",
    ]


async def test_a_serial_number_of_two_products_needs_its_type(http: Client) -> None:
    """SERIAL.MACHINETYPE."""
    reply = await http.get(URL, params={"Serial": "PC0LJ991"}, headers=KEY)
    assert (reply.status_code, reply.json()["ErrorCode"]) == (400, "101")
    assert "10MM" in (await found(http, "PC0LJ991.10MM"))["Product"]


@pytest.mark.parametrize(("serial", "status"), [("PC0LJ990", 404), ("X", 404), ("", 400)])
async def test_what_is_unknown_is_not_found(http: Client, serial: str, status: int) -> None:
    """And nothing is too little."""
    reply = await http.get(URL, params={"Serial": serial}, headers=KEY)
    assert reply.status_code == status


async def test_the_unofficial_one_says_no_with_a_200(http: Client) -> None:
    """Code 101 for a GET, 100 for what is unknown, 0 for an answer."""
    replies = [
        await http.get(IBASE, params={"serialNumber": "PF5A3H8"}),
        await http.post(IBASE, json={"serialNumber": "PC0LJ990"}),
        await http.post(IBASE, json={"serialNumber": "PF5A3H8"}),
    ]
    assert [(one.status_code, one.json()["code"]) for one in replies] == [
        (200, 101),
        (200, 100),
        (200, 0),
    ]
