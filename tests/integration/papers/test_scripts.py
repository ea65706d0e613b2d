"""Names as the world writes them: shown whole, or said not to be shown; never as boxes."""

import io
from collections.abc import Callable

import pypdfium2
import pytest

from registrar.connectors.kit.paper.papers import TypstPapers
from registrar.connectors.kit.paper.press import Press
from registrar.domain.paper import Paper
from registrar.testing.papers_suite import GUIDE, subject

Read = Callable[[Paper], str]

SHOWN = {
    "latin": "Đặng Łukasz Ağaoğlu Þórður Ő",
    "greek": "Νίκος Παπαδόπουλος",
    "cyrillic": "Їжакевич Ђорђе",
    "arabic": "غسالة",
    "hebrew": "מכונה",
    "chinese": "洗衣机 洗衣機",
    "japanese": "ドラム式洗濯機 ひらがな",
    "korean": "세탁기 드럼",
    "devanagari": "कमल",
    "thai": "เครื่อง",
}
NOT_SHOWN = {
    "tamil": "சலவை",
    "tifinagh": "ⴰⵎⴰⵣⵉⵖ",
    "emoji": "Drill 😀",
    "control": "a\u200eb\ue000c",
}
NOTICE = "This page cannot show the script of this entry."


@pytest.mark.parametrize("script", SHOWN)
async def test_a_name_in_this_script_is_shown(press: Press, read: Read, script: str) -> None:
    """All its letters are in the text that a reader copies."""
    paper = await TypstPapers(press).guide(subject(SHOWN[script]), GUIDE, "en")
    text = read(paper)
    assert NOTICE not in text
    assert set(SHOWN[script]) - set(text) == set()


@pytest.mark.parametrize("script", NOT_SHOWN)
async def test_a_name_without_glyphs_is_not_shown_as_boxes(
    press: Press, read: Read, script: str
) -> None:
    """It is said that it cannot be shown; the title names the product otherwise."""
    text = read(await TypstPapers(press).guide(subject(NOT_SHOWN[script]), GUIDE, "en"))
    assert NOTICE in text
    assert NOT_SHOWN[script] not in text
    assert text.startswith("Register your SN-0001 with Hämmer & Söhne")


async def test_a_long_name_stays_within_the_page(press: Press) -> None:
    """It breaks where it must, and nothing is added to what is copied."""
    paper = await TypstPapers(press).guide(subject("Wasch" * 50), GUIDE, "en")
    with pypdfium2.PdfDocument(io.BytesIO(paper.content)) as document:
        for page in document:
            text = page.get_textpage()
            rights = [text.get_charbox(index)[2] for index in range(text.count_chars())]
            assert max(rights) < page.get_width() - 40
            assert "\u200b" not in text.get_text_bounded()
