"""What a person is told of an HP: the windows of its promotions, by the country of the purchase."""

from datetime import date

import pytest

from registrar.connectors.kit.catalogue import PACKAGED
from registrar.connectors.kit.guide import guide
from registrar.connectors.kit.manifest import load
from registrar.domain.customer import Customer
from registrar.domain.guide import Guide
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase
from registrar.domain.submission import Submission
from registrar.ports.connector import Job


def _guided(country: str) -> Guide:
    submission = Submission(
        Customer("Ada", "King", "ada@example.com", phone="+919876543210"),
        Product("5CD2022D9Q"),
        Purchase(date(2026, 10, 1), country),
    )
    made = guide(load(PACKAGED / "hp" / "manifest.yaml"), Job("reg_1", "reg_1", "HP", submission))
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("country", "by", "purpose", "of"),
    [
        ("DE", date(2026, 11, 30), "extension", "printers"),
        ("IN", date(2026, 10, 31), "extension", "notebooks"),
        ("US", None, "", ""),
    ],
)
def test_a_window_is_told_with_its_products(
    country: str, by: date | None, purpose: str, of: str
) -> None:
    """Sixty days of printers in the EU, thirty of notebooks in India, elsewhere none is known."""
    made = _guided(country)
    assert (made.register_by, made.register_for) == (by, purpose)
    assert of in " ".join(made.notes)


@pytest.mark.parametrize(("country", "steps"), [("US", 3), ("DE", 4), ("IN", 5)])
def test_a_promotion_is_told_where_there_is_one(country: str, steps: int) -> None:
    """The others are not bothered with it."""
    made = _guided(country)
    assert (len(made.steps), made.link) == (steps, "https://register.hp.com/")


def test_india_asks_for_a_number_of_its_own_form() -> None:
    """Its digits, as one dials them within the country."""
    values = [one for step in _guided("IN").steps for one in step.values]
    numbers = [one.value for one in values if one.label == "Mobile number"]
    assert numbers == ["09876543210"]
