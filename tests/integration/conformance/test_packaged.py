"""The packaged connectors pass the kit, and the committed scorecard says what they reach."""

from pathlib import Path

import pytest
from tests.integration.conformance.conftest import FOLDERS, card

from registrar.testing.conformance import scorecard

COMMITTED = Path(__file__).parents[3] / "docs" / "connectors" / "scorecard.md"


@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda one: one.name)
def test_each_packaged_connector_passes(folder: Path) -> None:
    """No check fails."""
    assert [(one.id, one.reason) for one in card(folder).failed] == []


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_scorecard_is_in_sync() -> None:
    """`registrar connectors test --all --scorecard docs/connectors/scorecard.md` writes it."""
    page = scorecard.page([card(one) for one in FOLDERS])
    assert COMMITTED.read_text(encoding="utf-8") == page
