"""Each fault of a page does what it says, and nothing happens that should not."""

import asyncio
import time
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser
from tests.integration.sandbox.conftest import effects, scripted
from tests.integration.sandbox.forms.answers import WALKS
from tests.integration.sandbox.forms.hands import walk_through
from tests.integration.sandbox.forms.plain import Visitor

from registrar.sandbox.forms.kinds import FORM_KINDS

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACME = WALKS[0]
PRODUCT, OWNER = ACME.pages[0], ACME.pages[2]
DONE = [(ACME.serial, "ada@example.com")]
CHANGES = {one for one in FORM_KINDS if one.startswith("form_")}


def on_pages(fault: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of a rule
    """A rule for all pages but the last click."""
    return {"fault": fault, "step": "form", **more}


async def test_the_fields_come_in_another_order(visitor: Visitor) -> None:
    """And the form still works by its labels."""
    await visitor.walk(ACME, 0)
    before = list(visitor.page.labels.values())
    await scripted(visitor.http, on_pages("form_reordered"))
    await visitor.walk(ACME, 0)
    assert list(visitor.page.labels.values()) == before[::-1]
    assert "Thank you" in (await visitor.walk(ACME)).words


async def test_a_label_has_other_words(visitor: Visitor) -> None:
    """The first that has some, or the one that is named."""
    await scripted(visitor.http, on_pages("form_renamed", target="serial"))
    page = await visitor.walk(ACME, 0)
    assert list(page.labels.values()) == ["Brand", "Model number", "Number on the type plate"]
    await scripted(visitor.http, on_pages("form_renamed"))
    page = await visitor.walk(ACME, 0)
    assert list(page.labels.values()) == ["Brand", "Type", "Serial number"]


async def test_two_labels_change_places(visitor: Visitor) -> None:
    """Who believes them fills the wrong fields: the names tell."""
    await scripted(visitor.http, on_pages("form_relabelled_wrong"))
    page = await visitor.walk(ACME, 0)
    assert page.named("Model number").attributes["name"] == "serial"
    assert page.named("Serial number").attributes["name"] == "model"
    assert (await visitor.send(PRODUCT)).status == 422


async def test_a_field_more_must_be_filled(visitor: Visitor) -> None:
    """For as long as the page is the one that was shown."""
    await scripted(visitor.http, on_pages("form_extra_required", times=1))
    await visitor.walk(ACME, 0)
    page = await visitor.send(PRODUCT)
    assert (page.status, "Please enter: Customer code." in page.words) == (422, True)
    page = await visitor.send({**PRODUCT, "Customer code": "7"})
    assert "Date of purchase" in page.labels.values()


@pytest.mark.parametrize("filled", [False, True])
async def test_a_field_that_nobody_sees_is_filled_by_nobody(
    visitor: Visitor, *, filled: bool
) -> None:
    """Who fills it is refused, and begins again."""
    await scripted(visitor.http, on_pages("form_honeypot"))
    await visitor.walk(ACME, 0)
    page = await visitor.send(PRODUCT, **({"website": "x"} if filled else {}))
    assert page.status == (403 if filled else 200)
    assert ("We cannot accept this" in page.words) is filled
    address = str((await visitor.http.get("/acme/web/form/purchase")).status_code)
    assert address == ("303" if filled else "200")


async def test_ids_names_and_classes_move_and_the_labels_stay(visitor: Visitor) -> None:
    """Another time they are others again."""
    await visitor.walk(ACME, 0)
    plain = {one.attributes["name"] for one in visitor.page.controls}
    await scripted(visitor.http, on_pages("form_moved"))
    await visitor.walk(ACME, 0)
    moved = {one.attributes["name"] for one in visitor.page.controls}
    assert plain & moved == set()
    assert "field-serial" not in visitor.page.text
    await visitor.walk(ACME, 0)
    assert moved & {one.attributes["name"] for one in visitor.page.controls} == set()
    assert "Thank you" in (await visitor.walk(ACME)).words
    assert await effects(visitor.http, "acme") == DONE


async def test_a_field_that_has_gone_is_not_asked_for(visitor: Visitor) -> None:
    """By default one that is neither product nor owner; without those nothing is registered."""
    await scripted(visitor.http, on_pages("form_missing"))
    page = await visitor.walk(ACME, 0)
    assert list(page.labels.values()) == ["Model number", "Serial number"]
    await scripted(visitor.http, on_pages("form_missing", target="serial"))
    await visitor.walk(ACME, 0)
    await visitor.send({"Brand": "Acme", "Model number": "AX-1"})
    for answers in ACME.pages[1:]:
        page = await visitor.send(answers)
    assert (page.status, "Something is missing" in page.words) == (422, True)
    assert await effects(visitor.http, "acme") == []


async def test_new_terms_are_to_be_accepted_on_the_last_page(visitor: Visitor) -> None:
    """Without them nothing happens."""
    await scripted(visitor.http, on_pages("terms_box"))
    page = await visitor.walk(ACME)
    assert (page.status, await effects(visitor.http, "acme")) == (422, [])
    box = next(one for one in page.labels.values() if "new terms" in one)
    await visitor.send({**ACME.pages[-1], box: True})
    assert await effects(visitor.http, "acme") == DONE


WALLS = {
    "captcha": (200, "Please confirm that you are human"),
    "login": (200, "Sign in"),
    "otp": (200, "Enter your code"),
    "blocked": (403, "Access denied"),
    "maintenance": (503, "Down for maintenance"),
}


@pytest.mark.parametrize(("fault", "told"), WALLS.items(), ids=WALLS)
async def test_a_wall_stands_in_the_place_of_the_page(
    visitor: Visitor, fault: str, told: tuple[int, str]
) -> None:
    """After so many pages, and before the act; with `committed` after it."""
    await scripted(visitor.http, on_pages(fault, after=2))
    await visitor.walk(ACME, 0)
    page = await visitor.send(PRODUCT)
    assert (page.status, told[1] in page.words) == (told[0], True)
    await scripted(visitor.http, {"fault": fault, "step": "submit"})
    page = await visitor.walk(ACME)
    assert (page.status, told[1] in page.words) == (told[0], True)
    assert await effects(visitor.http, "acme") == []
    await scripted(visitor.http, {"fault": fault, "step": "submit", "committed": True})
    page = await visitor.walk(ACME)
    assert (told[1] in page.words, await effects(visitor.http, "acme")) == (True, DONE)


async def test_a_page_ends_in_the_middle_of_its_form(visitor: Visitor) -> None:
    """The connection is gone; of the last page, the act has happened."""
    await visitor.walk(ACME, 0)
    await scripted(visitor.http, on_pages("half_loaded"))
    with pytest.raises(httpx.RemoteProtocolError):
        await visitor.open("/acme/web/register")
    await scripted(visitor.http)
    await visitor.walk(ACME, -1)
    await scripted(visitor.http, {"fault": "half_loaded", "step": "submit"})
    with pytest.raises(httpx.RemoteProtocolError):
        await visitor.send(ACME.pages[-1])
    assert await effects(visitor.http, "acme") == DONE


async def test_a_browser_shows_the_half_that_came(
    chromium: Browser, http: httpx.AsyncClient, address: str
) -> None:
    """The first field without the button."""
    await scripted(http, on_pages("half_loaded"))
    page = await chromium.new_page()
    await page.goto(f"{address}/acme/web/register", wait_until="commit")
    await page.get_by_label("Brand").wait_for()
    assert await page.get_by_role("button", name="Continue").count() == 0


async def test_what_another_host_serves_may_never_come(
    chromium: Browser, http: httpx.AsyncClient, address: str
) -> None:
    """The page waits for it, unless it is blocked."""
    await scripted(http, on_pages("slow_assets", seconds=4))
    page = await chromium.new_page()
    begun = time.monotonic()
    await page.goto(f"{address}/acme/web/register", wait_until="domcontentloaded")
    assert time.monotonic() - begun >= 4
    await page.route(lambda url: not url.startswith(address), lambda route: route.abort())
    begun = time.monotonic()
    await page.goto(f"{address}/acme/web/register", wait_until="load")
    assert time.monotonic() - begun < 4
    await page.context.close()


async def test_a_session_that_ends_starts_the_steps_again(visitor: Visitor) -> None:
    """What was given is gone, and who had signed in does it again."""
    await visitor.walk(ACME, 1)
    await scripted(visitor.http, on_pages("session_expired", times=1))
    page = await visitor.send(ACME.pages[1])
    assert (page.status, "Your session has ended" in page.words) == (403, True)
    reply = await visitor.http.get("/acme/web/form/owner")
    assert (reply.status_code, reply.headers["Location"]) == (303, "/acme/web/register")
    await visitor.enter("ge")
    assert "Register your appliance" in visitor.page.words
    await scripted(visitor.http, on_pages("session_expired", times=1))
    assert "Sign in" in (await visitor.open("/ge/web/register")).words


@pytest.mark.parametrize("fault", ["commit_then_drop", "reset_before_commit"])
async def test_a_connection_ends_at_the_click(
    chromium: Browser, http: httpx.AsyncClient, address: str, fault: str
) -> None:
    """Before the act or after it: the browser sees the same, the ledger does not."""
    await scripted(http, {"fault": fault, "step": "submit"})
    page = await chromium.new_page()
    await walk_through(page, address, ACME)
    await page.wait_for_url("chrome-error://**")
    done = await effects(http, "acme")
    # A browser may repeat a request whose connection went before a byte of an answer came.
    assert done == ([] if fault == "reset_before_commit" else DONE)


@pytest.mark.parametrize(
    ("rule", "status", "words"),
    [
        ({"fault": "status"}, 500, "Something went wrong"),
        ({"fault": "throttle"}, 429, "Too many requests"),
        ({"fault": "html"}, 502, "Bad gateway"),
        ({"fault": "html_ok"}, 200, "Something went wrong"),
    ],
)
async def test_faults_of_every_interface_stop_a_page(
    visitor: Visitor, rule: dict[str, Any], status: int, words: str
) -> None:
    """As pages, not as JSON."""
    await scripted(visitor.http, rule | {"step": "form"})
    page = await visitor.walk(ACME, 0)
    assert (page.status, words in page.words) == (status, True)


async def test_a_page_may_be_late_cut_off_or_never_come(visitor: Visitor) -> None:
    """latency, truncated, hang."""
    await scripted(visitor.http, on_pages("latency", seconds=0.2))
    begun = time.monotonic()
    whole = await visitor.walk(ACME, 0)
    assert time.monotonic() - begun >= 0.2
    await scripted(visitor.http, on_pages("truncated"))
    assert len((await visitor.walk(ACME, 0)).text) < len(whole.text)
    await scripted(visitor.http, on_pages("hang"))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(visitor.walk(ACME, 0), 0.2)


async def test_pages_count_in_the_metrics(visitor: Visitor) -> None:
    """Each that is asked for or sent, and the last click by itself."""
    await visitor.walk(ACME)
    steps = (await visitor.http.get("/_sandbox/metrics")).json()["manufacturers"]["acme"]["steps"]
    assert {name: one["requests"] for name, one in steps.items()} == {"form": 7, "submit": 1}
