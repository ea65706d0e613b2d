"""Every form in a real Chromium, walked by labels and roles."""

import json

import httpx
import pytest
from playwright.async_api import Browser, Page, Request
from tests.integration.sandbox.conftest import effects
from tests.integration.sandbox.forms.answers import WALKS, Walk
from tests.integration.sandbox.forms.hands import go_on, walk_through, within

pytestmark = pytest.mark.asyncio(loop_scope="module")

every_form = pytest.mark.parametrize("walk", WALKS, ids=[one.base for one in WALKS])
ACME = WALKS[0]
UNNAMED = """() => [...document.querySelectorAll('input:not([type=hidden]), select, button')]
    .filter(one => !one.closest('[aria-hidden=true]'))
    .filter(one => !(one.labels && one.labels.length) && !one.textContent.trim())
    .map(one => one.outerHTML)"""


async def secrets(http: httpx.AsyncClient, maker: str) -> dict[str, str]:
    """Of the maker's forms."""
    found = (await http.get("/_sandbox/profiles")).json()["profiles"]
    return {
        name: value
        for one in found
        if (one["name"], one["manufacturer"]) == ("web", maker)
        for name, value in one["secrets"].items()
    }


async def opened(chromium: Browser, http: httpx.AsyncClient, maker: str) -> Page:
    """A context with the dealer's session, where there is one."""
    kept = (await secrets(http, maker)).get(f"{maker}.web_session", "null")
    context = await chromium.new_context(storage_state=json.loads(kept))
    context.set_default_timeout(20_000)
    return await context.new_page()


@every_form
async def test_a_browser_walks_each_form_by_its_labels(
    chromium: Browser, http: httpx.AsyncClient, address: str, walk: Walk
) -> None:
    """The dealer's session opens those with accounts; the page names the reference of the act."""
    page = await opened(chromium, http, walk.maker)
    where = await walk_through(page, address, walk)
    shown = await where.get_by_test_id("reference").inner_text()
    assert await effects(http, walk.maker) == [(walk.serial, "ada@example.com")]
    held = (await http.get("/_sandbox/ledger")).json()["effects"]
    assert [one["reference"] for one in held] == [shown]


@every_form
async def test_assistive_technology_finds_a_name_for_every_control(
    chromium: Browser, http: httpx.AsyncClient, address: str, walk: Walk
) -> None:
    """On each page, and on the same page with errors: one heading, a language, a title."""
    page = await opened(chromium, http, walk.maker)
    for number in range(len(walk.pages)):
        where = await walk_through(page, address, walk, number)
        await go_on(where)
        await where.get_by_role("heading", level=1).wait_for()
        frame = page.frame(name="registration") or page.main_frame
        assert await frame.evaluate(UNNAMED) == []
        assert await frame.evaluate("document.querySelectorAll('h1').length") == 1
        assert await frame.evaluate("[document.documentElement.lang, !!document.title]") == [
            "en",
            True,
        ]


async def test_a_person_signs_in_and_comes_to_the_form(chromium: Browser, address: str) -> None:
    """A wrong password is told; the right one opens the form."""
    page = await chromium.new_page()
    await page.goto(f"{address}/sony/web/register")
    for word, heading, alerts in (("wrong", "Sign in", 1), ("sandbox-sony", "My Sony", 0)):
        await page.get_by_label("E-mail or account").fill("person@example.com")
        await page.get_by_label("Password").fill(word)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("heading", level=1, name=heading).wait_for()
        assert await page.get_by_role("alert").count() == alerts


async def test_a_page_asks_for_what_other_hosts_serve(chromium: Browser, address: str) -> None:
    """So that there is something to block."""
    page = await chromium.new_page()
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    await page.goto(f"{address}/acme/web/register")
    elsewhere = {one for one in asked if not one.startswith(address)}
    assert {one.split("/")[2] for one in elsewhere} == {
        *("analytics.invalid", "fonts.invalid", "pixel.invalid"),
    }


async def test_a_field_that_depends_comes_with_its_choice(chromium: Browser, address: str) -> None:
    """The upload of Acme: there with yes, gone with no."""
    page = await chromium.new_page()
    await walk_through(page, address, ACME, 1)
    receipt = page.get_by_label("Receipt", exact=True)
    await page.get_by_label("No", exact=True).check()
    assert await receipt.is_visible() is False
    await page.get_by_label("Yes, I can upload it").check()
    assert await receipt.is_visible() is True


async def test_a_box_that_is_ticked_beforehand_stays_as_it_was_sent(
    chromium: Browser, http: httpx.AsyncClient, address: str
) -> None:
    """Lenovo's offers: unticked, and then a mistake, and it is not ticked again."""
    walk = next(one for one in WALKS if one.maker == "lenovo")
    page = await opened(chromium, http, "lenovo")
    where = await walk_through(page, address, walk, -1)
    offers = within(page, walk).get_by_label(walk.unticked[0])
    assert await offers.is_checked() is True
    await offers.uncheck()
    await where.get_by_role("button", name="Register product").click()
    await where.get_by_role("alert").wait_for()
    assert await offers.is_checked() is False
