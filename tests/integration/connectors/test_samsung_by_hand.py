"""The guide to Samsung's form, which is another one in each part of the world."""

import pytest

from registrar.connectors.kit.catalogue import PACKAGED
from registrar.connectors.kit.guide import guide
from registrar.connectors.kit.manifest import load
from registrar.domain.guide import Guide
from registrar.testing.conformance import scenarios


def shown(country: str) -> Guide:
    """For a purchase there."""
    records = scenarios.load(PACKAGED / "samsung")
    job = records.varied({"purchase": {"country": country}}).job()
    made = guide(load(PACKAGED / "samsung" / "manifest.yaml"), job)
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("country", "page", "labels"),
    [
        ("US", "samsung.com/us/support/register", {"Text messages with offers"}),
        ("DE", "samsung.com/fi/mypage", {"Date of purchase"}),
        ("BR", "", set()),
    ],
)
def test_each_country_has_its_own_steps(country: str, page: str, labels: set[str]) -> None:
    """Text messages are asked about in one, a receipt in the other, and nothing is guessed."""
    made = shown(country)
    pages = [one.text for one in made.steps if "https://" in one.text]
    asked = {value.label for one in made.steps for value in one.values}
    assert [page in one for one in pages] == [True] * bool(page)
    assert asked == {"Country", "Product", "Model", "Serial number"} | labels
