"""The packaged connectors pass the kit, and the committed scorecard says what they reach."""

from pathlib import Path

import pytest
from tests.integration.conformance.conftest import FOLDERS, card

from registrar.testing.conformance import kept, scorecard
from registrar.testing.conformance.checks import TRIED
from registrar.testing.conformance.report import Status

COMMITTED = Path(__file__).parents[3] / "docs" / "connectors" / "scorecard.md"


@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda one: one.name)
def test_each_packaged_connector_passes(folder: Path) -> None:
    """No check fails."""
    assert [(one.id, one.reason) for one in card(folder).failed] == []


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_scorecard_is_in_sync() -> None:
    """`registrar connectors test --all --forms --scorecard docs/connectors/scorecard.md` writes it.

    What it says of forms is taken from it, as long as they are the ones that were tried.
    """
    text = COMMITTED.read_text(encoding="utf-8")
    cards = kept.over([card(one) for one in FOLDERS], kept.read(text), TRIED)
    assert text == scorecard.page(cards)


def test_every_form_that_was_tried_has_passed() -> None:
    """A changed form, looking, kills, canaries: 19 to 22 passed, and no check of it failed.

    Not each has to be tried: that takes minutes, and the page says where it was not.
    """
    page = kept.read(COMMITTED.read_text(encoding="utf-8"))
    own = {(name, check): page.results[name, check][0] for name in page.marks for check in TRIED}
    passed = {(name, check): own[name, check] for name in page.marks for check in range(19, 23)}
    assert set(passed.values()) == {Status.PASSED}
    assert Status.FAILED not in own.values()
