"""The contexts of one browser: one a job, and nothing of a job is left for the next.

Where jobs of one form follow each other the next context is made while this one is in use. It has
been nowhere, and is for that form's hosts and session alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from registrar.connectors.kit.web.proxy import Proxy
from registrar.connectors.kit.web.tab import Gone, Tab
from registrar.outbound import Reach

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, StorageState

CALL_SECONDS = 10.0
"""For whatever has no deadline of its own."""

_log = structlog.get_logger("registrar.browser")


@dataclass(frozen=True, slots=True)
class Place:
    """What a context is for: the hosts that it reaches, and who is signed in."""

    reach: Reach
    session: StorageState | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """A context with its one page, and its way out."""

    context: BrowserContext
    tab: Tab
    proxy: Proxy


@dataclass(slots=True)
class Contexts:
    """Of one browser."""

    browser: Browser
    proxy: Callable[[Reach], Proxy] = Proxy
    _last: Place | None = None
    _spare: tuple[Place, asyncio.Task[Opened]] | None = None
    _behind: set[asyncio.Task[None]] = field(default_factory=set)
    """Contexts that are being closed: nobody waits for them."""

    async def taken(self, place: Place) -> Opened:
        """One that nobody has used. Raises Gone."""
        made = self._made_ahead(place) or asyncio.create_task(self._opened(place))
        try:
            found = await asyncio.shield(made)
        except asyncio.CancelledError:
            self._later(_unwanted(made))
            raise
        if self._last == place and self._spare is None:
            self._spare = place, asyncio.create_task(self._opened(place))
        self._last = place
        return found

    async def _opened(self, place: Place) -> Opened:
        proxy = self.proxy(place.reach)
        try:
            context = await _context(self.browser, await proxy.start(), place.session)
            page = await context.new_page()
            tab = Tab(page, await context.new_cdp_session(page), place.reach)
            return Opened(context, tab, proxy)
        except BaseException as error:
            await proxy.close()
            if _is_trouble(error):
                raise Gone("no context") from error
            raise

    def _made_ahead(self, place: Place) -> asyncio.Task[Opened] | None:
        """Unless it is for another form, or has failed."""
        if self._spare is None:
            return None
        (meant, made), self._spare = self._spare, None
        if meant == place and not (made.done() and made.exception()):
            return made
        self._later(_unwanted(made))
        return None

    def left(self, opened: Opened) -> None:
        """The job has what it wanted."""
        self._later(_closed(opened))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._behind.add(task)
        task.add_done_callback(self._behind.discard)

    async def close(self) -> None:
        """All that is open, and the browser."""
        if self._spare is not None:
            self._later(_unwanted(self._spare[1]))
            self._spare = None
        await asyncio.gather(*self._behind)
        await self.browser.close()


async def _context(browser: Browser, proxy: str, session: StorageState | None) -> BrowserContext:
    context = await browser.new_context(
        accept_downloads=False,
        service_workers="block",
        storage_state=session,
        # Playwright's routes do not see where a redirect leads to; the network does.
        proxy={"server": proxy},
        locale="en-US",
        viewport={"width": 1024, "height": 900},
    )
    context.set_default_timeout(CALL_SECONDS * 1000)
    return context


def _is_trouble(error: BaseException) -> bool:
    from playwright.async_api import Error  # noqa: PLC0415 - an extra

    return isinstance(error, Error | OSError)


async def _unwanted(made: asyncio.Task[Opened]) -> None:
    with suppress(Gone):
        await _closed(await made)


async def _closed(opened: Opened) -> None:
    """In bounded time: one that stays open leaks a page, and nobody waits for that."""
    from playwright.async_api import Error  # noqa: PLC0415 - an extra

    try:
        await asyncio.wait_for(opened.context.close(), CALL_SECONDS)
    except (Error, TimeoutError):
        _log.info("context_does_not_close")
    finally:
        await opened.proxy.close()
