"""Check digits, fillers and look-alikes, on published examples."""

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.domain.identifiers import checks, plausible

PUBLISHED = Path(__file__).parents[3] / "fixtures" / "identifiers.csv"


def published(kind: str) -> list[tuple[str, bool]]:
    """Values of a kind that the source calls right or wrong."""
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == kind]
    return [
        (row["value"], row["valid"] == "true") for row in rows if row["valid"] in {"true", "false"}
    ]


@pytest.mark.parametrize(("value", "valid"), published("imei"))
def test_imeis_are_told_apart_as_published(value: str, *, valid: bool) -> None:
    """Fifteen digits and the Luhn digit."""
    filler = plausible.is_filler(value)
    assert (checks.imei(value) and not filler) is valid


@pytest.mark.parametrize(("value", "valid"), published("gtin"))
def test_gtins_are_told_apart_as_published(value: str, *, valid: bool) -> None:
    """By the check digit of GS1."""
    assert checks.gtin(value) is valid


@pytest.mark.parametrize("value", ["49015420323751X", "ABCDEFGHIJKLMNO", "٤٩٠١٥٤٢٠٣٢٣٧٥١٨"])
def test_an_imei_is_of_ascii_figures(value: str) -> None:
    """Of the right length, and yet without a check digit."""
    assert not checks.imei(value)


@pytest.mark.parametrize("value", ["ABCDEFGH", "4006381333930X", "٩٦٣٨٥٠٧٤"])
def test_a_gtin_is_of_ascii_figures(value: str) -> None:
    """Of the right length, and yet without a check digit."""
    assert not checks.gtin(value)


@given(st.integers(0, 10**14 - 1))
def test_one_digit_completes_an_imei(number: int) -> None:
    """Exactly one."""
    assert sum(checks.imei(f"{number:014d}{digit}") for digit in range(10)) == 1


@given(st.text(max_size=30))
def test_no_text_is_an_exception(text: str) -> None:
    """Whatever is typed."""
    checks.imei(text)
    checks.gtin(text)
    plausible.is_filler(text)
    plausible.look_alike(text, lambda value: bool(re.fullmatch(r"[0-9]+", value)))


@pytest.mark.parametrize(
    "value",
    [
        "0000000",
        "xxxxxxx",
        "XXXX1",
        "1234567890",
        "0123456789",
        "unknown",
        "N/A",
        "See label",
        "aaaa",
    ],
)
def test_fillers_are_known(value: str) -> None:
    """What people type to get past a field."""
    assert plausible.is_filler(value)


@pytest.mark.parametrize("value", ["", "AC26XY000001", "123A456", "C02XK0ABJGH5", "1234"])
def test_serials_are_no_fillers(value: str) -> None:
    """Not every run of digits is one."""
    assert not plausible.is_filler(value)


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("AC2OXY123456", "A letter O may be a figure 0"),
        ("AC26XY12345I", "A letter I may be a figure 1"),
        ("AC26X8123456", "A figure 8 may be a letter B"),
        ("AC2OXY12345I", "A letter O may be a figure 0"),
        ("ZZ26XY123456", ""),
    ],
)
def test_look_alikes_are_named(typed: str, hint: str) -> None:
    """Only where swapping them makes it right."""

    def accepted(value: str) -> bool:
        return bool(re.fullmatch("AC[0-9]{2}[A-Z]{2}[0-9]{6}", value))

    assert plausible.look_alike(typed, accepted).startswith(hint)
    assert bool(plausible.look_alike(typed, accepted)) is bool(hint)
