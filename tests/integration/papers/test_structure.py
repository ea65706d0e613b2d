"""A guide for those who do not see it: tags, languages, title, order."""

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pikepdf
import pytest

from registrar.connectors.kit.paper.papers import TypstPapers
from registrar.connectors.kit.paper.press import Press
from registrar.domain.language import SPOKEN
from registrar.domain.paper import Basis, Paper, Proof
from registrar.testing.papers_suite import GUIDE, NOW, subject

Node = Any  # pikepdf's objects are of one type


def opened(paper: Paper) -> pikepdf.Pdf:
    """The document."""
    return pikepdf.open(io.BytesIO(paper.content))


def elements(node: Node) -> Iterator[Node]:
    """Structure elements in reading order, whole trees before the next one."""
    children = node.get("/K", [])
    children = children if isinstance(children, pikepdf.Array) else [children]
    for child in children:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
            yield from elements(child)


def tags(document: pikepdf.Pdf) -> list[str]:
    """Their kinds."""
    return [str(one.S) for one in elements(document.Root.StructTreeRoot)]


def spoken(document: pikepdf.Pdf) -> set[str]:
    """Languages other than the document's."""
    return {str(one.Lang) for one in elements(document.Root.StructTreeRoot) if "/Lang" in one}


@pytest.mark.parametrize("language", SPOKEN)
async def test_a_guide_says_that_it_is_accessible(press: Press, language: str) -> None:
    """PDF/UA-1 by its own word, tagged, in a language, with a title that is shown."""
    document = opened(await TypstPapers(press).guide(subject(), GUIDE, language))
    root = document.Root
    with document.open_metadata() as about:
        assert about["pdfuaid:part"] == "1"
        assert about["dc:title"] == str(document.docinfo["/Title"])
    assert "Hämmer & Söhne" in str(document.docinfo["/Title"])
    assert (str(root.Lang), bool(root.MarkInfo.Marked)) == (language, True)
    assert bool(root.ViewerPreferences.DisplayDocTitle)
    assert all(page.get("/Tabs") == "/S" for page in document.pages if "/Annots" in page)


async def test_the_reading_order_is_that_of_the_steps(press: Press, read: Any) -> None:  # noqa: ANN401 - a function
    """A title, headings, and one list item a step; the text follows."""
    paper = await TypstPapers(press).guide(subject(), GUIDE, "en")
    found = tags(opened(paper))
    assert found.count("/Title") == 1
    assert {"/H1", "/L", "/LI", "/LBody", "/Link", "/Figure"} <= set(found)
    assert found.index("/Title") < found.index("/H1") < found.index("/LI")
    text = read(paper)
    order = [text.index(step.text) for step in GUIDE.steps]
    assert order == sorted(order)
    assert text.index("Serial number SN-0001") < text.index(GUIDE.steps[2].text)


async def test_the_code_is_described_and_the_link_can_be_followed(press: Press) -> None:
    """Neither is an image or a colour alone."""
    document = opened(await TypstPapers(press).guide(subject(), GUIDE, "en"))
    figures = [one for one in elements(document.Root.StructTreeRoot) if one.S == "/Figure"]
    assert [str(one.A.get("/Alt", "")) if "/A" in one else "" for one in figures] or figures
    assert [str(one.get("/Alt")) for one in figures] == [f"QR code that opens {GUIDE.link}"]
    links = [note for page in document.pages for note in page.get("/Annots", [])]
    assert {str(one.A.URI) for one in links} == {GUIDE.link}


async def test_steps_in_english_are_marked_as_such(press: Press, read: Any) -> None:  # noqa: ANN401 - a function
    """For a voice that reads them, and for eyes."""
    paper = await TypstPapers(press).guide(subject(), GUIDE, "de")
    assert "en" in spoken(opened(paper))
    assert "Diese Schritte sind auf Englisch" in read(paper)
    steps = tuple(replace(one, language="de") for one in GUIDE.steps)
    translated = replace(GUIDE, steps=steps, notes=(), proof=None)
    paper = await TypstPapers(press).guide(subject(), translated, "de")
    assert "en" not in spoken(opened(paper))
    assert "Diese Schritte sind auf Englisch" not in read(paper)


async def test_a_proof_is_accessible_too(press: Press) -> None:
    """By the same frame."""
    paper = await TypstPapers(press).proof(subject(), Proof(NOW, Basis.PERSON), "fr")
    document = opened(paper)
    with document.open_metadata() as about:
        assert about["pdfuaid:part"] == "1"
    assert str(document.Root.Lang) == "fr"
    assert tags(document).count("/Title") == 1
