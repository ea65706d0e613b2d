"""Every fault as a caller meets it over a real connection, and what the ledger says after it."""

import asyncio
import json
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.integration.sandbox.conftest import bearer, effects, scripted

from registrar.sandbox.faults import KINDS
from registrar.sandbox.forms.kinds import FORM_KINDS

URL = "/acme/partner/v1/registrations"
KNOX = "/samsung/knox"
Client = httpx.AsyncClient


def body(serial: str = "AC26XY000001") -> dict[str, Any]:
    """A registration of partner-v1."""
    return {
        "brand": "Acme",
        "product": {"serial_number": serial},
        "purchase": {"date": "2026-10-01", "country": "DE"},
        "owner": {"given_name": "Ada", "family_name": "Łoś", "email": "ada@example.com"},
    }


async def sent(http: Client, serial: str = "AC26XY000001", key: str = "") -> httpx.Response:
    """The answer to a registration."""
    headers = {"Authorization": "Bearer sandbox-acme", "Idempotency-Key": key or serial}
    return await http.post(URL, json=body(serial), headers=headers)


async def count(http: Client) -> int:
    """Of what has happened."""
    return len(await effects(http, "acme"))


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ({"fault": "status"}, 500),
        ({"fault": "status", "status": 503}, 503),
        ({"fault": "storm"}, 500),
        ({"fault": "throttle"}, 429),
        ({"fault": "throttle", "status": 404}, 404),
        ({"fault": "quota"}, 429),
        ({"fault": "quota", "status": 403}, 403),
        ({"fault": "html"}, 502),
        ({"fault": "html_ok"}, 200),
        ({"fault": "redirect"}, 307),
    ],
)
@pytest.mark.parametrize("committed", [False, True])
async def test_an_answer_takes_the_place_of_the_manufacturers(
    http: Client, rule: dict[str, Any], status: int, *, committed: bool
) -> None:
    """Before the act, or after it: the caller cannot tell, the ledger can."""
    await scripted(http, rule | {"committed": committed})
    assert ((await sent(http)).status_code, await count(http)) == (status, int(committed))


@pytest.mark.parametrize(("fault", "acts"), [("reset_before_commit", 0), ("commit_then_drop", 1)])
async def test_a_connection_may_be_reset(http: Client, fault: str, acts: int) -> None:
    """On either side of the act."""
    await scripted(http, {"fault": fault})
    with pytest.raises(httpx.TransportError):
        await sent(http)
    assert await count(http) == acts


@pytest.mark.parametrize(("fault", "acts"), [("hang", 0), ("commit_then_hang", 1)])
async def test_an_answer_may_not_come(http: Client, fault: str, acts: int) -> None:
    """In time."""
    await scripted(http, {"fault": fault})
    http.timeout = httpx.Timeout(0.2)
    with pytest.raises(httpx.ReadTimeout):
        await sent(http)
    assert await count(http) == acts


async def test_an_answer_may_come_a_byte_at_a_time(http: Client) -> None:
    """Whole, in the end; each byte is in time for a time-out of a single read."""
    plain = (await sent(http)).content
    await scripted(http, {"fault": "drip", "seconds": 0.01})
    begun = time.monotonic()
    reply = await sent(http)
    assert json.loads(reply.content)["registration_id"] == "ACM-000001"
    assert len(reply.content) == len(plain)
    assert time.monotonic() - begun >= 0.01 * (len(plain) - 1)


async def test_a_caller_may_leave_a_dripping_answer(http: Client) -> None:
    """The server goes on to serve others."""
    await scripted(http, {"fault": "drip", "seconds": 1, "times": 1})
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(sent(http), 0.3)
    assert (await sent(http)).status_code == 200
    assert await count(http) == 1


async def test_an_answer_may_be_cut_short(http: Client) -> None:
    """JSON by its type, none by its text; it has happened."""
    await scripted(http, {"fault": "truncated"})
    reply = await sent(http)
    assert (reply.status_code, reply.headers["Content-Type"]) == (201, "application/json")
    with pytest.raises(json.JSONDecodeError):
        reply.json()
    assert await count(http) == 1


async def test_an_answer_may_be_too_long(http: Client) -> None:
    """Good JSON, of as many bytes as the rule says."""
    await scripted(http, {"fault": "oversized", "size": 100_000})
    reply = await sent(http)
    assert (len(reply.content), reply.json()["status"]) == (100_000, "registered")


async def test_a_redirect_leads_to_another_host(http: Client) -> None:
    """Where the customer's data must not go."""
    await scripted(http, {"fault": "redirect", "status": 302})
    reply = await sent(http)
    assert reply.headers["Location"] == "https://elsewhere.invalid/"


async def test_an_error_page_is_html(http: Client) -> None:
    """With a status of success, too."""
    for fault in ("html", "html_ok"):
        await scripted(http, {"fault": fault})
        reply = await sent(http)
        assert reply.headers["Content-Type"].startswith("text/html")
        assert "<html>" in reply.text


@pytest.mark.parametrize("header", ["seconds", "date", "none"])
async def test_a_throttle_may_say_until_when(http: Client, header: str) -> None:
    """In either form, or not at all."""
    await scripted(http, {"fault": "throttle", "retry_after": 30, "retry_header": header})
    said = (await sent(http)).headers.get("Retry-After")
    if header == "date":
        assert said is not None
        assert 25 < (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds() <= 30
    else:
        assert said == {"seconds": "30", "none": None}[header]


async def test_a_quota_lets_the_first_ones_pass(http: Client) -> None:
    """And then nobody."""
    await scripted(http, {"fault": "quota", "after": 2, "retry_after": 3600})
    replies = [await sent(http, f"AC26XY00000{number}") for number in range(4)]
    assert [one.status_code for one in replies] == [201, 201, 429, 429]
    assert replies[-1].json()["code"] == "quota_exhausted"
    assert replies[-1].headers["Retry-After"] == "3600"


async def test_a_storm_passes(http: Client) -> None:
    """After its seconds, counted from the first request that met it."""
    await scripted(http, {"fault": "storm", "seconds": 0.2})
    during = [(await sent(http)).status_code for _ in range(3)]
    await asyncio.sleep(0.25)
    assert (during, (await sent(http)).status_code) == ([500, 500, 500], 201)


async def test_a_look_up_may_be_behind(http: Client) -> None:
    """What has happened is not found, and is found when its seconds have passed."""
    reference = (await sent(http)).json()["registration_id"]
    both = {"serial_number": "AC26XY000001", "owner_email": "ada@example.com"}
    headers = {"Authorization": "Bearer sandbox-acme"}

    async def seen() -> tuple[int, int]:
        found = await http.get(URL, params=both, headers=headers)
        shown = await http.get(f"{URL}/{reference}", headers=headers)
        return len(found.json()["registrations"]), shown.status_code

    await scripted(http, {"fault": "slow_verify", "seconds": 0.3})
    assert await seen() == (0, 404)
    await asyncio.sleep(0.35)
    assert await seen() == (1, 200)


async def test_a_session_may_end_in_the_middle_of_a_run(http: Client) -> None:
    """For every token of the manufacturer, and for nobody else's; a new one is good."""
    form = (f"{KNOX}/oauth/token", "sandbox-samsung")
    ids = {"x-reseller-id": "r", "x-customer-id": "c"}
    other = await bearer(http, "/hp/warranty/oauth/v1/token", "sandbox-hp")
    headers = await bearer(http, *form) | ids

    async def uploaded(number: int) -> int:
        sent = {"transactionId": f"t{number}", "devices": [f"R58M{number:07d}"]}
        url = f"{KNOX}/kcs/v1/rp/devices/upload"
        return (await http.put(url, json=sent, headers=headers)).status_code

    rule = {"fault": "session_expired", "manufacturer": "samsung", "step": "submit"}
    await scripted(http, rule | {"after": 1, "times": 1})
    assert [await uploaded(number) for number in (1, 2, 3)] == [200, 401, 401]
    headers = await bearer(http, *form) | ids
    assert await uploaded(2) == 200
    query = "/hp/warranty/productwarranty/v2/queries"
    asked = await http.post(query, json=[{"sn": "CND1234567"}], headers=other)
    assert asked.status_code == 200


async def test_a_token_service_may_be_down_while_the_rest_works(http: Client) -> None:
    """Only that step."""
    headers = await bearer(http, "/hp/warranty/oauth/v1/token", "sandbox-hp")
    await scripted(http, {"fault": "status", "status": 503, "step": "token"})
    form = {"grant_type": "client_credentials", "client_id": "sandbox-hp"}
    token = await http.post("/hp/warranty/oauth/v1/token", data=form)
    query = "/hp/warranty/productwarranty/v2/queries"
    asked = await http.post(query, json=[{"sn": "CND1234567"}], headers=headers)
    assert (token.status_code, asked.status_code) == (503, 200)


async def test_a_rule_is_for_whom_it_names(http: Client) -> None:
    """A serial number, a step, a manufacturer."""
    await scripted(
        http,
        {"fault": "status", "serial": "AC26XY000002"},
        {"fault": "status", "step": "verify"},
        {"fault": "status", "manufacturer": "lg"},
    )
    assert [(await sent(http, f"AC26XY00000{one}")).status_code for one in (1, 2)] == [201, 500]


def test_every_kind_is_tested_here_or_where_it_belongs() -> None:
    """A kind without a test would be a word."""
    elsewhere = {"latency", "ignore_idempotency", "clock_skew", "terms", "short_answer"}
    elsewhere |= set(FORM_KINDS)
    text = Path(__file__).read_text(encoding="utf-8")
    assert [one for one in KINDS if one not in elsewhere and f'"{one}"' not in text] == []
