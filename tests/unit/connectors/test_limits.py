"""Length and characters: accents may go, meaning may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.connectors.kit.limits import Limits, transliterated


@pytest.mark.parametrize(
    ("value", "charset", "expected"),
    [
        ("Zoë Dvořák", "ascii", "Zoe Dvorak"),
        ("Zoë Dvořák", "latin1", "Zoë Dvorák"),
        ("e\u0301", "latin1", "é"),
        ("q\u0301", "ascii", "q"),
        ("ế", "latin1", "e"),
    ],
)
def test_accents_are_left_out_where_they_cannot_be_written(
    value: str, charset: str, expected: str
) -> None:
    """And only there."""
    assert transliterated(value, charset) == expected


@pytest.mark.parametrize(
    "value", ["Łoś", "Straße", "Анна", "愛", "5 ≠ 6", "1\u0301", "\u0301", "½"]
)
def test_what_is_more_than_an_accent_is_refused(value: str) -> None:
    """≠ without its stroke says the opposite."""
    with pytest.raises(ValueError, match="not in ascii"):
        Limits(charset="ascii").fitted(value)


@given(st.text(max_size=20), st.sampled_from(["ascii", "latin1"]))
def test_what_is_made_can_be_written(value: str, charset: str) -> None:
    """And what could be written before stays as it is."""
    try:
        made = transliterated(value, charset)
    except ValueError:
        return
    made.encode(charset)
    assert transliterated(made, charset) == made


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(11, "cut"), "Long Street"),
        (Limits(7, "cut"), "Long St"),
        (Limits(5, "cut"), "Long"),
        (Limits(7, "word"), "Long"),
        (Limits(11, "word"), "Long Street"),
        (Limits(99, "word"), "Long Street 12"),
        (Limits(), "Long Street 12"),
    ],
)
def test_a_long_text_is_cut_as_said(limits: Limits, expected: str) -> None:
    """At most so long, no blank at the end."""
    assert limits.fitted("Long Street 12") == expected


@pytest.mark.parametrize(
    ("limits", "said"),
    [(Limits(3), "is longer than 3"), (Limits(3, "word"), "has a word longer than 3")],
)
def test_what_may_not_be_cut_is_refused(limits: Limits, said: str) -> None:
    """Half a word is none."""
    with pytest.raises(ValueError, match=said):
        limits.fitted("Street 12")


def test_a_cut_leaves_no_letter_without_its_accent() -> None:
    """It would be another letter."""
    assert Limits(2, "cut").fitted("aq\u0301x") == "a"


def test_every_item_of_a_list_fits_and_a_flag_always_does() -> None:
    """Lines are limited one by one."""
    assert Limits(2, "cut").fitted(["abc", "d"]) == ["ab", "d"]
    assert Limits(1).fitted(True) is True  # noqa: FBT003 - the value itself
