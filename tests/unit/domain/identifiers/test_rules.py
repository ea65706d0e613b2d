"""The rules on real examples beyond the published file, and where they must keep silent."""

from datetime import date

import pytest

from registrar.domain.identifiers import makers
from registrar.domain.identifiers.answer import Answer
from registrar.domain.identifiers.registry import RULES, inspect

TODAY = date(2026, 11, 25)


def ask(manufacturer: str, kind: str, value: str, today: date = TODAY) -> Answer:
    """On a fixed day."""
    return inspect(manufacturer, kind, value, today=today)


def dated(found: Answer) -> set[tuple[int, int | None]]:
    """Years with their month or week."""
    return {(one.year, one.month or one.week) for one in found.candidates}


@pytest.mark.parametrize(
    ("manufacturer", "kind", "value", "valid"),
    [
        ("Apple", "IMEI", "35-209900-176148-1", True),
        ("acme", "imei2", "350077-52-323751-3", True),
        ("", "imei", "3541780368597", False),
        ("", "imei", "35417803685978X", False),
        ("", "imeisv", "35-209900-176148-23", True),
        ("", "imeisv", "35209900176148", False),
        ("", "meid", "AF 01 23 45 0A BC DE C", True),
        ("", "meid", "AF 01 23 45 0A BC DE D", False),
        ("", "meid", "29360 87365 0070 3710 0", True),
        ("", "meid", "29360 87365 0070 3710 1", False),
        ("", "meid", "29360 87365 9999 9999", False),
        ("", "meid", "35-209900-176148-1", True),
        ("", "meid", "35-209900-176148-2", False),
        ("", "ean", "4006381333931", True),
        ("", "upc", "036000291452", True),
        ("", "gtin", "96385074", True),
        ("", "gtin", "9780306406158", False),
        ("", "gtin", "978030640615", False),
        ("", "gtin", "97803064061", False),
        ("Nintendo", "serial", "CW404567772", True),
        ("Nintendo", "serial", "CW404567773", None),
        ("Nintendo", "serial", "XAW10075273451", False),
        ("Nintendo", "serial", "XAWF10075273452", True),
        ("Nintendo", "serial", "XAW1007527345", None),
        ("Nintendo", "serial", "10075273452", False),
        ("Dell", "serial", "jq4m8n2", True),
        ("Dell", "service_tag", "ABCD", False),
        ("Dell", "service_tag", "CN-0ABCDE-12345-ABC-1234-A00", False),
        ("Dell", "express_service_code", "429-387-410-54", True),
        ("Dell", "express_service_code", "1679615", False),
        ("Dell", "express_service_code", "JQ4M8N2", False),
        ("Apple", "serial", "C02XK0AB", None),
        ("Apple", "serial", "SC02XG1D8JK78", None),
        ("Apple", "serial", "C02XK0A", False),
        ("Apple", "serial", "C02XK0A*JGH5", False),
        ("Apple", "mlb", "W80190456A1BC", True),
        ("Apple", "mlb", "C02", False),
        ("Apple", "mlb", "C0210350IOGUE0PA", False),
        ("Apple", "part_number", "MK193LL/A", True),
        ("Apple", "part_number", "iPhone", None),
        ("Apple", "eid", "89049032000000000000000000000000", None),
        ("Bosch", "e_nr", "E-Nr.: SMS46MI05E/12", True),
        ("Bosch", "e_nr", "ENR.SMS46MI05E/12", True),
        ("Bosch", "e_nr", "SMS46MI05E", None),
        ("Bosch", "e_nr", "12/SMS", None),
        ("Bosch", "fd", "9013", False),
        ("Bosch", "fd", "9000", False),
        ("Bosch", "fd", "0712", None),
        ("Bosch", "fd", "FD", None),
        ("Bosch", "factory_serial", "103130081344000115", None),
        ("Bosch", "factory_serial", "10303008134400011", None),
        ("Bosch", "serial", "103030081344000115", True),
        ("Bosch", "serial", "FD 9502 00451", True),
        ("GE", "serial", "LG312345C", True),
        ("GE", "serial", "BG312345", None),
        ("GE", "serial", "L", None),
        ("GE", "date_code", "LG", True),
        ("GE", "date_code", "LGA", None),
        ("HP", "serial", "CND12345678901", True),
        ("HP", "serial", "8Y15DW81M0AB", True),
        ("HP", "serial", "CND123", None),
        ("HP", "serial", "CND 123/4567", False),
        ("HP", "date_code", "A14", True),
        ("HP", "date_code", "354", None),
        ("HP", "product_number", "2U740AV", True),
        ("HP", "product_number", "two", None),
        ("LG", "serial", "613KWWZ73713", None),
        ("LG", "serial", "603KWWZ7371", None),
        ("LG", "serial", "603/KWWZ73713", None),
        ("Lenovo", "serial", "R90ABCDE", True),
        ("Lenovo", "serial", "4Z3K9A1", True),
        ("Lenovo", "serial", "LFBNABCDE12345", True),
        ("Lenovo", "serial", "PF5A3H8.10MM", True),
        ("Lenovo", "serial", "PF5", None),
        ("Lenovo", "mtm", "3680WZQ", True),
        ("Lenovo", "mtm", "X201", None),
        ("Makita", "serial", "123456A", True),
        ("Makita", "serial", "A", None),
        ("Miele", "fab_number", "12/345678901", True),
        ("Miele", "fab_number", "00/000000000", False),
        ("Miele", "fab_number", "1234", None),
        ("Miele", "mat_number", "12345678", True),
        ("Milwaukee", "serial", "F24DF206013897", None),
        ("Milwaukee", "serial", "F24DF203893897", True),
        ("RIDGID", "serial", "CS2137N12345", True),
        ("RIDGID", "serial", "CS2137A12345", True),
        ("RIDGID", "serial", "CS21", None),
        ("Xbox", "serial", "2175634 24605", True),
        ("Surface", "serial", "217563424605", True),
        ("Surface", "serial", "0123", None),
        ("Xbox", "date_code", "34807", None),
        ("Xbox", "date_code", "94805", None),
        ("Samsung", "serial", "SM-G998B", False),
        ("Samsung", "serial", "RF", None),
        ("Samsung", "serial", "R38-K503/SRVD", None),
        ("Samsung", "serial", "ZZZ00000001", True),
        ("Sony", "serial", "S01-1234567-A", True),
        ("Sony", "serial", "S01-0000000", False),
        ("Sony", "serial", "12", None),
        ("Canon", "serial", "[12]345678901234", True),
        ("Canon", "serial", "12", None),
        ("Whirlpool", "date_code", "T24", True),
        ("Whirlpool", "date_code", "QA", True),
        ("Whirlpool", "date_code", "T99", None),
        ("Whirlpool", "date_code", "ABCD", None),
        ("Whirlpool", "serial", "M?", None),
        ("Whirlpool", "serial", "MQ2512345", None),
        ("Frigidaire", "serial", "AB92012345", True),
        ("Frigidaire", "serial", "92012345", None),
        ("Dyson", "serial", "NK6", None),
        ("Acer", "serial", "NXMWHEH001349001FD3400", True),
        ("Acer", "serial", "NXMWHEH001399001FD3400", None),
        ("Acer", "snid", "34900050934", True),
        ("Acer", "snid", "39900050934", None),
        ("Acer", "date_code", "1", None),
        ("Acer", "snid_part", "XYZ12", None),
        ("Honeywell", "serial", "AB", None),
        ("ASUS", "model", "-", False),
        ("ASUS", "model", "ROG", None),
        ("acme", "serial", "AC26XY000001", None),
        ("Bosch Power Tools", "fd", "9013", None),
        ("(any)", "serial", "To be filled by O.E.M.", False),
        ("(any)", "serial", "System Serial Number", False),
        ("(any)", "serial", "35XXXXXXXXX4118", False),
        ("(any)", "serial", "C02*****GH5", False),
        ("(any)", "serial", " \u200b ", False),
        ("", "imei", "A1" * 40, False),
        ("Microsoft", "hardware_hash", "T0E9" * 1000, None),
        ("Dell", "service_tag", "0000000", False),
    ],
)
def test_what_fits_a_rule_is_told_from_what_does_not(
    manufacturer: str, kind: str, value: str, *, valid: bool | None
) -> None:
    """True, false, or null where no rule can say."""
    assert ask(manufacturer, kind, value).valid is valid


@pytest.mark.parametrize(
    ("manufacturer", "kind", "value", "expected"),
    [
        ("Samsung", "serial", "R58M315CL4T", (2019, 3)),
        ("Samsung", "serial", "RV8PC71227K", (2007, 12)),
        ("Samsung", "serial", "MI4C99948Z", (2012, 9)),
        ("Samsung", "serial", "MI4C99948Z", (2019, 9)),
        ("Samsung", "serial", "W66143BH400494B", (2016, 4)),
        ("Samsung", "serial", "JK68429J51234AB", (2018, 5)),
        ("Samsung", "serial", "AAAL6123456", (2006, 6)),
        ("GE", "serial", "LG312345C", (2016, 6)),
        ("Whirlpool", "serial", "M32323892", (2013, 23)),
        ("Whirlpool", "serial", "E50815974", (1985, 8)),
        ("Whirlpool", "serial", "C60842986X", (2016, 8)),
        ("Whirlpool", "serial", "CR3912345", (2004, 39)),
        ("Whirlpool", "serial", "CX1012345", (2020, 10)),
        ("Maytag", "serial", "15114672XB", (1989, 1)),
        ("Maytag", "date_code", "EZ", (2004, 12)),
        ("Amana", "serial", "9811123456", (1998, 11)),
        ("Whirlpool", "serial", "0311123456", (2003, 11)),
        ("HP", "serial", "DEH2381234", (2002, 38)),
        ("HP", "serial", "3425A12345", (1994, 25)),
        ("HP", "serial", "CZ14261234", (2014, 26)),
        ("HP", "date_code", "A14", (2010, 14)),
        ("Apple", "serial", "C02VYY3FHX87", (2017, 53)),
        ("Apple", "serial", "W85431ABCDE", (2005, 43)),
        ("Apple", "mlb", "W80190456A1BC", (2010, 19)),
        ("Siemens", "fd", "8001", (2000, 1)),
        ("Neff", "fd", "7912", (1999, 12)),
        ("Gaggenau", "fd", "0611", (2026, 11)),
        ("Frigidaire", "serial", "AB92012345", (2009, 20)),
        ("Acer", "serial", "NXMWHEH001349001FD3400", (2013, 49)),
        ("LG", "serial", "903KWPG123456", (2019, 3)),
    ],
)
def test_real_examples_have_their_date_among_the_candidates(
    manufacturer: str, kind: str, value: str, expected: tuple[int, int]
) -> None:
    """From manuals, forums and the pages that the rules are from."""
    assert expected in dated(ask(manufacturer, kind, value))


@pytest.mark.parametrize(
    ("manufacturer", "kind", "value", "key", "expected"),
    [
        ("", "imei", "35-686800-004141", "imei", "356868000041418"),
        ("", "imeisv", "35-209900-176148-23", "software_version", "23"),
        ("", "meid", "35-209900-176148", "decimal", "089132876801532232"),
        ("", "meid", "AF0123450ABCDE", "check_digit", "C"),
        ("", "gtin", "96385074", "gtin_14", "00000096385074"),
        ("Dell", "express_service_code", "623698779", "service_tag_short", "ABC123"),
        ("Lenovo", "serial", "10MM0030USPF5A3H8", "serial", "PF5A3H8"),
        ("Lenovo", "serial", "1S10MM0030USPF5A3H8", "machine_type", "10MM"),
        ("Lenovo", "serial", "PF5A3H8.10MM", "machine_type", "10MM"),
        ("Lenovo", "serial", "pf5a3h8 10MM0030US", "mtm", "10MM0030US"),
        ("Lenovo", "serial", "10MM-PF5A3H8", "serial", "PF5A3H8"),
        ("Lenovo", "serial", "3680WZQR8ABCDE", "mtm", "3680WZQ"),
        ("Nintendo", "serial", "XAW1007527345", "serial", "XAW10075273452"),
        ("HP", "serial", "CND12345678901", "serial", "CND1234567"),
        ("Acer", "serial", "NXMWHEH001349001FD3400", "snid_part", "000509"),
        ("Acer", "snid", "34900050934", "sequence_hex", "001FD"),
        ("Dyson", "serial", "nk6-eu-mha0000a", "unit", "MHA0000A"),
        ("Milwaukee", "serial", "F24DF203813897", "unit", "3897"),
    ],
)
def test_other_forms_are_derived(
    manufacturer: str, kind: str, value: str, key: str, expected: str
) -> None:
    """Missing check digits, the other base, the parts of joined labels."""
    assert ask(manufacturer, kind, value).derived[key] == expected


@pytest.mark.parametrize(
    ("manufacturer", "kind", "value", "normalized"),
    [
        ("", "imei", "\uff14\uff19\u2013015420 323751\u20118", "490154203237518"),
        ("", "imei", "IMEI: \u0664\u0669015420323751\u0668", "490154203237518"),
        ("Sony", "serial", "S01-1234567-A", "1234567A"),
        ("Miele", "fab_number", "101234567", "000101234567"),
        ("Canon", "serial", "(12) 345678901234", "345678901234"),
        ("Bosch", "fd", "FD 9006 00067", "900600067"),
        ("Bosch", "e_nr", "e-nr. sn678d06tg/53", "SN678D06TG/53"),
        ("Honeywell", "serial", "ABcd1235678", "ABcd1235678"),
        ("acme", "serial", " ab\u2014cd  12 ", "ab-cd 12"),
        ("", "meid", "293608736500703710", "AF0123450ABCDE"),
    ],
)
def test_one_number_has_one_writing(
    manufacturer: str, kind: str, value: str, normalized: str
) -> None:
    """Other scripts' digits, dashes, labels, pads; the case only where it says nothing."""
    assert ask(manufacturer, kind, value).normalized == normalized


@pytest.mark.parametrize(
    ("manufacturer", "kind", "value", "hint"),
    [
        ("", "imei", "49O154203237518", "letter O may be a figure 0"),
        ("LG", "serial", "6O3KWWZ73713", "letter O may be a figure 0"),
        ("Bosch", "fd", "9S02", "letter S may be a figure 5"),
        ("Apple", "serial", "C02XGIDOJK78", "Apple does not use the letter I"),
        ("Apple", "serial", "ABCDE12345", "random"),
        ("Apple", "serial", "C02A11D8JK78", "place of the year holds none"),
        ("Apple", "serial", "SC02XG1D8JK78", "S before"),
        ("Samsung", "serial", "490154203237518", "check of an IMEI"),
        ("acme", "serial", "490154203237518", "check of an IMEI"),
        ("acme", "", "q7", "this kind of this manufacturer"),
        ("Whirlpool", "date_code", "QA", "no source says the year"),
    ],
)
def test_hints_say_what_to_look_at(manufacturer: str, kind: str, value: str, hint: str) -> None:
    """Look-alikes, wrong kinds, what is not known."""
    assert any(hint in one for one in ask(manufacturer, kind, value).hints)


def test_a_number_of_an_unseen_length_has_no_date() -> None:
    """Where the places of the date would be chance."""
    assert ask("Samsung", "serial", "RF").candidates == ()
    assert ask("Samsung", "serial", "R38K503SRVD" * 2).candidates == ()


def test_a_model_code_is_no_case_of_look_alikes() -> None:
    """It is long and regular enough to be taken for one."""
    (hint,) = ask("Samsung", "serial", "WW80J5426FW").hints
    assert "model code" in hint


@pytest.mark.parametrize(
    ("manufacturer", "brand", "expected"),
    [
        ("DELL", "", makers.Maker("dell")),
        ("Jenn-Air", "", makers.Maker("whirlpool", "jennair")),
        ("whirlpool", "MAYTAG", makers.Maker("whirlpool", "maytag")),
        ("Whirlpool", "Bosch", makers.Maker("whirlpool")),
        ("CAFE", "", makers.Maker("ge", "cafe")),
        ("(any)", "(any)", makers.Maker()),
        ("", "Bosch", makers.Maker()),
    ],
)
def test_a_manufacturer_is_known_by_id_name_or_brand(
    manufacturer: str, brand: str, expected: makers.Maker
) -> None:
    """In any case; a brand counts only under its own manufacturer."""
    assert makers.find(manufacturer, brand) == expected


def test_every_rule_belongs_to_a_known_manufacturer() -> None:
    """Or to all of them."""
    assert {maker for maker, _ in RULES} <= {"", *makers.KNOWN}


def test_a_surface_gets_no_date_of_an_xbox() -> None:
    """Where the brand is not said, the date is less certain."""
    xbox, any_of_both = (ask(one, "serial", "217563424605") for one in ("Xbox", "Microsoft"))
    assert xbox.candidates[0].confidence > any_of_both.candidates[0].confidence
    assert ask("Surface", "serial", "217563424605").candidates == ()


def test_the_future_is_no_candidate() -> None:
    """Neither a year, nor a month or a week of this year that has not begun."""
    assert dated(ask("LG", "serial", "603KWWZ73713", date(2026, 2, 28))) == {(2006, 3), (2016, 3)}
    assert (2026, 3) in dated(ask("LG", "serial", "603KWWZ73713", date(2026, 3, 1)))
    assert (2020, 17) not in dated(ask("Apple", "serial", "C02CL0YYML7H", date(2020, 4, 1)))
    assert ask("Xbox", "serial", "217563424605", date(2002, 1, 1)).candidates == ()
    assert ask("Bosch", "fd", "9502", date(2015, 1, 31)).valid is None


def test_candidates_are_sorted_by_confidence_then_year() -> None:
    """The likeliest first."""
    found = ask("Samsung", "serial", "XYZKA12345").candidates
    assert list(found) == sorted(found, key=lambda one: (-one.confidence, one.year))
    assert len({one.rule for one in found}) > 3
