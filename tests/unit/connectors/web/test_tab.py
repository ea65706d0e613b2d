"""What is kept of a page, where pages come and go while it is looked at."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Error

from registrar.connectors.kit.web.tab import Gone, Tab
from registrar.outbound import Reach


class Frame:
    """The page itself, whose documents replace each other."""

    def __init__(self, replaced: int) -> None:
        self.replaced = replaced
        """How many documents come between their mask and the picture."""
        self.masked = False

    async def evaluate(self, script: str, given: list[Any]) -> object:
        """As `page.js` does."""
        del script
        name = given[0]
        if name == "mask":
            self.masked = True
        if name == "snapshot":
            return "<p>masked</p>" if self.masked else None
        return self.masked


class Page:
    """Of one frame."""

    def __init__(self, replaced: int) -> None:
        self.main_frame = Frame(replaced)
        self.frames = [self.main_frame]
        self.pictures = 0

    def on(self, name: str, call: Callable[..., object]) -> None:
        """Nothing happens on it."""

    def is_closed(self) -> bool:
        """It is there."""
        return False

    async def evaluate(self, script: str, given: list[Any]) -> object:
        """In its frame."""
        return await self.main_frame.evaluate(script, given)

    async def send(self, method: str, _: object) -> dict[str, str]:
        """A picture of whatever document is there by then; it is its own camera."""
        assert method == "Page.captureScreenshot"
        self.pictures += 1
        if self.pictures <= self.main_frame.replaced:
            self.main_frame.masked = False
        return {"data": base64.b64encode(f"picture {self.pictures}".encode()).decode()}


async def test_a_picture_of_a_page_that_nobody_has_masked_is_not_kept() -> None:
    """Another one is taken, until a page stays."""
    page: Any = Page(replaced=2)
    assert await Tab(page, page, Reach()).masked(["Ada"]) == (b"picture 3", b"<p>masked</p>")


async def test_nothing_is_kept_of_a_page_that_has_gone() -> None:
    """And that is said."""
    page: Any = Page(replaced=0)

    async def crashed(*_: object) -> dict[str, str]:
        raise Error("Target crashed")

    page.send = crashed
    with pytest.raises(Gone):
        await Tab(page, page, Reach()).masked([])


class Late(Frame):
    """Its document is replaced once, after it was masked."""

    async def evaluate(self, script: str, given: list[Any]) -> object:
        """The second document stays."""
        if given[0] == "mask" and self.replaced:
            self.replaced -= 1
            return None
        return await super().evaluate(script, given)


async def test_a_frame_within_a_page_counts_as_well() -> None:
    """What it shows is in the picture."""
    page: Any = Page(replaced=0)
    page.frames.append(Late(replaced=1))
    assert (await Tab(page, page, Reach()).masked([]))[0] == b"picture 2"


class Answering(Page):
    """Whose document says something of its own in the place of what was asked."""

    def __init__(self, said: object) -> None:
        super().__init__(replaced=0)
        self.main_frame.evaluate = self._said  # type: ignore[method-assign]  # a page's own script
        self.said = said

    async def _said(self, *_: object) -> object:
        return self.said


@pytest.mark.parametrize("said", ["", "{", '{"url": 7}', "null", None, 7, {"url": "x"}])
async def test_a_page_that_answers_for_itself_is_none(said: object) -> None:
    """What it says is not what a person would see of it."""
    page: Any = Answering(said)
    with pytest.raises(Gone, match="answers for itself"):
        await Tab(page, page, Reach()).look([])


async def test_a_page_is_read_as_text() -> None:
    """With all that a parser takes."""
    page: Any = Answering('{"url": "https://a.example/", "headings": ["Zo\\u00eb"]}')
    seen = await Tab(page, page, Reach()).look([])
    assert (seen.url, seen.headings, seen.status) == ("https://a.example/", ("Zoë",), 200)
