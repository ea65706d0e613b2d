"""A real press, and the twin that prints data; what a reader sees of either."""

import io
from collections.abc import AsyncIterator, Callable

import pypdfium2
import pytest

from registrar.connectors.kit.paper.papers import TypstPapers
from registrar.connectors.kit.paper.press import Press
from registrar.domain.paper import PDF, Paper
from registrar.ports.papers import Papers
from registrar.testing.papers import SheetPapers


def seen(paper: Paper) -> str:
    """The text, in the order in which it stands, with single blanks."""
    if paper.media_type != PDF:
        return paper.content.decode()
    with pypdfium2.PdfDocument(io.BytesIO(paper.content)) as document:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    return " ".join(" ".join(pages).split())


@pytest.fixture
def read() -> Callable[[Paper], str]:
    """Of either kind."""
    return seen


@pytest.fixture
async def press() -> AsyncIterator[Press]:
    """One child, started when it is needed."""
    made = Press()
    yield made
    await made.close()


@pytest.fixture(params=["typst", "data"])
def papers(request: pytest.FixtureRequest, press: Press) -> Papers:
    """Of either kind."""
    return TypstPapers(press) if request.param == "typst" else SheetPapers()
