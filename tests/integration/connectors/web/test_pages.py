"""Pages that the sandbox does not have, in a real browser: how sites behave on their way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import msgspec
import pytest
from aiohttp import web
from tests.integration.connectors.web.conftest import Attempt, job

from registrar.connectors.kit.manifest.web import web as read
from registrar.connectors.kit.web.browser import Browsers, found
from registrar.connectors.kit.web.connector import WebConnector
from registrar.domain.outcome import Code, Effect
from registrar.domain.submission import Usage

pytestmark = pytest.mark.timeout(300)
TIER = {
    "start": "/",
    "dismiss": ["Only what is necessary"],
    "fields": [
        {"from": ["product.serial_number"], "to": "serial", "required": True},
        {"from": ["product.model_number"], "to": "model"},
    ],
    "steps": [
        {
            "name": "product",
            "ready": {"heading": "^Product$"},
            "fill": [
                {"label": "Serial number", "value": "serial"},
                {
                    "label": "Model",
                    "as": "pick",
                    "value": "model",
                    "when": {"path": "usage", "in": ["commercial"]},
                },
            ],
            "next": "Continue",
        },
        {"name": "review", "ready": {"heading": "^Review$"}, "send": "Register"},
    ],
    "pages": [
        {
            "name": "done",
            "when": {"heading": "^Thank you$"},
            "code": "ok.registered",
            "effect": "accepted",
            "reference": "Number ([0-9]+)",
        }
    ],
}
FIELD = '<label>Serial number <input name="serial" required></label>'
FORM = '<form method="post" action="/review">{}<button>Continue</button></form>'


@dataclass
class Site:
    """Its two pages before the act."""

    first: str = FORM.format(FIELD)
    second: str = '<form method="post" action="/done"><button>Register</button></form>'
    slow: float = 0.0
    """Seconds of the second page."""
    late: float = 0.0
    """Seconds of what a page asks for by itself."""
    posted: list[str] = field(default_factory=list)

    async def product(self, _: web.Request) -> web.Response:
        """The first page."""
        return page("Product", self.first)

    async def review(self, request: web.Request) -> web.Response:
        """The second one."""
        self.posted.append(str((await request.post()).get("serial", "")))
        await asyncio.sleep(self.slow)
        return page("Review", self.second)

    async def script(self, _: web.Request) -> web.Response:
        """A page's own, or what it asks for."""
        await asyncio.sleep(self.late)
        text = "document.querySelector('form').action = '/done'"
        return web.Response(text=text, content_type="text/javascript")

    async def done(self, _: web.Request) -> web.Response:
        """The act."""
        self.posted.append("done")
        return page("Thank you", "<p>Number 17</p>")


def page(heading: str, body: str) -> web.Response:
    """As a site has it."""
    text = f"<!doctype html><html lang=en><title>x</title><h1>{heading}</h1>{body}</html>"
    return web.Response(text=text, content_type="text/html")


@asynccontextmanager
async def filling(site: Site) -> AsyncIterator[WebConnector]:
    """A connector for this site."""
    program = found()
    assert program is not None, "no browser: the suite needs one"
    app = web.Application()
    app.add_routes(
        [
            web.get("/", site.product),
            web.get("/late.js", site.script),
            web.post("/review", site.review),
            web.post("/done", site.done),
        ]
    )
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    browsers = Browsers(program)
    try:
        yield WebConnector(read(TIER), "1", address, browsers)
    finally:
        await browsers.close()
        await runner.cleanup()


ONE = job(1)
TRADE = msgspec.structs.replace(
    ONE, submission=msgspec.structs.replace(ONE.submission, usage=Usage.COMMERCIAL)
)
"""Whose form asks for the model, too."""
SERIAL = ONE.submission.product.serial_number


async def test_a_slow_page_is_waited_for_and_not_asked_twice() -> None:
    """The button is pressed once, however long the next page takes."""
    site = Site(slow=3.0)
    async with filling(site) as form:
        assert (await form.submit(ONE)).code is Code.REGISTERED
    assert site.posted == [SERIAL, "done"]


TRUSTING = FORM.format(FIELD) + (
    "<script>document.querySelector('button').addEventListener('click',"
    " one => { if (!one.isTrusted) one.preventDefault(); })</script>"
)


async def test_a_page_that_takes_only_a_hands_click_gets_one() -> None:
    """The quick way does nothing there, and is followed by the other one."""
    site = Site(TRUSTING)
    async with filling(site) as form:
        assert (await form.submit(ONE)).code is Code.REGISTERED
    assert site.posted == [SERIAL, "done"]


OVERLAID = FORM.format(FIELD) + (
    '<div id=over style="position:fixed;inset:0;background:white"><button>Accept all</button>'
    "<button onclick=\"document.getElementById('over').remove()\">Only what is necessary</button>"
    "</div>"
)


async def test_what_lies_over_a_page_is_taken_away() -> None:
    """By the button that agrees to nothing."""
    site = Site(OVERLAID)
    async with filling(site) as form:
        assert (await form.submit(ONE)).code is Code.REGISTERED
    assert site.posted == [SERIAL, "done"]


COVERED = (
    '<form method="post" action="/done"><button>Register</button></form>'
    "<div id=over style='position:fixed;inset:0;background:white'>Please wait</div>"
)
UNCOVERED = COVERED + (
    "<script>setTimeout(() => document.getElementById('over').remove(), 1500)</script>"
)


async def test_a_last_button_that_nobody_could_press_is_left_before_the_marker() -> None:
    """What lies over it would take the click: nothing is sent, and that is certain."""
    site, attempt = Site(second=COVERED), Attempt()
    async with filling(site) as form:
        outcome = await form.submit(ONE, attempt)
    assert (outcome.code, outcome.effect) == (Code.FORM_CHANGED, Effect.NOT_SENT)
    assert (attempt.passed, site.posted) == (0, [SERIAL])


async def test_what_lies_over_the_last_button_may_go_away() -> None:
    """It is waited for, and pressed once."""
    site, attempt = Site(second=UNCOVERED), Attempt()
    async with filling(site) as form:
        assert (await form.submit(ONE, attempt)).code is Code.REGISTERED
    assert (attempt.passed, site.posted) == (1, [SERIAL, "done"])


SHADOWED = f"""<the-form></the-form><script>
customElements.define("the-form", class extends HTMLElement {{
  connectedCallback() {{
    this.attachShadow({{ mode: "open" }}).innerHTML = `{FORM.format(FIELD)}`;
  }}
}})</script>"""


async def test_a_form_in_a_shadow_root_is_a_form() -> None:
    """As component libraries build them."""
    site = Site(SHADOWED)
    async with filling(site) as form:
        assert (await form.submit(ONE)).code is Code.REGISTERED
    assert site.posted == [SERIAL, "done"]


PICKED = (
    FORM.format(
        FIELD
        + "<label>Model <input id=model role=combobox></label><ul id=list role=listbox></ul>"
        + "<input type=hidden name=chosen id=chosen>"
    )
    + """<script>
const field = document.getElementById("model"), list = document.getElementById("list");
field.addEventListener("input", () => setTimeout(() => {
  list.innerHTML = ["AC-WM-1000", "AC-WM-1000-X"].filter(one => one.startsWith(field.value))
    .map(one => `<li role=option>${one}</li>`).join("");
  for (const one of list.children) one.onclick = () => {
    field.value = one.textContent; list.innerHTML = "";
    document.getElementById("chosen").value = one.textContent;
  };
}, 300));
document.querySelector("form").addEventListener("submit", event => {
  if (!document.getElementById("chosen").value) event.preventDefault();
});
</script>"""
)


FETCHED = PICKED.replace("setTimeout(() => {", "fetch('/late.js').then(() => {").replace(
    "}, 300));", "}));"
)


async def test_a_list_that_offers_while_one_types_is_chosen_from() -> None:
    """It comes late, and offers two that begin alike."""
    site = Site(PICKED)
    async with filling(site) as form:
        assert (await form.submit(TRADE)).code is Code.REGISTERED
    assert site.posted == [SERIAL, "done"]


@pytest.mark.parametrize("first", [PICKED, FETCHED], ids=["at once", "by a server"])
async def test_what_the_list_does_not_offer_is_no_guess(first: str) -> None:
    """The record's own path, and nothing was sent."""
    product = msgspec.structs.replace(TRADE.submission.product, model_number="AC-WM-1")
    other = msgspec.structs.replace(TRADE.submission, product=product)
    async with filling(Site(first)) as form:
        outcome = await form.submit(msgspec.structs.replace(TRADE, submission=other))
    assert (outcome.code, outcome.effect) == (Code.INVALID_FIELD, Effect.NOT_SENT)
    assert outcome.field == "product.model_number"


async def test_a_list_that_a_server_takes_long_for_is_waited_for() -> None:
    """As long as the page itself waits for it."""
    site = Site(FETCHED, late=5.0)
    async with filling(site) as form:
        assert (await form.submit(TRADE)).code is Code.REGISTERED
    assert site.posted == [SERIAL, "done"]


async def test_a_list_that_never_comes_is_not_the_records_fault() -> None:
    """Nor a changed form: it may be there tomorrow."""
    site = Site(FETCHED, late=60.0)
    async with filling(site) as form:
        hasty = replace(form, tier=replace(form.tier, step_seconds=4.0))
        outcome = await hasty.submit(TRADE)
    assert (outcome.code, outcome.effect) == (Code.UNAVAILABLE_SERVER, Effect.NOT_SENT)


DEFERRED = (
    '<form method="post" action="/too-early"><button>Register</button></form>'
    '<script defer src="/late.js"></script>'
)


async def test_a_page_is_not_used_before_its_own_scripts_have_run() -> None:
    """What is pressed or chosen before they listen leads to nothing."""
    site = Site(second=DEFERRED, late=1.0)
    async with filling(site) as form:
        assert (await form.submit(ONE)).code is Code.REGISTERED
    assert site.posted == [SERIAL, "done"]


class Hanging(Attempt):
    """Its evidence can be kept nowhere, and nobody says so."""

    async def keep(self, kind: str, media_type: str, data: bytes) -> None:
        """Never comes back."""
        await super().keep(kind, media_type, data)
        await asyncio.Event().wait()


async def test_evidence_that_cannot_be_kept_costs_no_outcome() -> None:
    """What the manufacturer has said is known, and stays so."""
    async with filling(Site()) as form:
        async with asyncio.timeout(40):
            outcome = await form.submit(ONE, Hanging())
    assert (outcome.code, outcome.reference) == (Code.REGISTERED, "17")
