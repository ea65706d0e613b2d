"""The sandbox over HTTP: what its contract says, and that its ledger is the truth."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from registrar.sandbox import Sandbox, SandboxSettings

KEY = {"Authorization": "Bearer sandbox-acme"}
Session = aiohttp.ClientSession


def body(serial: str = "AC26XY000001", email: str = "ada@example.com") -> dict[str, Any]:
    """A registration of partner-v1."""
    return {
        "brand": "Acme",
        "product": {"serial_number": serial},
        "purchase": {"date": "2026-10-01", "country": "DE"},
        "owner": {"given_name": "Ada", "family_name": "Łoś", "email": email},
    }


async def post(session: Session, sent: dict[str, Any], key: str = "k1") -> tuple[int, Any]:
    """Status and body."""
    headers = KEY | {"Idempotency-Key": key}
    async with session.post("/acme/partner/v1/registrations", json=sent, headers=headers) as reply:
        assert reply.headers["X-Request-Id"]
        return reply.status, await reply.json()


async def ledger(session: Session) -> Any:  # noqa: ANN401 - JSON
    """The whole report."""
    async with session.get("/_sandbox/ledger") as reply:
        return await reply.json()


async def test_the_same_key_fifty_times_is_one_effect(session: Session) -> None:
    """At once."""
    results = await asyncio.gather(*(post(session, body()) for _ in range(50)))
    assert {result[1]["registration_id"] for result in results} == {"ACM-000001"}
    assert sorted(result[0] for result in results) == [200] * 49 + [201]
    assert len((await ledger(session))["effects"]) == 1


@pytest.mark.parametrize(
    ("sent", "key", "status", "code"),
    [
        (body("AC-26xy 000001"), "k2", 409, "already_registered"),
        (body(email="eve@example.com"), "k2", 409, "owned_by_other"),
        (body("AC26XY000002"), "k1", 422, "idempotency_key_reused"),
        (body() | {"brand": ""}, "k3", 422, "invalid_field"),
        (body() | {"purchase": {"date": "soon", "country": "DE"}}, "k3", 422, "invalid_field"),
        ({}, "k3", 422, "invalid_field"),
        (body(), "k" * 65, 400, "idempotency_key_missing"),
    ],
)
async def test_each_refusal_has_its_code(
    session: Session, sent: dict[str, Any], key: str, status: int, code: str
) -> None:
    """And no effect."""
    await post(session, body())
    assert (await post(session, sent, key))[0] == status
    found = (await post(session, sent, key))[1]
    assert (found["code"], found["status"]) == (code, status)
    assert len((await ledger(session))["effects"]) == 1


async def test_a_look_up_needs_both_and_the_key(session: Session) -> None:
    """Strong: what was committed is found at once."""
    await post(session, body())
    url = "/acme/partner/v1/registrations"
    both = {"serial_number": "ac26xy-000001", "owner_email": "ADA@example.com"}
    async with session.get(url, params=both, headers=KEY) as reply:
        assert [one["registration_id"] for one in (await reply.json())["registrations"]] == [
            "ACM-000001"
        ]
    async with session.get(url, params={"serial_number": "x"}, headers=KEY) as reply:
        assert (await reply.json())["field"] == "owner_email"
    async with session.get(url, params=both) as reply:
        assert reply.status == 401
    async with session.get(f"{url}/ACM-000001", headers=KEY) as reply:
        assert reply.status == 200
    async with session.get(f"{url}/ACM-9", headers=KEY) as reply:
        assert reply.status == 404


async def test_a_manufacturer_that_ignores_keys_shows_as_a_duplicate(session: Session) -> None:
    """So that a double send can be seen."""
    rules = {"rules": [{"fault": "ignore_idempotency"}]}
    async with session.put("/_sandbox/faults", json=rules) as reply:
        assert reply.status == 200
    await post(session, body())
    await post(session, body())
    assert len((await ledger(session))["duplicates"]) == 2


@pytest.mark.parametrize(
    "rule",
    [
        {"fault": "earthquake"},
        {"fault": "hang", "step": "dance"},
        {"no": 1},
        {"fault": "hang", "probability": 2},
    ],
)
async def test_a_rule_that_is_none_is_refused(session: Session, rule: dict[str, Any]) -> None:
    """With a sentence."""
    async with session.put("/_sandbox/faults", json={"rules": [rule]}) as reply:
        assert reply.status == 422
        assert (await reply.json())["error"]


async def test_a_script_is_shown_counted_and_cleared(session: Session) -> None:
    """`times` limits it."""
    rules = [{"fault": "status", "status": 500, "times": 1}, {"fault": "hang", "seconds": 0.01}]
    async with session.put("/_sandbox/faults", json={"rules": rules, "seed": 3}):
        pass
    assert [(await post(session, body()))[0] for _ in range(2)] == [500, 201]
    async with session.get("/_sandbox/faults") as reply:
        assert [one["fired"] for one in (await reply.json())["rules"]] == [1, 1]
    async with session.delete("/_sandbox/faults"):
        pass
    async with session.get("/_sandbox/metrics") as reply:
        assert (await reply.json())["manufacturers"]["acme"]["submits"] == 2
    async with session.delete("/_sandbox/ledger"):
        pass
    assert await ledger(session) == {"effects": [], "duplicates": []}


async def test_a_lost_answer_has_an_effect_and_a_hang_may_have_one(session: Session) -> None:
    """The caller cannot tell; the ledger can."""
    for fault, effects in (("reset_before_commit", 0), ("commit_then_drop", 1)):
        async with session.put("/_sandbox/faults", json={"rules": [{"fault": fault}]}):
            pass
        with pytest.raises(aiohttp.ClientError):
            await post(session, body())
        assert len((await ledger(session))["effects"]) == effects
    slow = {"rules": [{"fault": "commit_then_hang", "seconds": 0.1}]}
    async with session.put("/_sandbox/faults", json=slow):
        pass
    assert (await post(session, body("AC26XY000009"), "k9"))[0] == 201


async def test_the_ledger_survives_a_restart(tmp_path: Path) -> None:
    """As a manufacturer's own books would."""
    settings = SandboxSettings(ledger=str(tmp_path / "ledger.db"))
    for expected in (201, 200):
        made = Sandbox(settings)
        port = await made.start()
        timeout = aiohttp.ClientTimeout(total=5)
        async with Session(f"http://127.0.0.1:{port}", timeout=timeout) as session:
            assert (await post(session, body()))[0] == expected
        await made.close()


async def test_knox_refuses_what_is_not_authorised(session: Session) -> None:
    """Wrong client, no token, no reseller, bad device, unknown transaction."""
    url = "/samsung/knox"
    form = {"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"}
    async with session.post(f"{url}/oauth/token", data=form) as reply:
        assert reply.status == 401
    right = form | {"client_id": "sandbox-samsung", "client_secret": "sandbox-samsung"}
    async with session.post(f"{url}/oauth/token", data=right) as reply:
        token = (await reply.json())["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    whole = headers | {"x-reseller-id": "r", "x-customer-id": "c"}
    upload = f"{url}/kcs/v1/rp/devices/upload"
    statuses = []
    for sent in ({}, headers, whole):
        async with session.put(upload, json={"transactionId": "t"}, headers=sent) as reply:
            statuses.append((reply.status, (await reply.json())["code"]))
    assert statuses == [(401, 4010001), (403, 4030002), (400, 4000001)]
    async with session.get(f"{url}/kcs/v1/rp/transactions/t", headers=whole) as reply:
        assert reply.status == 404
