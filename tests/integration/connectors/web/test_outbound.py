"""Nothing on a page makes a real Chromium ask what it should not; and what a page tries is real."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from playwright.async_api import Error, async_playwright
from tests.integration.outbound.names import Listener, Names, listening

from registrar.connectors.kit.web import browser as browsing
from registrar.connectors.kit.web.browser import Browsers, found
from registrar.connectors.kit.web.switches import switches
from registrar.connectors.kit.web.tab import NoPage
from registrar.domain import destination
from registrar.outbound import Reach

pytestmark = pytest.mark.timeout(300)
HERE = "127.0.0.1"
WAIT_SECONDS = 0.4
"""For what a page begins to have arrived, were it let."""
UDP_SECONDS = 1.5
SUBRESOURCES = {
    "fetch": "fetch('{url}', {{mode: 'no-cors'}}).catch(() => 0)",
    "fetch kept alive": "fetch('{url}', {{mode: 'no-cors', keepalive: true}}).catch(() => 0)",
    "xhr": "const x = new XMLHttpRequest(); x.open('POST', '{url}'); x.send('ada')",
    "beacon": "navigator.sendBeacon('{url}', 'ada')",
    "event source": "new EventSource('{url}')",
    "websocket": "new WebSocket('{url}'.replace('http', 'ws'))",
    "script": "add('script', {{src: '{url}'}})",
    "module": "import('{url}').catch(() => 0)",
    "style": "add('link', {{rel: 'stylesheet', href: '{url}'}})",
    "style imports": "add('style', {{textContent: '@import \"{url}\"'}})",
    "prefetch": "add('link', {{rel: 'prefetch', href: '{url}'}})",
    "preload": "add('link', {{rel: 'preload', as: 'script', href: '{url}'}})",
    "frame": "add('iframe', {{src: '{url}'}})",
    "object": "add('object', {{data: '{url}', type: 'text/html'}})",
    "video": "add('video', {{src: '{url}', preload: 'auto'}})",
    "worker": "new Worker(URL.createObjectURL(new Blob([\"fetch('{url}',{{mode:'no-cors'}})\"])))",
    "turn": "const c = new RTCPeerConnection({{iceServers: [{{urls: 'turn:{host}?transport=tcp', "
    "username: 'a', credential: 'b'}}]}});"
    "c.createDataChannel('x'); c.createOffer().then(o => c.setLocalDescription(o))",
    "redirected fetch": "fetch('/to/307?{url}', {{mode: 'no-cors'}}).catch(() => 0)",
    "redirected script": "add('script', {{src: '/to/302?{url}'}})",
    "redirected frame": "add('iframe', {{src: '/to/301?{url}'}})",
}
NAVIGATIONS = {
    "link": "location = '{url}'",
    "window": "window.open('{url}')",
    "form": "Object.assign(add('form', {{action: '{url}', method: 'post'}})).submit()",
    "refresh": "add('meta', {{httpEquiv: 'refresh', content: '0;url={url}'}})",
    **{f"{one} away": f"location = '/to/{one}?{{url}}'" for one in (301, 302, 303, 307, 308)},
    "307 with a form": "add('form', {{action: '/to/307?{url}', method: 'post'}}).submit()",
}
ATTEMPTS = SUBRESOURCES | NAVIGATIONS
UDP = {
    "stun": "const c = new RTCPeerConnection({{iceServers: [{{urls: 'stun:127.0.0.1:{port}'}}]}});"
    "c.createDataChannel('x'); c.createOffer().then(o => c.setLocalDescription(o))",
    "webtransport": "new WebTransport('https://127.0.0.1:{port}/').ready.catch(() => 0)",
}
PAGE = """<!doctype html><title>x</title><h1>Form</h1><script>
const add = (name, more) => document.body.appendChild(
  Object.assign(document.createElement(name), more));
</script>"""


async def _page(_: web.Request) -> web.Response:
    return web.Response(text=PAGE, content_type="text/html")


async def _redirect(request: web.Request) -> web.Response:
    headers = {"Location": request.raw_path.partition("?")[2]}
    return web.Response(status=int(request.match_info["status"]), headers=headers)


@dataclass
class Form:
    """A form's own host, and a browser that fills it."""

    browsers: Browsers
    port: int

    @property
    def address(self) -> str:
        """As an operator writes it."""
        return f"http://{HERE}:{self.port}/"

    async def tried(self, script: str, seconds: float = WAIT_SECONDS) -> list[str]:
        """On its page; the hosts that it was led to and must not reach."""
        async with self.browsers.visit(self.address) as tab:
            await tab.open(self.address, 10)
            # A page that goes away answers no more.
            with suppress(Error):
                await tab.page.evaluate(f"() => {{ {script} }}")
            await asyncio.sleep(seconds)
            return tab.strange


@asynccontextmanager
async def opened(names: Names | None = None) -> AsyncIterator[Form]:
    """With a look-up of its own."""
    program = found()
    assert program is not None, "no browser: the suite needs one"
    app = web.Application()
    app.add_routes([web.get("/", _page), web.route("*", "/to/{status}", _redirect)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, HERE, 0).start()
    browsers = Browsers(program, look_up=(names or Names([])).look_up)
    try:
        yield Form(browsers, runner.addresses[0][1])
    finally:
        await browsers.close()
        await runner.cleanup()


async def reached(form: Form, inside: Listener, url: str) -> set[str]:
    """Which of the attempts have come to what must not be asked."""
    came = set()
    for name, script in ATTEMPTS.items():
        before = len(inside.heard)
        await form.tried(script.format(url=url, host=urlsplit(url).netloc))
        if len(inside.heard) > before:
            came.add(name)
    return came


async def test_nothing_that_a_page_tries_reaches_another_port_of_this_host() -> None:
    """Where a database may listen, or the form's own proxy: only the form's port was told."""
    async with opened() as form, listening() as inside:
        assert await reached(form, inside, f"http://{HERE}:{inside.port}/") == set()


async def test_each_attempt_would_succeed_without_the_rule(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the test above would say nothing."""
    monkeypatch.setattr(browsing, "_reach", lambda *_: Reach(local=True))
    async with opened() as form, listening() as inside:
        came = await reached(form, inside, f"http://{HERE}:{inside.port}/")
        assert set(ATTEMPTS) - came == set()


WRITTEN = [
    "localhost",
    "127.1",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "0",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "good.example@127.0.0.1",
    "169.254.169.254",
    "other.example",
]


async def test_however_it_is_written_another_host_is_not_reached() -> None:
    """By a link; nobody else is looked up, either."""
    names = Names([[HERE]])
    async with opened(names) as form, listening() as inside:
        for host in WRITTEN:
            led = await form.tried(f"location = 'http://{host}:{inside.port}/'")
            assert led, host
        assert (inside.heard, names.asked) == ([], [])


@dataclass
class Datagrams(asyncio.DatagramProtocol):
    """Counted."""

    heard: list[bytes] = field(default_factory=list)

    def datagram_received(self, data: bytes, addr: object) -> None:
        """One."""
        del addr
        self.heard.append(data)


async def datagrams(form: Form) -> dict[str, int]:
    """How many came of each attempt."""
    told: dict[str, int] = {}
    for name, script in UDP.items():
        made: tuple[
            asyncio.DatagramTransport, Datagrams
        ] = await asyncio.get_running_loop().create_datagram_endpoint(
            Datagrams, local_addr=(HERE, 0)
        )
        port = made[0].get_extra_info("sockname")[1]
        await form.tried(script.format(port=port) + ";")
        await asyncio.sleep(1)
        told[name] = len(made[1].heard)
        made[0].close()
    return told


async def test_nothing_leaves_by_udp() -> None:
    """A proxy sees connections alone."""
    async with opened() as form:
        assert set((await datagrams(form)).values()) == {0}


async def test_datagrams_would_leave_without_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the test above would say nothing. A proxy alone keeps the other kind in."""
    rule = "webrtc-ip-handling-policy"
    other = [one for one in switches() if rule not in one]
    monkeypatch.setattr(browsing, "switches", lambda: other)
    async with opened() as form:
        assert (await datagrams(form))["stun"] > 0


@pytest.mark.parametrize("names", [[[HERE]], [["10.0.0.1"]], [["::ffff:127.0.0.1"]], []])
async def test_a_forms_own_name_that_leads_inside_is_not_reached(names: list[list[str]]) -> None:
    """Nobody is connected to, and it is no other host that it leads to."""
    looked = Names(names)
    async with opened(looked) as form, listening() as inside:
        address = f"http://form.example:{inside.port}/"
        async with form.browsers.visit(address) as tab:
            with pytest.raises(NoPage, match="ERR_SOCKS_CONNECTION_FAILED"):
                await tab.open(address, 10)
        assert (inside.heard, tab.strange) == ([], [])
        assert looked.asked


def of_the_internet(address: IPv4Address | IPv6Address, *, local: bool = False) -> bool:
    """As if this host were a public one: no other can be connected to from a test."""
    del local
    return str(address) == HERE


async def test_the_address_that_was_checked_is_the_one_that_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A browser that looked the name up itself would find nobody."""
    monkeypatch.setattr(destination, "allowed", of_the_internet)
    names = Names([[HERE], ["127.0.0.2"]])
    async with opened(names) as form:
        address = f"http://form.example:{form.port}/"
        async with form.browsers.visit(address) as tab:
            await tab.open(address, 10)
            assert await tab.page.title() == "x"
        async with form.browsers.visit(address) as tab:
            with pytest.raises(NoPage):
                await tab.open(address, 10)
    assert set(names.asked) == {"form.example"}


async def by_itself(args: list[str]) -> str:
    """What comes of a name where no proxy looks it up; empty where the page comes."""
    async with opened() as form, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found() or None, args=args)
        try:
            await (await browser.new_page()).goto(f"http://localhost:{form.port}/")
        except Error as error:
            return error.message
        finally:
            await browser.close()
        return ""


async def test_the_browser_looks_no_name_up_by_itself() -> None:
    """One that a page only announces would tell whoever answers for it what the page knows."""
    assert "ERR_NAME_NOT_RESOLVED" in await by_itself(switches())
    others = [one for one in switches() if "host-resolver-rules" not in one]
    assert await by_itself(others) == ""
