"""All published examples: what each row says of itself, against what the rules answer."""

import csv
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from registrar.domain.identifiers import apple, checks, dell, equipment
from registrar.domain.identifiers.answer import Answer
from registrar.domain.identifiers.registry import inspect
from registrar.domain.identifiers.writing import cleaned, plain

Row = dict[str, str]
Check = Callable[[re.Match[str], Row, Answer], bool]

PUBLISHED = Path(__file__).parents[3] / "fixtures" / "identifiers.csv"
TODAY = date(2026, 11, 25)
VALID = {"true": True, "false": False}
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "Aug", "Sep", "October"]

KEYS = (
    "tac|vib|index|unit|check|model|line|machine_type|shift|factory|day"
    "|service_tag|express_service_code"
)

NOT_VALID_BY_ITSELF = {
    "24382049408": "False is the pair: as a code alone it converts to another legal service tag.",
}
"""Values whose `valid` no rule can find; everything else of the row is compared."""

UNCOMPARED = (
    (r"model_id=.*", "the products of Apple are a table that Apple does not publish"),
    (r"basis=.*|part=.*|positions=.*", "says where it comes from, not what it decodes to"),
    (r"matNumber=\d+", "another number on the plate, no function of this one"),
    (r"source caption says April 2018 \(conflict\)", "the source contradicts its own table"),
    (r"paired .*", "another number of the same product"),
    (r"note=(?!leading zero|placeholder, all digits|length and alphabet).*", "a remark"),
    (
        r"(documentation example|test value|placeholder|all zeros.*|printed on the box.*)",
        "a remark",
    ),
    (r"(service part number|dryer model|stand mixer model|phone model code).*", "names the kind"),
    (
        r"(model-style|model with|model-variant|masked|firmware|trackers|Wi-Fi-only|part label).*",
        "names the kind",
    ),
)
"""Parts of `decoded` that say nothing about this value that could be computed from it."""


def rows() -> list[Row]:
    """The file."""
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def answer(row: Row) -> Answer:
    """Of the rules, on a fixed day."""
    asked = row["manufacturer"], row["kind"], row["value"]
    return inspect(*asked, today=TODAY, brand=row["brand"])


def years_of(found: Answer) -> set[int]:
    """Of all candidates."""
    return {one.year for one in found.candidates}


def named(years: str, found: Answer) -> bool:
    """Every year that the row names is a candidate."""
    return {int(one) for one in years.split("|")} <= years_of(found)


def derived(key: str, value: str, found: Answer) -> bool:
    """As the row says, leading zeros aside."""
    return found.derived[key].lstrip("0") == value.lstrip("0")


def luhn(said: str, row: Row) -> bool:
    """The last digit is right or wrong, as the row says."""
    digits = plain(row["value"])
    return (equipment.luhn_digit(digits[:-1]) == digits[-1]) is (said == "ok")


def third_table(match: re.Match[str], found: Answer) -> bool:
    """The candidate of the table that disagrees is there, and so are the others."""
    month = MONTHS.index(match[1]) + 1
    mine = {(one.year, one.month) for one in found.candidates}
    return (int(match[2]), month) in mine and len(mine) > 1


def year_is_told(year: str, found: Answer) -> bool:
    """Among the candidates; in a hint where there is no week and so no date."""
    return named(year, found) or any(year in hint for hint in found.hints)


def month_is(number: int, found: Answer) -> bool:
    """Of every candidate."""
    return {one.month for one in found.candidates} == {number}


CHECKS: tuple[tuple[str, Check], ...] = (
    (r"(?:rule: )?year=([\d|]+)(?:, .*)?", lambda m, _, a: year_is_told(m[1], a)),
    (
        r"published as the code of (\w+) but .*",
        lambda m, row, _: dell.express_code(m[1]) != row["value"],
    ),
    (r"year digit=\d \((\d{4})\)", lambda m, _, a: named(m[1], a)),
    (r"year digit=\d -> ([\d|]+)(?:, .*)?", lambda m, _, a: named(m[1], a)),
    (r"year letter [A-Z]=(\d{4})", lambda m, _, a: named(m[1], a)),
    (r".* -> candidates ([\d|]+)", lambda m, _, a: named(m[1], a)),
    (r"year digit=(\d)", lambda m, _, a: {one % 10 for one in years_of(a)} == {int(m[1])}),
    (r"week=(\d+)(?: \(.*)?", lambda m, _, a: {one.week for one in a.candidates} == {int(m[1])}),
    (r"week=undecodable .*", lambda _m, _, a: a.candidates == () and a.valid is True),
    (r"note=length and alphabet fit.*", lambda _m, _, a: a.candidates == () and a.valid is True),
    (r"(?:rule: )?month=(\d+)", lambda m, _, a: month_is(int(m[1]), a)),
    (r".*positions 8,9 hold T,A = (\w+) of T year.*",
     lambda m, _, a: month_is(MONTHS.index(m[1]) + 1, a)),
    (r"source says [A-Z]5=(May) (2018)",
     lambda m, _, a: third_table(m, a)),
    (r".*third table \(A=(January), K=(2019)\).*", lambda m, _, a: third_table(m, a)),
    (r"luhn=(ok|bad)", lambda m, row, _: luhn(m[1], row)),
    (r"fails Luhn", lambda _m, row, _: luhn("bad", row)),
    (r"mod-10 ok", lambda _m, row, _: checks.gtin(row["value"])),
    (r"check digit=(\d) ok", lambda m, row, a: derived("check_digit", m[1], a)
     and row["value"].endswith(m[1])),
    (r"weighted mod-34 checksum not 0 .*", lambda _m, row, _: apple.checksum(row["value"]) > 0),
    (rf"({KEYS})=(\w+)(?: \(.*)?", lambda m, _, a: derived(m[1], m[2], a)),
    (r".*it really decodes to (\w+)", lambda m, _, a: derived("service_tag", m[1], a)),
    (r"decodes to 8 characters.*", lambda _m, row, _: len(dell.tag_of(int(row["value"]))) == 8),
    (r"note=leading zero lost.*", lambda _m, row, a: dell.tag_of(
        int(a.derived["express_service_code"])).zfill(7) == row["value"]),
    (r"note=placeholder, all digits is still a legal tag", lambda _m, _, a: a.valid is True),
    (r"18-digit decimal form of (\w+)", lambda m, _, a: derived("hex", m[1], a)),
    (r"hex, no check digit", lambda _m, row, a: derived("hex", row["value"], a)),
    (r"G is not hex", lambda _m, row, _: "G" in row["value"]),
    (r"decimal part overflows 32 bits", lambda _m, row, _: int(row["value"][:10]) >= 2**32),
    (r"16 digits(?:, no check digit| = IMEISV.*)", lambda _m, _, a: len(a.normalized) == 16
     and a.derived["imei"].startswith(a.derived["tac"])),
    (r"hex sequence -> decimal (\d+) in the SNID", lambda m, _, a: a.derived["snid_part"] == m[1]),
    (r"(\d+)(?: chars|-char| letters| digits zero padded).*",
     lambda m, _, a: len(a.normalized) == int(m[1])),
    (r"two letters first", lambda _m, row, _: row["value"][:2].isalpha()),
    (r"# \+ region option", lambda _m, row, a: row["value"].endswith("#" + a.derived["region"])),
    (r"plant=(\w)", lambda m, _, a: a.normalized.startswith(m[1])),
    (r"model-region-unit", lambda _m, row, a: row["value"] == "-".join(a.derived.values())),
    (r".*case must be kept", lambda _m, row, a: a.normalized == row["value"]),
    (r"normalise=strip hyphens", lambda _m, row, a: a.normalized == row["value"].replace("-", "")),
    (r".*layout LNNNNNN YWWFF.*", lambda _m, _, a: len(a.derived["line"] + a.derived["unit"]) == 7),
    (r"source counts date from the right", lambda _m, _, a: bool(a.candidates)),
    (r"12 chars so a length-only check would wrongly pass it", lambda _m, _, a: a.valid is False),
)  # fmt: skip


def parts(decoded: str) -> list[str]:
    """What a row says, each for itself."""
    marked = re.sub(r", (?=two letters first)", "; ", decoded)
    return [one.strip() for one in marked.split(";") if one.strip()]


def test_the_file_is_all_there() -> None:
    """A hundred and six examples."""
    assert len(rows()) == 106


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['kind']}-{row['value']}")
def test_a_published_example_is_right_or_wrong_as_the_source_says(row: Row) -> None:
    """And no row says that it cannot be told."""
    if row["value"] in NOT_VALID_BY_ITSELF:
        assert answer(row).valid is True
    else:
        assert answer(row).valid is VALID[row["valid"]]


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['kind']}-{row['value']}")
def test_a_published_example_decodes_to_what_the_source_says(row: Row) -> None:
    """Each part of `decoded` holds, or is listed with the reason why it says nothing."""
    found = answer(row)
    for part in parts(row["decoded"]):
        if any(re.fullmatch(pattern, part) for pattern, _ in UNCOMPARED):
            continue
        read = [
            (match, check) for pattern, check in CHECKS if (match := re.fullmatch(pattern, part))
        ]
        assert read, f"nobody reads {part!r}"
        for match, check in read:
            assert check(match, row, found), (part, found)


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['kind']}-{row['value']}")
def test_a_published_example_reads_the_same_however_it_is_typed(row: Row) -> None:
    """Blanks around, full width, another dash, the label's word before it, the brand's case."""
    wide = "".join(chr(ord(one) + 0xFEE0) if one.isdigit() else one for one in row["value"])
    for value in (f"  {row['value']}\u200b", wide, row["value"].replace("-", "\u2013")):
        maker = row["manufacturer"].upper()
        again = inspect(maker, row["kind"], value, today=TODAY, brand=row["brand"].lower())
        assert again == answer(row)
    assert cleaned(f"S/N: {row['value']}") == cleaned(row["value"])
