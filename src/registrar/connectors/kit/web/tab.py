"""One page of a browser: looked at, acted upon, left. Errors say what the site may have seen."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from registrar.connectors.kit.web import survey
from registrar.connectors.kit.web.planning import Action
from registrar.connectors.kit.web.survey import Survey
from registrar.connectors.kit.web.values import Upload
from registrar.outbound import Reach

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, ElementHandle, Frame, Page

SOURCE = Path(__file__).with_name("page.js").read_text(encoding="utf-8")
_CALL = f"([name, given]) => {SOURCE.rstrip()}[name](given)"
_ELEMENT = 'index => globalThis[Symbol.for("registrar.page")].elements[index]'
MOST_SNAPSHOT = 500_000
PICTURE = {"format": "jpeg", "quality": 60, "optimizeForSpeed": True}
LOOK_SECONDS = 1.5
NO_WAY = "ERR_SOCKS_CONNECTION_FAILED"
"""What Chromium says of a host that its proxy does not reach, for whatever reason."""
_WELL = 200
"""Of a document that no server has answered."""
NOTHING = Survey("", ready="loading", left=True)
"""What there is to see between two pages."""
LOOKS = (0.02, 0.04, 0.08)
"""Seconds between two looks at a page that is not there yet; the last one again and again."""


class Gone(Exception):
    """The browser, or the page, is no more."""


class NoPage(Exception):
    """Nothing came of an address: the connection failed, or it led to another host."""


class Stuck(Exception):
    """Something on the page cannot be pressed."""


class _Between(Exception):
    """A page has gone, and the next one has not come yet."""


class Tab:
    """Not for two at a time."""

    def __init__(self, page: Page, camera: CDPSession, reach: Reach) -> None:
        self._page = page
        self._camera = camera
        self._reach = reach
        self._statuses: dict[object, int] = {}
        """Of the document in each frame: a site that keeps programs out may do so in one alone."""
        self.strange: list[str] = []
        """Hosts that the page has tried to lead to, and must not."""
        self.reacted = False
        """Whether the page has asked for anything since something was pressed."""
        self._asking: set[object] = set()
        self._arrived = asyncio.Event()
        page.on("domcontentloaded", lambda _: self._arrived.set())
        page.on("framenavigated", self._navigated)
        page.on("framedetached", self._detached)
        page.on("request", self._asked)
        page.on("requestfinished", self._served)
        page.on("requestfailed", self._refused)
        page.on("response", self._answered)
        page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.dismiss()))

    @property
    def page(self) -> Page:
        """For who watches it."""
        return self._page

    @property
    def busy(self) -> bool:
        """Whether a script of the page waits for an answer: a list may still come."""
        return bool(self._asking)

    def _asked(self, request: Any) -> None:  # noqa: ANN401 - Playwright's own
        self.reacted = True
        if request.resource_type in {"xhr", "fetch"}:
            self._asking.add(request)

    def _served(self, request: object) -> None:
        self._asking.discard(request)

    def _refused(self, request: Any) -> None:  # noqa: ANN401 - Playwright's own
        """Where a redirect would have led to: only the network knows, and lets nobody through."""
        self._served(request)
        stopped = request.is_navigation_request() and NO_WAY in (request.failure or "")
        if stopped and not self._reach.lists(request.url):
            self.strange.append(urlsplit(request.url).hostname or "")

    def _answered(self, response: Any) -> None:  # noqa: ANN401 - Playwright's own
        """Of the documents themselves, not of what they load."""
        # A frame that has gone meanwhile has no answer.
        with suppress(Gone, _Between), self._trouble(_Between):
            if response.request.is_navigation_request():
                self._statuses[response.frame] = response.status

    def _detached(self, frame: object) -> None:
        self._statuses.pop(frame, None)

    def _navigated(self, frame: Any) -> None:  # noqa: ANN401 - Playwright's own
        """A frame within the page has another document; or the page, and waits for nothing."""
        if frame != self._page.main_frame:
            self._arrived.set()
        else:
            self._asking.clear()

    @contextmanager
    def _trouble(self, otherwise: type[Exception]) -> Iterator[None]:
        """Playwright's errors as ours: Gone where nothing can be looked at any more."""
        from playwright.async_api import Error  # noqa: PLC0415 - an extra

        try:
            yield
        except Error as error:
            gone = self._page.is_closed() or "crash" in str(error).lower()
            raise (Gone if gone else otherwise)(_named(error)) from error

    async def open(self, url: str, seconds: float) -> None:
        """Raises NoPage and Gone."""
        with self._trouble(NoPage):
            await self._page.goto(url, wait_until="domcontentloaded", timeout=seconds * 1000)

    async def look(self, selectors: Sequence[str] = (), frame: str = "") -> Survey:
        """As it is now; an empty one while a page goes and the next one comes. Raises Gone."""
        try:
            with self._trouble(_Between):
                # A page that hangs on its way does not answer at all.
                async with asyncio.timeout(LOOK_SECONDS):
                    # Without its frame the page itself tells what stands in the way.
                    where = await self._frame(frame) or self._page.main_frame
                    found = await where.evaluate(_CALL, ["survey", list(selectors)])
                    return self._read(where, found)
        except (TimeoutError, _Between):
            return NOTHING

    def _read(self, where: Frame, found: object) -> Survey:
        try:
            return survey.read(str(found), self._statuses.get(where, _WELL))
        except msgspec.DecodeError as error:
            raise Gone("the page answers for itself") from error

    async def act(
        self, actions: Sequence[Action], selectors: Sequence[str] = (), frame: str = ""
    ) -> Survey:
        """All of them at once, and how it looks then. Raises Gone and Stuck."""
        given = {
            "actions": [
                {"index": one.index, "does": one.does, "value": one.value} for one in actions
            ],
            "selectors": list(selectors),
        }
        with self._trouble(Stuck):
            where = await self._here(frame)
            return self._read(where, await where.evaluate(_CALL, ["act", given]))

    async def attach(self, index: int, file: Upload, frame: str = "") -> None:
        """To a field for files, from memory. Raises Gone and Stuck."""
        with self._trouble(Stuck):
            element = await self._element(index, frame)
            await element.set_input_files(
                {"name": file.name, "mimeType": file.media_type, "buffer": file.content}
            )

    async def ready_to_press(self, index: int, frame: str = "") -> ElementHandle:
        """Looked for, scrolled to, uncovered, and not pressed yet. Raises Gone and Stuck."""
        with self._trouble(Stuck):
            where = await self._here(frame)
            found = await where.evaluate_handle(_CALL, ["pressable", index])
            element = found.as_element()
            # What lies over a frame the frame does not see; elsewhere it may still go away.
            if element is None or where.parent_frame is not None:
                element = await self._element(index, frame)
                await element.click(trial=True)
            return element

    async def _element(self, index: int, frame: str) -> ElementHandle:
        handle = await (await self._here(frame)).evaluate_handle(_ELEMENT, index)
        element = handle.as_element()
        if element is None:
            raise Stuck("no such control any more")
        return element

    async def press(self, element: ElementHandle, frame: str = "") -> None:
        """A person's own click, once. Raises Gone and Stuck: it may have been pressed."""
        self._leaving()
        with self._trouble(Stuck):
            await (await self._here(frame)).evaluate(_CALL, ["leave", None])
            await element.click(no_wait_after=True)

    async def follow(self, index: int, frame: str = "") -> None:
        """To the next page, where nothing depends on who has pressed. Raises Gone and Stuck."""
        self._leaving()
        with self._trouble(Stuck):
            await (await self._here(frame)).evaluate(_CALL, ["follow", index])

    def _leaving(self) -> None:
        self._arrived.clear()
        self.reacted = False

    async def arrival(self, seconds: float) -> None:
        """Until another page has come, or so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._arrived.wait()

    async def masked(self, secrets: Sequence[str]) -> tuple[bytes, bytes]:
        """A picture (JPEG) and a copy of the page, without these words. Raises Gone.

        The page itself is changed by it: nothing may be pressed afterwards. Ends only once a
        page stays for as long as it takes; whoever asks sets the deadline.
        """
        while True:
            with suppress(_Between), self._trouble(_Between):
                return await self._evidence(secrets)
            await asyncio.sleep(LOOKS[-1])

    async def _evidence(self, secrets: Sequence[str]) -> tuple[bytes, bytes]:
        for frame in self._page.frames:
            await frame.evaluate(_CALL, ["mask", list(secrets)])
        picture = await self._picture()
        copy = await self._page.evaluate(_CALL, ["snapshot", MOST_SNAPSHOT])
        within = [one for one in self._page.frames if one != self._page.main_frame]
        kept = [await one.evaluate(_CALL, ["masked", None]) for one in within]
        if copy is None or not all(kept):
            raise _Between("the picture may be of a page that nobody has masked")
        return picture, str(copy).encode()

    async def _picture(self) -> bytes:
        """As the screen is: Playwright's own first waits for fonts, and hides what blinks."""
        taken = await self._camera.send("Page.captureScreenshot", PICTURE)
        return base64.b64decode(taken["data"])

    async def _here(self, name: str) -> Frame:
        found = await self._frame(name)
        if found is None:
            raise Stuck("its frame is gone")
        return found

    async def _frame(self, name: str) -> Frame | None:
        """By its name or its title; the page itself where none is asked for."""
        if not name:
            return self._page.main_frame
        for one in self._page.frames:
            if one.name == name:
                return one
        element = await self._page.query_selector(f'iframe[title="{name}"]')
        return await element.content_frame() if element else None


def _named(error: Exception) -> str:
    """Without addresses and values: Playwright tells both at length."""
    text = str(error)
    return next((word for word in text.split() if word.startswith("net::")), type(error).__name__)
