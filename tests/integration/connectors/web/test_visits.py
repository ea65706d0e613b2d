"""Visits in a real browser: what is loaded, what is left of them, and what is kept of a page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from registrar.connectors.kit.web.browser import Browsers, found
from registrar.connectors.kit.web.tab import Tab

pytestmark = pytest.mark.timeout(300)
PAGE = """<!doctype html><html lang=en><title>x</title><link rel=stylesheet href=/look.css>
<style>@font-face {{ font-family: theirs; src: url(/font.woff2) }} h1 {{ font-family: theirs }}
main {{ background: url(/behind.png) }}</style>
<main><h1>Form</h1><img src=/shown.png><form><input type=image src=/pressed.png></form>{}</main>
<script src=/works.js></script>"""


@dataclass
class Host:
    """One page, and what it refers to. What it serves may be kept for an hour."""

    body: str = ""
    asked: list[str] = field(default_factory=list)
    address: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        """Whatever is asked for."""
        self.asked.append(request.path)
        kinds = {"/": "text/html", "/look.css": "text/css", "/works.js": "text/javascript"}
        text = {"/": PAGE.format(self.body), "/works.js": "new Image().src = '/made.png'"}
        return web.Response(
            text=text.get(request.path, ""),
            content_type=kinds.get(request.path, "image/png"),
            headers={"Cache-Control": "max-age=3600"},
        )


@asynccontextmanager
async def serving(host: Host) -> AsyncIterator[Browsers]:
    """With a browser for it."""
    program = found()
    assert program is not None, "no browser: the suite needs one"
    app = web.Application()
    app.add_routes([web.get("/{path:.*}", host.answer)])
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    browsers = Browsers(program)
    yield browsers
    await browsers.close()
    await runner.cleanup()


@asynccontextmanager
async def visiting(browsers: Browsers, host: Host) -> AsyncIterator[Tab]:
    """The page, with all that it wants to load."""
    async with browsers.visit(host.address) as tab:
        await tab.open(host.address, 10)
        await tab.page.wait_for_load_state()
        await tab.page.evaluate("document.fonts.ready.then(() => 1)")
        yield tab


async def test_no_picture_and_no_font_is_asked_for() -> None:
    """Whatever refers to it; style and scripts are. A tab's own picture is the browser's."""
    host = Host()
    async with serving(host) as browsers, visiting(browsers, host):
        pass
    assert sorted({*host.asked} - {"/favicon.ico"}) == ["/", "/look.css", "/works.js"]


REMEMBERED = "[document.cookie, Object.keys(localStorage), Object.keys(sessionStorage)]"
REMEMBER = "document.cookie = 'who=1'; localStorage.who = 1; sessionStorage.who = 1"


async def test_a_visit_finds_nothing_of_those_before() -> None:
    """No cookie, no storage and nothing cached, although its context was made beside the last."""
    host = Host()
    async with serving(host) as browsers:
        for _ in range(4):
            async with visiting(browsers, host) as tab:
                assert await tab.page.evaluate(REMEMBERED) == ["", [], []]
                await tab.page.evaluate(REMEMBER)
                assert await tab.page.evaluate(REMEMBERED) == ["who=1", ["who"], ["who"]]
    assert host.asked.count("/works.js") == 4


async def test_contexts_do_not_pile_up() -> None:
    """Each is closed behind its job; one is made ahead."""
    host = Host()
    async with serving(host) as browsers:
        for _ in range(3):
            async with visiting(browsers, host):
                pass
        running = browsers._now  # noqa: SLF001 - how many the browser has
        assert running is not None
        await running.contexts.close()
        assert running.browser.contexts == []


TOLD = "<p>Number {0} of {0}</p><label>Number <input value={0}></label>"


async def pictured(owner: str, secrets: list[str]) -> bytes:
    """The picture that is kept."""
    host = Host(TOLD.format(owner))
    async with serving(host) as browsers, visiting(browsers, host) as tab:
        return (await tab.masked(secrets))[0]


async def test_a_picture_shows_no_word_of_the_owners() -> None:
    """Two owners' are the same, byte by byte; unmasked they would not be."""
    first, other = "WWWWWW1", "iiiiii2"
    assert await pictured(first, [first]) == await pictured(other, [other])
    assert await pictured(first, []) != await pictured(other, [])


TAUGHT = """<label>Number <input value=7></label><script>
for (const one of [Array, String, Object]) one.prototype.toJSON = () => "taught";
document.body.append("half a sign: \\ud83d");</script>"""


async def test_a_page_whose_scripts_teach_json_is_read() -> None:
    """As old libraries do; and half a sign is none."""
    host = Host(TAUGHT)
    async with serving(host) as browsers, visiting(browsers, host) as tab:
        seen = await tab.look([])
        assert [(one.name, one.value) for one in seen.usable("textbox")] == [("Number", "7")]
        assert "half a sign: \N{REPLACEMENT CHARACTER}" in seen.text
        assert await tab.page.evaluate("[].toJSON() + 'x'.toJSON()") == "taughttaught"
