"""Whatever is typed has an answer, and what is converted comes back."""

import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.domain.identifiers import apple, checks, dell, equipment
from registrar.domain.identifiers.answer import Answer
from registrar.domain.identifiers.registry import RULES, inspect

TODAY = date(2026, 11, 25)
CAPITALS = string.digits + string.ascii_uppercase
rules = st.sampled_from(sorted(RULES))
days = st.dates(date(1970, 1, 1), date(2100, 12, 31))
printed = st.one_of(
    st.text(string.ascii_letters + string.digits + " -/.#\u2013\uff11\u0663", max_size=22),
    st.from_regex(r"[A-Z0-9]{4,22}", fullmatch=True),
)
"""What stands on labels."""
typed = st.one_of(st.text(max_size=30), printed)
"""What stands in forms."""


def ask(manufacturer: str, kind: str, value: str) -> Answer:
    """On a fixed day."""
    return inspect(manufacturer, kind, value, today=TODAY)


@given(rules, typed, days)
def test_no_text_is_an_exception(rule: tuple[str, str], value: str, today: date) -> None:
    """And every candidate has a rule, a week or a month, and is believed in part and not ahead."""
    found = inspect(*rule, value, today=today)
    assert sum(one.confidence for one in found.candidates) <= 1
    for one in found.candidates:
        assert 0 < one.confidence < 1
        assert one.rule
        assert (one.week is None) is not (one.month is None)
        assert date(one.year, one.month or 1, 1) <= today


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=300))
def test_no_manufacturer_and_no_kind_is_an_exception(maker: str, kind: str, value: str) -> None:
    """Unknown ones have an answer too."""
    assert inspect(maker, kind, value, today=TODAY).valid in {True, False, None}


@given(rules, printed)
def test_what_was_normalized_is_normal(rule: tuple[str, str], value: str) -> None:
    """Asking again with the answer changes nothing of it."""
    once = ask(*rule, value).normalized
    assert ask(*rule, once).normalized == once


@given(rules, typed)
def test_blanks_around_do_not_count(rule: tuple[str, str], value: str) -> None:
    """Nor what cannot be seen."""
    assert ask(*rule, f"\u00a0{value}\u200b ") == ask(*rule, value)


@given(st.text(CAPITALS, min_size=7, max_size=7).filter(lambda tag: len(tag.lstrip("0")) > 4))
def test_a_service_tag_comes_back_from_its_code(tag: str) -> None:
    """Leading zeros are padded to 7."""
    code = dell.express_code(tag)
    assert ask("dell", "express_service_code", code).derived["service_tag"] == tag


@given(st.text(CAPITALS, min_size=5, max_size=7).filter(lambda tag: tag[0] != "0"))
def test_a_short_service_tag_comes_back_from_its_code(tag: str) -> None:
    """Of 5 to 7 characters, as old machines have them."""
    found = ask("dell", "express_service_code", dell.express_code(tag))
    assert found.derived.get("service_tag_short", found.derived["service_tag"]) == tag
    assert found.derived["service_tag"] == tag.zfill(7)


@given(st.text("0123456789ABCDEF", min_size=14, max_size=14).filter(lambda one: len(set(one)) > 1))
def test_a_meid_comes_back_from_its_decimal_form(meid: str) -> None:
    """With and without the check digit of either base."""
    found = ask("", "meid", meid)
    number = found.derived["decimal"]
    for same in (
        meid + found.derived["check_digit"],
        number,
        number + equipment.luhn_digit(number),
    ):
        again = ask("", "meid", same)
        assert (again.valid, again.normalized, again.derived) == (True, meid, found.derived)


@given(st.text(string.digits, min_size=14, max_size=14).filter(lambda one: len(set(one)) > 1))
def test_one_digit_completes_an_imei(body: str) -> None:
    """The one that is derived from the 14 digits, and from an IMEISV of them."""
    whole = ask("", "imei", body).derived["imei"]
    assert ask("", "imeisv", body + "01").derived["imei"] == whole
    assert [digit for digit in string.digits if checks.imei(body + digit)] == [whole[-1]]


@pytest.mark.parametrize("length", sorted(checks.GTIN_LENGTHS))
@given(data=st.data())
def test_one_digit_completes_a_gtin(length: int, data: st.DataObject) -> None:
    """And padding to 14 changes nothing: an ISBN is the same number."""
    body = data.draw(st.text(string.digits, min_size=length - 1, max_size=length - 1))
    right = [digit for digit in string.digits if checks.gtin(body + digit)]
    assert right == [checks.gtin_digit(body)]
    assert checks.gtin((body + right[0]).zfill(14))


@given(st.from_regex(r"[A-Z]{3}[0-9]{10}", fullmatch=True))
def test_one_digit_completes_a_switch(bare: str) -> None:
    """Any other is refused."""
    right = [one for one in string.digits if ask("nintendo", "serial", bare + one).valid]
    assert right == [ask("nintendo", "serial", bare).derived["serial"][-1]]


@given(st.text(apple.BASE_34, min_size=16, max_size=16).filter(lambda one: "XXXXX" not in one))
def test_one_character_completes_a_board_serial(body: str) -> None:
    """The last has weight 1, so exactly one of the 34 makes the checksum 0."""
    right = [one for one in apple.BASE_34 if apple.checksum(body + one) == 0]
    assert len(right) == 1
    value = body + right[0]
    assert ask("apple", "mlb", value).valid is (len(set(value)) > 1)
