"""The manual tier with a look-up before it, over a real socket."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from tests.manifests import hammer, looked_up

from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.domain.customer import Customer
from registrar.domain.outcome import Code, Effect, Tier, Verdict
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase
from registrar.domain.submission import Submission
from registrar.ports.connector import Connector, Job

JOB = Job(
    "reg_1",
    "reg_1",
    "Hammer",
    Submission(
        Customer("Ada", "King", "ada@example.com"),
        Product("H1", "DRILL"),
        Purchase(date(2026, 11, 10), "DE"),
    ),
)
Answer = Callable[[], web.StreamResponse]


@dataclass(frozen=True)
class Arrived:
    """One request as the server saw it."""

    method: str
    address: str
    key: str
    body: Any


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[tuple[str, list[Arrived]]]:
    """A server that answers everything like this, and what has arrived."""
    arrived: list[Arrived] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        key = request.headers.get("X-Key", "")
        arrived.append(Arrived(request.method, request.path_qs, key, body))
        return answer()

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", arrived
    await runner.cleanup()


@asynccontextmanager
async def connected(folder: Path, url: str = "") -> AsyncIterator[Connector]:
    """Hammer's manual tier; its look-up is at this address."""
    urls = {"hammer.lookup": url} if url else {}
    catalogue = FileCatalogue(ConnectorSettings(urls, {"hammer.key": "k"}), folder)
    assert catalogue.quarantined() == {}
    found = catalogue.connector("hammer", Tier.MANUAL)
    assert found is not None
    yield found
    await catalogue.close()


def says(*items: dict[str, Any], status: int = 200) -> Answer:
    """A list of tools."""
    return lambda: web.json_response(list(items), status=status)


def page() -> web.StreamResponse:
    """What a proxy says."""
    return web.Response(status=502, text="<html>", content_type="text/html")


async def test_without_a_look_up_a_person_goes_on(tmp_path: Path) -> None:
    """Nobody is contacted, and nobody can tell."""
    async with connected(hammer(tmp_path, lookup=looked_up())) as manual:
        outcome = await manual.submit(JOB)
        found = await manual.verify(JOB)
        health = await manual.health()
    assert (outcome.code, outcome.effect) == (Code.HANDED_OVER, Effect.NOT_SENT)
    assert found.verdict is Verdict.CANNOT_TELL
    assert (health.code, health.effect) == (Code.REGISTERED, Effect.NOT_SENT)


@pytest.mark.parametrize(
    ("answer", "code", "verdict"),
    [
        (says({"registered": True, "number": "W-1"}), Code.DUPLICATE_SAME_OWNER, Verdict.FOUND),
        (says({"invalid": True}), Code.INVALID_FIELD, Verdict.CANNOT_TELL),
        (says({"registered": False}), Code.HANDED_OVER, Verdict.ABSENT),
        (says({"invalid": False}), Code.HANDED_OVER, Verdict.CANNOT_TELL),
        (says(), Code.HANDED_OVER, Verdict.CANNOT_TELL),
        (says({"invalid": True}, status=404), Code.HANDED_OVER, Verdict.CANNOT_TELL),
        (says({"registered": True}), Code.HANDED_OVER, Verdict.CANNOT_TELL),
        (page, Code.HANDED_OVER, Verdict.CANNOT_TELL),
    ],
    ids=["registered", "invalid", "absent", "exists", "empty", "throttled", "no number", "page"],
)
async def test_a_look_up_tells_what_it_knows(
    tmp_path: Path, answer: Answer, code: Code, verdict: Verdict
) -> None:
    """Before a person is asked, and after; what it does not know stops nothing."""
    async with (
        serving(answer) as (url, arrived),
        connected(hammer(tmp_path, lookup=looked_up()), url) as manual,
    ):
        outcome = await manual.submit(JOB)
        found = await manual.verify(JOB)
    assert (outcome.code, found.verdict) == (code, verdict)
    assert arrived == [Arrived("GET", "/tools?serial=H1", "k", None)] * 2


async def test_what_is_registered_has_its_number(tmp_path: Path) -> None:
    """As after a registration of our own."""
    async with (
        serving(says({"registered": True, "number": "W-1"})) as (url, _),
        connected(hammer(tmp_path, lookup=looked_up()), url) as manual,
    ):
        outcome = await manual.submit(JOB)
        found = await manual.verify(JOB)
    assert (outcome.effect, outcome.reference) == (Effect.ACCEPTED, "W-1")
    assert found.reference == "W-1"


@pytest.mark.parametrize("canonical", ["", "product.model_number"])
async def test_an_unknown_product_is_asked_about(tmp_path: Path, canonical: str) -> None:
    """By the field that is wrong; nothing was sent."""
    section = looked_up()
    if canonical:
        section["http"]["precheck"]["answers"][0]["canonical"] = canonical
    async with (
        serving(says({"invalid": True})) as (url, _),
        connected(hammer(tmp_path, lookup=section), url) as manual,
    ):
        outcome = await manual.submit(JOB)
    assert outcome.effect is Effect.NOT_SENT
    assert outcome.field == (canonical or "product.serial_number")
    assert outcome.user_message == "The manufacturer does not know a product of this number."


@pytest.mark.parametrize(
    ("body", "expected"), [("fields", {"sn": "H1"}), ("items", [{"sn": "H1"}])]
)
async def test_a_look_up_may_ask_with_a_body(tmp_path: Path, body: str, expected: object) -> None:
    """The mapped record, or a list with it alone."""
    section: dict[str, Any] = looked_up() | {
        "fields": [{"from": ["product.serial_number"], "to": "sn"}]
    }
    section["http"]["precheck"] |= {"method": "POST", "body": body}
    async with (
        serving(says()) as (url, arrived),
        connected(hammer(tmp_path, lookup=section), url) as manual,
    ):
        await manual.submit(JOB)
    assert [one.body for one in arrived] == [expected]


async def test_a_look_up_that_cannot_be_made_stops_nothing(tmp_path: Path) -> None:
    """Nobody is at its address, or the record lacks what it asks for."""
    section = looked_up()
    section["http"]["precheck"]["query"] = {"tax": "{customer.tax_id}"}
    async with connected(hammer(tmp_path, lookup=section), "http://127.0.0.1:9") as manual:
        outcome = await manual.submit(JOB)
        found = await manual.verify(JOB)
    assert (outcome.code, found.verdict) == (Code.HANDED_OVER, Verdict.CANNOT_TELL)


async def test_a_look_up_that_is_throttled_says_for_how_long(tmp_path: Path) -> None:
    """By its rule, where the answer is a mere 404; a person is asked at once all the same."""
    busy = {"name": "busy", "when": {"status": [404]}, "code": "rate_limited"}
    errors = [busy | {"effect": "refused", "retry_after": 30}]
    async with (
        serving(says(status=404)) as (url, _),
        connected(hammer(tmp_path, lookup=looked_up() | {"errors": errors}), url) as manual,
    ):
        outcome = await manual.submit(JOB)
        found = await manual.verify(JOB)
    assert outcome.code is Code.HANDED_OVER
    assert (found.verdict, found.retry_after) == (Verdict.CANNOT_TELL, timedelta(seconds=30))


async def test_what_is_not_stated_is_not_asked(tmp_path: Path) -> None:
    """A look-up that only verifies is silent before a person is asked."""
    section = looked_up()
    del section["http"]["precheck"]
    async with (
        serving(says({"invalid": True})) as (url, arrived),
        connected(hammer(tmp_path, lookup=section), url) as manual,
    ):
        outcome = await manual.submit(JOB)
    assert (outcome.code, arrived) == (Code.HANDED_OVER, [])


async def test_only_whom_it_concerns_is_asked_for(tmp_path: Path) -> None:
    """A look-up for businesses never hears of a person's tool."""
    firms = {"when": {"path": "customer.type", "in": ["business"]}}
    async with (
        serving(says({"registered": True, "number": "W-1"})) as (url, arrived),
        connected(hammer(tmp_path, lookup=looked_up() | firms), url) as manual,
    ):
        outcome, found = await manual.submit(JOB), await manual.verify(JOB)
    assert (outcome.code, found.verdict, arrived) == (Code.HANDED_OVER, Verdict.CANNOT_TELL, [])
