"""One warm Chromium a process, a context a job. The one module that starts Playwright."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from registrar.connectors.kit.web.contexts import Contexts, Place
from registrar.connectors.kit.web.proxy import Proxy
from registrar.connectors.kit.web.switches import Sandbox, switches
from registrar.connectors.kit.web.tab import Gone, Tab
from registrar.outbound import LookUp, Reach, looked_up

if TYPE_CHECKING:
    from playwright.async_api import Browser, Playwright, StorageState

NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
)
"""What they are called; first the one without windows, which does the same with half the work."""
JOBS = 200
"""After so many a browser is replaced: what it has leaked goes with it."""
START_SECONDS = 30.0
NOBODY = "http://127.0.0.1:1"
"""Where nobody listens: what goes there goes nowhere."""

_log = structlog.get_logger("registrar.browser")


def found() -> str | None:
    """The system's browser; empty where Playwright has installed its own, None without any."""
    if find_spec("playwright") is None:
        return None
    path = next((path for name in NAMES if (path := shutil.which(name))), "")
    return path if path or any(_installed().glob("chromium*-*")) else None


def _installed() -> Path:
    """Where Playwright keeps the browsers that it has downloaded."""
    told = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    usual = "Library/Caches" if sys.platform == "darwin" else ".cache"
    return Path(told) if told else Path.home() / usual / "ms-playwright"


@dataclass(slots=True)
class _Running:
    """A browser, and how many jobs it has had."""

    browser: Browser
    contexts: Contexts
    jobs: int = 0
    open: int = 0
    retired: bool = False

    async def rest(self) -> None:
        """Close a retired one that nobody uses any more."""
        if self.retired and not self.open:
            await self.contexts.close()


@dataclass(slots=True)
class Browsers:
    """`visit` is the only way in; on the loop that first uses it."""

    executable: str = ""
    """Empty: the one that Playwright has installed."""
    jobs: int = JOBS
    sandbox: Sandbox = "auto"
    look_up: LookUp = looked_up
    _playwright: Playwright | None = None
    _now: _Running | None = None
    _starting: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def visit(
        self, start: str, hosts: Sequence[str] = (), session: StorageState | None = None
    ) -> AsyncIterator[Tab]:
        """A tab that reaches the form's own host and `hosts`, and nobody else. Raises Gone."""
        running = await self._running()
        running.open += 1
        running.jobs += 1
        try:
            opened = await running.contexts.taken(Place(_reach(start, hosts), session))
            try:
                yield opened.tab
            finally:
                running.contexts.left(opened)
        finally:
            running.open -= 1
            await running.rest()

    def _proxy(self, reach: Reach) -> Proxy:
        return Proxy(reach, self.look_up)

    async def _running(self) -> _Running:
        async with self._starting:
            now = self._now
            if now is not None and (now.jobs >= self.jobs or not now.browser.is_connected()):
                now.retired, self._now = True, None
                await now.rest()
            if self._now is None:
                browser = await self._started()
                self._now = _Running(browser, Contexts(browser, self._proxy))
            return self._now

    async def _started(self) -> Browser:
        from playwright.async_api import Error, async_playwright  # noqa: PLC0415 - an extra

        try:
            async with asyncio.timeout(START_SECONDS):
                if self._playwright is None:
                    self._playwright = await async_playwright().start()
                return await self._launched(self._playwright)
        except (Error, TimeoutError, OSError) as error:
            _log.warning("browser_does_not_start", why=type(error).__name__, sandbox=self.sandbox)
            raise Gone("no browser") from error

    async def _launched(self, playwright: Playwright) -> Browser:
        from playwright.async_api import Error  # noqa: PLC0415 - an extra

        launch = partial(
            playwright.chromium.launch,
            executable_path=self.executable or None,
            args=switches(),
            # Of what belongs to no context of ours.
            proxy={"server": NOBODY},
        )
        # Playwright turns it off where nothing is said. With it Chromium does not start as root's.
        if self.sandbox == "on" or (self.sandbox == "auto" and os.geteuid() != 0):
            try:
                return await launch(chromium_sandbox=True)
            except Error:
                if self.sandbox == "on":
                    raise
        browser = await launch(chromium_sandbox=False)
        if self.sandbox == "auto":
            _log.warning("browser_without_sandbox", root=os.geteuid() == 0)
        return browser

    async def close(self) -> None:
        """End the browser."""
        now, self._now = self._now, None
        if now is not None:
            await now.contexts.close()
        if self._playwright is not None:
            await self._playwright.stop()
            self._playwright = None


def _reach(start: str, hosts: Sequence[str]) -> Reach:
    """The form's own host with its port, and `hosts`: in clear only if the form is so itself."""
    schemes = {"https", urlsplit(start).scheme}
    own = [start] if urlsplit(start).port else [_under(start, one) for one in schemes]
    return Reach.of(own, [f"{scheme}://{host}" for host in hosts for scheme in schemes])


def _under(url: str, scheme: str) -> str:
    return urlsplit(url)._replace(scheme=scheme).geturl()
