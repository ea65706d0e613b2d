"""One page of a browser: looked at, acted upon, left. Errors say what the site may have seen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from registrar.connectors.kit.web import survey
from registrar.connectors.kit.web.planning import Action
from registrar.connectors.kit.web.survey import Survey

if TYPE_CHECKING:
    from playwright.async_api import ElementHandle, Frame, Page

SOURCE = Path(__file__).with_name("page.js").read_text(encoding="utf-8")
_CALL = f"([name, given]) => {SOURCE.rstrip()}[name](given)"
_ELEMENT = 'index => globalThis[Symbol.for("registrar.page")].elements[index]'
MOST_SNAPSHOT = 500_000
LOOK_SECONDS = 1.5
"""While a page hangs on its way, nothing of it answers."""
LOOKS = (0.02, 0.04, 0.08)
"""Seconds between two looks at a page that is not there yet; the last one again and again."""


class Gone(Exception):
    """The browser, or the page, is no more."""


class NoPage(Exception):
    """Nothing came of an address: the connection failed, or it led to another host."""


class Stuck(Exception):
    """Something on the page cannot be pressed."""


class Tab:
    """Not for two at a time."""

    def __init__(self, page: Page, strange: list[str]) -> None:
        self._page = page
        self._status = 200
        self.strange = strange
        """Hosts that the page has tried to lead to."""
        self._arrived = asyncio.Event()
        page.on("domcontentloaded", lambda _: self._arrived.set())
        page.on("framenavigated", self._navigated)
        page.on("response", self._answered)
        page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.dismiss()))

    @property
    def page(self) -> Page:
        """For who watches it."""
        return self._page

    def _answered(self, response: Any) -> None:  # noqa: ANN401 - Playwright's own
        with suppress(Exception):
            # Of the document itself, not of what it loads; a frame that has gone has no answer.
            if response.request.is_navigation_request() and (
                response.request.frame == self._page.main_frame
            ):
                self._status = response.status

    def _navigated(self, frame: Any) -> None:  # noqa: ANN401 - Playwright's own
        """A frame within the page has another document."""
        if frame != self._page.main_frame:
            self._arrived.set()

    async def open(self, url: str, seconds: float) -> None:
        """Raises NoPage and Gone."""
        from playwright.async_api import Error  # noqa: PLC0415 - an extra

        try:
            await self._page.goto(url, wait_until="domcontentloaded", timeout=seconds * 1000)
        except Error as error:
            self._fail(error)
            raise NoPage(_named(error)) from error

    async def look(self, selectors: Sequence[str] = (), frame: str = "") -> Survey:
        """As it is now; an empty one while a page goes and the next one comes. Raises Gone."""
        from playwright.async_api import Error  # noqa: PLC0415 - an extra

        try:
            # Without its frame the page itself tells what stands in the way.
            async with asyncio.timeout(LOOK_SECONDS):
                where = await self._frame(frame) or self._page.main_frame
                return self._read(await where.evaluate(_CALL, ["survey", list(selectors)]))
        except TimeoutError:
            return Survey("", ready="loading", left=True)
        except Error as error:
            self._fail(error)
            return Survey("", ready="loading", left=True)

    def _read(self, found: object) -> Survey:
        if found is None:
            return Survey("", ready="loading", left=True)
        try:
            return survey.read(found, self._status)
        except msgspec.ValidationError as error:
            raise Gone("the page answers for itself") from error

    async def act(
        self, actions: Sequence[Action], selectors: Sequence[str] = (), frame: str = ""
    ) -> Survey:
        """All of them at once, and how it looks then. Raises Gone and Stuck."""
        from playwright.async_api import Error  # noqa: PLC0415 - an extra

        given = {
            "actions": [
                {"index": one.index, "does": one.does, "value": one.value} for one in actions
            ],
            "selectors": list(selectors),
        }
        try:
            where = await self._frame(frame)
            found = await where.evaluate(_CALL, ["act", given]) if where else None
        except Error as error:
            self._fail(error)
            raise Stuck(_named(error)) from error
        return self._read(found)

    async def ready_to_press(self, index: int, frame: str = "") -> ElementHandle:
        """Looked for, scrolled to, uncovered, and not pressed yet. Raises Gone and Stuck."""
        from playwright.async_api import Error  # noqa: PLC0415 - an extra

        try:
            where = await self._frame(frame)
            handle = await where.evaluate_handle(_ELEMENT, index) if where else None
            element = handle.as_element() if handle else None
            if element is None:
                raise Stuck("no such button any more")
            await element.click(trial=True)
        except Error as error:
            self._fail(error)
            raise Stuck(_named(error)) from error
        return element

    async def press(self, element: ElementHandle, frame: str = "") -> None:
        """A person's own click, once. Raises Gone and Stuck: it may have been pressed."""
        from playwright.async_api import Error  # noqa: PLC0415 - an extra

        self._arrived.clear()
        try:
            where = await self._frame(frame)
            if where:
                await where.evaluate(_CALL, ["leave", None])
            await element.click(no_wait_after=True)
        except Error as error:
            self._fail(error)
            raise Stuck(_named(error)) from error

    async def follow(self, index: int, frame: str = "") -> None:
        """To the next page, where nothing depends on who has pressed. Raises Gone and Stuck."""
        from playwright.async_api import Error  # noqa: PLC0415 - an extra

        self._arrived.clear()
        try:
            where = await self._frame(frame)
            if where:
                await where.evaluate(_CALL, ["follow", index])
        except Error as error:
            self._fail(error)
            raise Stuck(_named(error)) from error

    async def arrival(self, seconds: float) -> None:
        """Until another page has come, or so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._arrived.wait()

    async def attach(self, index: int, file: dict[str, Any], frame: str = "") -> None:
        """A file, as `{name, mimeType, buffer}`. Raises Gone and Stuck."""
        from playwright.async_api import Error  # noqa: PLC0415 - an extra

        try:
            where = await self._frame(frame)
            handle = await where.evaluate_handle(_ELEMENT, index) if where else None
            element = handle.as_element() if handle else None
            if element is None:
                raise Stuck("no such field any more")
            await element.set_input_files(file)  # type: ignore[arg-type] # its FilePayload
        except Error as error:
            self._fail(error)
            raise Stuck(_named(error)) from error

    async def masked(self, secrets: Sequence[str]) -> tuple[bytes, bytes]:
        """A picture (JPEG) and a copy of the page, without these words. Raises Gone.

        The page itself is changed by it: nothing may be pressed afterwards.
        """
        from playwright.async_api import Error  # noqa: PLC0415 - an extra

        try:
            for frame in self._page.frames:
                await frame.evaluate(_CALL, ["mask", list(secrets)])
            picture = await self._page.screenshot(type="jpeg", quality=60)
            copy = await self._page.evaluate(_CALL, ["snapshot", MOST_SNAPSHOT])
        except Error as error:
            raise Gone(_named(error)) from error
        return picture, str(copy).encode()

    async def _frame(self, name: str) -> Frame | None:
        """By its name or its title; the page itself where none is asked for."""
        if not name:
            return self._page.main_frame
        for one in self._page.frames:
            if one.name == name:
                return one
        element = await self._page.query_selector(f'iframe[title="{name}"]')
        return await element.content_frame() if element else None

    @cached_property
    def closed(self) -> bool:
        """Whether it is."""
        return self._page.is_closed()

    def _fail(self, error: Exception) -> None:
        """Raises Gone where nothing can be looked at any more."""
        if self._page.is_closed() or "crash" in str(error).lower():
            raise Gone(_named(error)) from error


def _named(error: Exception) -> str:
    """Without addresses and values: Playwright tells both at length."""
    text = str(error)
    return next((word for word in text.split() if word.startswith("net::")), type(error).__name__)
