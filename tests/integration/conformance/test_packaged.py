"""The packaged connectors pass the kit, and the committed scorecard says what they reach."""

import re
from pathlib import Path

import pytest
from tests.integration.conformance.conftest import FOLDERS, card

from registrar.testing.conformance import kept, scorecard
from registrar.testing.conformance.checks import ALL, TRIED
from registrar.testing.conformance.report import Card, Result, Status

COMMITTED = Path(__file__).parents[3] / "docs" / "connectors" / "scorecard.md"
TEXT = COMMITTED.read_text(encoding="utf-8")
PAGE = kept.read(TEXT)


@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda one: one.name)
def test_each_packaged_connector_passes_as_the_scorecard_says(folder: Path) -> None:
    """`registrar connectors test --all --forms --scorecard docs/connectors/scorecard.md` writes it.

    What it says of forms is taken from it, as long as they are the ones that were tried.
    """
    (found,) = kept.over([card(folder)], PAGE, TRIED)
    assert [(one.id, one.reason) for one in found.failed] == []
    assert {(found.manufacturer, one.id): (one.status, one.reason) for one in found.results} == {
        key: said for key, said in PAGE.results.items() if key[0] == found.manufacturer
    }
    assert row_of(found) in TEXT.splitlines()


def row_of(found: Card) -> str:
    """Version, grade and shares."""
    lines = scorecard.page([found]).splitlines()
    return next(one for one in lines if one.startswith(f"| {found.manufacturer} |"))


def test_the_scorecard_is_nothing_but_its_results() -> None:
    """Of the manufacturers that there are: grades and reasons follow from them."""
    rows = re.findall(r"^\| ([a-z]+) \| ([0-9]+) \|", TEXT, re.MULTILINE)
    assert [name for name, _ in rows] == [folder.name for folder in FOLDERS]
    cards = [
        Card(
            name,
            version,
            tuple(Result(one.id, one.name, *PAGE.results[name, one.id]) for one in ALL),
            form=PAGE.marks.get(name, ""),
            tried=name in PAGE.marks,
        )
        for name, version in rows
    ]
    assert scorecard.page(cards) == TEXT


def test_every_form_that_was_tried_has_passed() -> None:
    """A changed form, looking, kills, canaries: 19 to 22 passed, and no check of it failed.

    Not each has to be tried: that takes minutes, and the page says where it was not.
    """
    own = {(name, check): PAGE.results[name, check][0] for name in PAGE.marks for check in TRIED}
    passed = {(name, check): own[name, check] for name in PAGE.marks for check in range(19, 23)}
    assert set(passed.values()) == {Status.PASSED}
    assert Status.FAILED not in own.values()
