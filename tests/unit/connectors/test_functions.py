"""The functions that a manifest may name: the table is true, and nothing else is taken."""

import json
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.connectors.kit import arguments, formats, pipeline
from registrar.connectors.kit.functions import FUNCTIONS, Kind
from registrar.connectors.kit.reading import SCHEMA_FILE

EXAMPLES = {name: one.example for name, one in FUNCTIONS.items()}


def entry(name: str) -> Any:  # noqa: ANN401 - as YAML gives it
    """As a manifest writes the example."""
    argument = EXAMPLES[name][0]
    return name if argument is None else {name: argument}


def done(name: str, argument: object, value: object) -> object:
    """The result."""
    return pipeline.call({name: argument})(value)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_example_of_the_table_is_true(name: str) -> None:
    """The docs are made of it; kinds are as said."""
    _, value, expected = EXAMPLES[name]
    kinds = {str: Kind.TEXT, list: Kind.LIST, bool: Kind.FLAG, int: Kind.NUMBER}
    assert expected == pipeline.call(entry(name))(value)
    assert (FUNCTIONS[name].takes, FUNCTIONS[name].gives) == (
        kinds[type(value)],
        kinds[type(expected)],
    )


def test_the_schema_offers_every_function_to_editors() -> None:
    """With an argument where it takes one."""
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    assert list(map(entry, FUNCTIONS)) == schema["$defs"]["function"]["examples"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("shout", "no function shout"),
        ("first", "first needs its argument"),
        ({"upper": 1}, "upper takes no argument"),
        ({"first": 0}, "first takes a whole number of at least 1"),
        ({"first": True}, "first takes a whole number"),
        ({"line": "0"}, "line takes a whole number"),
        ({"line": False}, "line takes a whole number"),
        ({"decimal": 5}, "decimal takes a whole number from 0 to 4"),
        ({"date": "%A"}, "date takes only"),
        ({"date": "50%"}, "date takes only"),
        ({"date": ""}, "date takes a text"),
        ({"prefix": 5}, "prefix takes a text"),
        ({"join": None}, "join takes a text"),
        ({"phone": "local"}, "phone takes one of e164"),
        ({"phone": ["e164"]}, "phone takes one of e164"),
        ({"map": []}, "map takes a table of texts"),
        ({"map": {}}, "map takes a table of texts"),
        ({"map": {False: "N"}}, "quote what YAML reads"),
        ({"map": {"household": 1}}, "quote what YAML reads"),
        ({"pad": [7]}, "pad takes a width and one character"),
        ({"pad": "70"}, "pad takes a width and one character"),
        ({"pad": [7, "00"]}, "pad takes one character"),
        ({"pad": ["7", "0"]}, "pad takes a whole number"),
        ({"wrap": [2]}, "wrap takes a number of lines"),
        (5, "no function 5"),
    ],
)
def test_a_wrong_argument_is_said(wrong: object, said: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ValueError, match=said):
        pipeline.call(wrong)


@pytest.mark.parametrize(
    ("name", "argument", "value", "said"),
    [
        ("date", "%d", "soon", "is no date"),
        ("phone", "e164", "030 12345", "is no telephone number"),
        ("map", {"a": "b"}, "c", "is none of a"),
        ("decimal", 2, "1.005", "more than 2 decimal places"),
        ("decimal", 2, "NaN", "more than 2 decimal places"),
        ("decimal", 2, "Infinity", "is no such number"),
        ("decimal", 2, "much", "is no such number"),
        ("wrap", [1, 9], ["Long Way 1", "Yard 2"], "does not fit into 1 lines of 9"),
        ("wrap", [3, 4], ["Rindermarkt"], "does not fit into 3 lines of 4"),
    ],
)
def test_what_a_function_cannot_do_is_said_without_the_value(
    name: str, argument: object, value: object, said: str
) -> None:
    """The reason goes into logs, and the value is personal."""
    with pytest.raises(ValueError, match=said) as caught:
        done(name, argument, value)
    assert not isinstance(value, str) or value not in str(caught.value)


def test_a_number_is_whole() -> None:
    """And short enough for every reader of JSON."""
    assert pipeline.call("number")("-7") == -7
    for wrong in ("7.0", "", "٣", "1" * 16):
        with pytest.raises(ValueError, match="is no whole number"):
            pipeline.call("number")(wrong)


@given(st.dates(), st.sampled_from(["%d/%m/%Y", "%Y%m%d", "%b %d, %Y", "%m-%d-%Y"]))
def test_a_date_can_be_read_back(day: date, form: str) -> None:
    """Whatever the year."""
    made = str(done("date", form, day.isoformat()))
    assert datetime.strptime(made, form).date() == day  # noqa: DTZ007 - a calendar date has no zone


@given(st.datetimes())
def test_an_instant_can_be_read_back(instant: datetime) -> None:
    """To the second."""
    made = str(done("date", "%Y-%m-%dT%H:%M:%S", instant.isoformat()))
    assert datetime.fromisoformat(made) == instant.replace(microsecond=0)


@pytest.mark.parametrize("form", ["e164", "international"])
def test_a_telephone_number_can_be_read_back(form: str) -> None:
    """From the forms that name the country."""
    made = str(done("phone", form, "+493012345678"))
    assert done("phone", "e164", made) == "+493012345678"


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_a_price_is_the_same_in_cents(price: Any) -> None:  # noqa: ANN401 - hypothesis' decimals
    """No rounding."""
    assert done("minor_units", 2, str(price)) == str(int(price * 100))


@given(st.text(max_size=30), st.sampled_from(sorted(FUNCTIONS)))
def test_any_text_is_done_or_refused(value: str, name: str) -> None:
    """With ValueError, and what is done can be written as JSON."""
    call = pipeline.call(entry(name))
    given_value: object = {Kind.TEXT: value, Kind.LIST: value.split("a"), Kind.FLAG: bool(value)}[
        call.function.takes
    ]
    try:
        made = call(given_value)
    except ValueError:
        return
    assert json.loads(json.dumps(made)) == made


def test_a_function_of_a_text_does_every_item_of_a_list() -> None:
    """Address lines keep their number."""
    assert pipeline.call("upper")(["a", "b"]) == ["A", "B"]


def test_every_directive_has_its_part() -> None:
    """What the check lets through, the function knows."""
    made = [formats.date(f"%{one}", "2026-10-01T02:03:04") for one in sorted(arguments.DIRECTIVES)]
    assert made == ["%", "02", "03", "04", "2026", "Oct", "01", "10", "26"]
