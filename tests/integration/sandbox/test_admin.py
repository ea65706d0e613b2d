"""Behind the sandbox: its page, its API, seeds, metrics, and what a seed and a file replay."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.integration.sandbox.conftest import bearer, effects, scripted, seeded
from tests.integration.sandbox.test_faults import sent
from tests.integration.sandbox.test_graph import SCOPE, URL, device

from registrar.sandbox import Sandbox, SandboxSettings
from registrar.sandbox.profiles import packaged

Client = httpx.AsyncClient


@asynccontextmanager
async def sandbox(**settings: Any) -> AsyncIterator[Client]:  # noqa: ANN401 - any setting
    """A client of one with these settings."""
    made = Sandbox(SandboxSettings(**settings))
    port = await made.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=5) as client:
        yield client
    await made.close()


class Outside(HTMLParser):
    """Everything that a browser would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Scripts, and addresses that are not on this page's own server."""
        addresses = [value or "" for name, value in attrs if name in {"src", "href", "action"}]
        self.found += [tag] * (tag in {"script", "link", "img", "iframe"})
        self.found += [one for one in addresses if not one.startswith(("#", "/_sandbox"))]


async def test_the_page_shows_everything_and_needs_nothing(http: Client) -> None:
    """Ledger, duplicates, faults, rates, profiles; no scripts, nothing from elsewhere."""
    await scripted(http, {"fault": "ignore_idempotency", "times": 2})
    for _ in range(2):
        await sent(http)
    page = await http.get("/_sandbox/")
    outside = Outside()
    outside.feed(page.text)
    assert outside.found == []
    sections = re.findall(r"<section id=(\w+)>", page.text)
    assert sections == ["faults", "duplicates", "ledger", "metrics", "profiles"]
    for text in ("AC26XY000001", "2 of 2", "/apple/business", "/lg/partner/v1", "real sites"):
        assert text in page.text
    assert (await http.get("/_sandbox")).headers["Location"] == "/_sandbox/"


async def test_a_form_adds_a_rule_and_clears_them(http: Client) -> None:
    """The rules before it go on as they were."""
    await scripted(http, {"fault": "status", "times": 1}, seed=5)
    await sent(http)
    form = {"fault": "throttle", "manufacturer": "acme", "status": "", "retry_after": "9"}
    added = await http.post("/_sandbox/add-fault", data=form | {"committed": "on"})
    shown = (await http.get("/_sandbox/faults")).json()
    assert (added.status_code, added.headers["Location"]) == (303, "/_sandbox/#faults")
    assert [(one["fault"], one["fired"]) for one in shown["rules"]] == [
        ("status", 1),
        ("throttle", 0),
    ]
    assert (shown["rules"][1]["retry_after"], shown["rules"][1]["committed"]) == (9, True)
    assert shown["seed"] == 5
    assert (await sent(http)).headers["Retry-After"] == "9"
    assert (await http.post("/_sandbox/clear-faults")).status_code == 303
    assert (await http.get("/_sandbox/faults")).json()["rules"] == []


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"fault": "status", "status": "many"}, "status: a number is needed"),
        ({"fault": "<b>"}, "fault: one of "),
        ({"fault": "hang", "no": "1"}, "no: a rule has no such field"),
    ],
)
async def test_a_form_that_is_wrong_says_so(http: Client, form: dict[str, str], error: str) -> None:
    """On the page, with a status; nothing is added."""
    page = await http.post("/_sandbox/add-fault", data=form)
    assert page.status_code == 422
    assert f"role=alert>{error}" in page.text
    assert (await http.get("/_sandbox/faults")).json()["rules"] == []


async def test_what_callers_send_is_text_on_the_page(http: Client) -> None:
    """And no markup."""
    await sent(http, "<script>alert(1)</script>", key="k1")
    page = (await http.get("/_sandbox/")).text
    assert "<script" not in page.casefold()
    assert "&lt;SCRIPT&gt;" in page


async def test_metrics_are_by_manufacturer_and_step_and_can_be_reset(http: Client) -> None:
    """By the API and by the form."""
    for reset in (http.delete("/_sandbox/metrics"), http.post("/_sandbox/reset-metrics")):
        await sent(http)
        measured = (await http.get("/_sandbox/metrics")).json()["manufacturers"]["acme"]
        await reset
        assert (measured["requests"], measured["max_in"]["60s"]) == (1, 1)
        assert set(measured["steps"]) == {"submit"}
        assert (await http.get("/_sandbox/metrics")).json()["manufacturers"] == {}


async def test_profiles_name_their_addresses_and_credentials(http: Client) -> None:
    """The contract before every partner, and each documented interface."""
    found = (await http.get("/_sandbox/profiles")).json()["profiles"]
    names = [(one["name"], one["manufacturer"]) for one in found]
    assert names[-3:] == [("partner-v1", "acme"), ("partner-v1", "lg"), ("partner-v1", "bosch")]
    assert {one for one, _ in names} == {
        *("apple", "dell", "hp", "lenovo", "graph", "surface", "knox", "web", "partner-v1"),
    }
    assert found[-1]["base_url"] == f"{http.base_url}/bosch/partner/v1"
    assert found[-1]["secrets"] == {"bosch.api_key": "sandbox-bosch"}


@pytest.mark.parametrize("manufacturer", ["acme", "lg", "bosch"])
async def test_the_contract_stands_before_any_manufacturer(http: Client, manufacturer: str) -> None:
    """Each with its own key and its own books."""
    body = {
        "brand": manufacturer,
        "product": {"serial_number": "X1"},
        "purchase": {"date": "2026-10-01", "country": "DE"},
        "owner": {"given_name": "Ada", "family_name": "Łoś", "email": "ada@example.com"},
    }
    headers = {"Authorization": f"Bearer sandbox-{manufacturer}", "Idempotency-Key": "k"}
    url = f"/{manufacturer}/partner/v1/registrations"
    reply = await http.post(url, json=body, headers=headers)
    assert reply.status_code == 201
    assert await effects(http, manufacturer) == [("X1", "ada@example.com")]


async def test_everyone_with_a_manifest_is_a_partner_unless_others_are_named() -> None:
    """The package says who."""
    assert {"acme", "samsung"} <= set(packaged())
    async with sandbox() as http:
        found = (await http.get("/_sandbox/profiles")).json()["profiles"]
        partners = [one["manufacturer"] for one in found if one["name"] == "partner-v1"]
        assert tuple(partners) == packaged()


@pytest.mark.parametrize(
    ("device", "field"),
    [
        ({}, "manufacturer"),
        ({"manufacturer": "hp"}, "serial_number"),
        ({"manufacturer": "hp", "serial_number": 3}, "serial_number"),
        ({"manufacturer": "hp", "serial_number": "X", "known": "yes"}, "known"),
        ({"manufacturer": "hp", "serial_number": "X", "channel": "gift"}, "channel"),
        ({"manufacturer": "hp", "serial_number": "X", "shipped": "soon"}, "shipped"),
        ({"manufacturer": "hp", "serial_number": "X", "colour": "red"}, "colour"),
        (3, "devices"),
    ],
)
async def test_a_seed_that_is_wrong_names_its_field(
    http: Client, device: object, field: str
) -> None:
    """And none of its list is kept."""
    good = {"manufacturer": "hp", "serial_number": "CND1234567"}
    reply = await http.put("/_sandbox/devices", json={"devices": [good, device]})
    assert reply.status_code == 422
    assert reply.json()["error"].startswith(f"{field}: ")
    assert (await http.get("/_sandbox/devices")).json()["devices"] == []


async def test_what_is_no_list_of_seeds_and_half_a_registration_are_refused(http: Client) -> None:
    """With a sentence."""
    devices = await http.put("/_sandbox/devices", json={})
    registration = await http.put("/_sandbox/registrations", json={"manufacturer": "hp"})
    assert [one.status_code for one in (devices, registration)] == [422, 422]


async def test_seeds_can_be_looked_at_and_forgotten(http: Client) -> None:
    """One by its manufacturer."""
    await seeded(
        http,
        {"manufacturer": "hp", "serial_number": "cnd-1234567"},
        {"manufacturer": "dell", "serial_number": "JQ4M8N2"},
    )
    found = (await http.get("/_sandbox/devices", params={"manufacturer": "hp"})).json()["devices"]
    assert [one["serial_number"] for one in found] == ["CND1234567"]
    await http.delete("/_sandbox/devices")
    assert (await http.get("/_sandbox/devices")).json()["devices"] == []


async def run(seed: int, state: Path | str = ":memory:") -> list[object]:
    """What a caller sees of a run with faults by chance: statuses, references, ids."""
    async with sandbox(seed=seed, ledger=str(state)) as http:
        await scripted(http, {"fault": "html", "probability": 0.5, "step": "submit"})
        seen: list[object] = []
        for number in range(20):
            reply = await sent(http, f"AC26XY{number:06d}")
            seen.append(reply.json()["registration_id"] if reply.status_code == 201 else 502)
        await scripted(http)
        path = "/microsoft/graph/sandbox-tenant/oauth2/v2.0/token"
        key = await bearer(http, path, "sandbox-microsoft", SCOPE)
        ids = [(await http.post(URL, json=device(), headers=key)).json()["id"] for _ in range(2)]
        return [*seen, *ids]


async def test_a_run_with_the_same_seed_replays() -> None:
    """Faults, references and ids; with another seed they differ."""
    first, again, other = await run(7), await run(7), await run(8)
    assert first == again
    assert 502 in first[:20]
    assert first[:20] != other[:20]
    assert len({*first[20:], *other[20:]}) == 4


async def test_papers_and_seeds_survive_a_restart(tmp_path: Path) -> None:
    """As the ledger does."""
    state = str(tmp_path / "state.db")
    path = "/microsoft/graph/sandbox-tenant/oauth2/v2.0/token"
    async with sandbox(ledger=state, work_seconds=0.0) as http:
        await seeded(http, {"manufacturer": "microsoft", "serial_number": "1", "owner": "x"})
        key = await bearer(http, path, "sandbox-microsoft", SCOPE)
        made = (await http.post(URL, json=device(), headers=key)).json()["id"]
    async with sandbox(ledger=state, work_seconds=0.0) as http:
        key = await bearer(http, path, "sandbox-microsoft", SCOPE)
        state_after = (await http.get(f"{URL}/{made}", headers=key)).json()["state"]
        devices = (await http.get("/_sandbox/devices")).json()["devices"]
    assert state_after["deviceImportStatus"] == "complete"
    assert [one["owner"] for one in devices] == ["x"]
