"""What a person is told of a Dell."""

import pytest
from tests.unit.connectors.test_conditions_of_records import guided

from registrar.connectors.kit.catalogue import PACKAGED


@pytest.mark.parametrize(
    ("channel", "told", "untold"),
    [
        ("direct", "sold is registered to its buyer", "assets-transfer"),
        ("retail", "www.dell.com/register", "assets-transfer"),
        ("marketplace", "www.dell.com/support/assets-transfer", "dell.com/register"),
        ("used", "postal code of the owner before", "dell.com/register"),
    ],
)
def test_dells_guide_goes_by_the_channel(channel: str, told: str, untold: str) -> None:
    """A transfer is no registration, and what Dell sold needs neither."""
    text = " ".join(one.text for one in guided(PACKAGED / "dell", channel).steps)
    assert (told in text, untold in text) == (True, False)


@pytest.mark.parametrize("serial", ["JQ4M8N2", "jq4m8n2", "42938741054"])
def test_dells_guide_shows_both_forms_of_the_tag(serial: str) -> None:
    """Whichever was given: one is the other in base 10."""
    first = guided(PACKAGED / "dell", "retail", serial).steps[0]
    assert {one.label: one.value for one in first.values} == {
        "Service Tag": "JQ4M8N2",
        "Express Service Code": "42938741054",
    }
