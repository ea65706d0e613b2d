"""A sandbox with forms, a visitor without a browser, and a real Chromium."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright
from tests.integration.sandbox.forms.plain import Visitor

from registrar.connectors.kit.web.browser import found
from registrar.sandbox import Sandbox, SandboxSettings

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    "--host-resolver-rules=MAP *.invalid ~NOTFOUND",  # at once, whatever the resolver would do
]


@pytest_asyncio.fixture(loop_scope="module")
async def address() -> AsyncIterator[str]:
    """Of a sandbox."""
    made = Sandbox(SandboxSettings(partners=("acme",)))
    port = await made.start()
    yield f"http://127.0.0.1:{port}"
    await made.close()


@pytest_asyncio.fixture(loop_scope="module")
async def http(address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A cookie jar of its own."""
    async with httpx.AsyncClient(base_url=address, timeout=5) as client:
        yield client


@pytest.fixture
def visitor(http: httpx.AsyncClient) -> Visitor:
    """Who reads labels."""
    return Visitor(http)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def warm() -> AsyncIterator[Browser]:
    """The browser of the system; a missing one fails the run. It starts slowly."""
    program = found()
    assert program is not None, "no Chromium was found"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program or None, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def chromium(warm: Browser) -> AsyncIterator[Browser]:
    """Without what an earlier test has left in it."""
    yield warm
    for one in warm.contexts:
        await one.close()
