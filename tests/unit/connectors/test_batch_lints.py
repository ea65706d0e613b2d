"""What a batch may not say: each rule, with its place and its words."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.manifests import hammer, looked_up

from registrar.connectors.kit import batch_lints, reading
from registrar.connectors.kit.catalogue import PACKAGED
from registrar.connectors.kit.manifest import load
from registrar.domain.errors import ConfigurationError

SECTION = """
fields:
  - {from: [idempotency_key], to: "devices[0].id"}
  - {from: [product.serial_number], to: "devices[0].serial"}
http:
  submit:
    method: POST
    path: /devices
    headers: {X-Tenant: "{secret:tenant}"}
    query: {v: "1"}
    body: fields
    batch:
      most: 50
      within: 0.05
      into: devices
      items: rows
      match: {id: "{idempotency_key}", serial: "{field:devices[0].serial}"}
    answers:
      - when: {status: [200], path: "rows[0].state", in: [done]}
        means: registered
        reference: "rows[0].number"
      - {when: {status: [202]}, means: accepted, reference: "rows[0].number"}
  health: {method: GET, path: /health, answers: [{when: {status: [200]}, means: found}]}
errors:
  - {name: token, when: {status: [401]}, code: auth.session_expired, effect: refused}
  - name: bad
    when: {status: [200], path: "rows[0].error", in: [7]}
    code: invalid.field
    effect: refused
"""
SUBMIT = ("http", "submit")
BATCH = (*SUBMIT, "batch")
Place = tuple[str | int, ...]
Found = list[tuple[list[str | int], str]]
GONE = object()


def section(**changes: object) -> dict[str, Any]:
    """A right one, but for these: a dotted place and its value."""
    made: dict[str, Any] = yaml.safe_load(SECTION)
    for place, value in changes.items():
        *way, last = place.split("__")
        part = made
        for step in way:
            part = part[step]
        if value is GONE:
            del part[last]
        else:
            part[last] = value
    return made


def found(given: dict[str, Any]) -> Found:
    """What is wrong with it."""
    return list(batch_lints.findings(given))


def test_a_right_one_has_no_finding() -> None:
    """So that each of the others has its own alone."""
    assert found(section()) == []


@pytest.mark.parametrize("path", reading.files(PACKAGED), ids=lambda path: path.parent.name)
def test_the_packaged_ones_are_right(path: Path) -> None:
    """Their submissions and their look-ups."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    parts = (data["tiers"].get("api", {}), data.get("lookup", {}))
    assert [found(one) for one in parts if "http" in one] in ([], [[]], [[], []])


@pytest.mark.parametrize("step", ["prepare", "submit", "classify"])
def test_a_hook_sees_requests_one_by_one(step: str) -> None:
    """Whichever it has taken over of the submission."""
    assert found(section(hook={"step": step})) == [
        ([*BATCH], "the hook sees each request by itself: no batch")
    ]


def test_a_hook_of_another_operation_is_no_obstacle() -> None:
    """It never sees a submission."""
    assert found(section(hook={"step": "verify"})) == []


def test_a_probe_has_no_batch() -> None:
    """There is nothing to be gathered."""
    given = section()
    given["http"]["health"] |= {
        "query": {"tags": "x"},
        "batch": {"most": 2, "within": 0.1, "query": "tags", "match": {"id": "{idempotency_key}"}},
        "answers": [{"when": {"status": [200], "path": "[0].ok", "in": [True]}, "means": "found"}],
    }
    assert found(given) == [(["http", "health", "batch"], "a probe is of no registration")]


def test_a_submission_by_get_has_no_batch() -> None:
    """A refusal of it would be taken for that of a look-up, which may be repeated."""
    assert found(section(http__submit__method="GET")) == [
        ([*BATCH], "a submission by GET would be repeated as if it were a look-up")
    ]


def test_a_query_value_is_one_of_the_request() -> None:
    """Else there is nothing to join."""
    given = section(http__submit__batch__query="tags")
    assert found(given) == [([*BATCH, "query"], "the request has no query value tags")]


@pytest.mark.parametrize(
    ("place", "value"),
    [("http__submit__body", "items"), ("http__submit__batch__into", "device"), ("fields", [])],
)
def test_a_list_in_the_body_has_fields(place: str, value: object) -> None:
    """A field must write its first item."""
    into = value if place.endswith("into") else "devices"
    wrong = found(section(**{place: value}))
    assert wrong[0] == ([*BATCH, "into"], f"no field of the body goes to {into}[0]")


def test_without_a_place_the_body_is_the_list() -> None:
    """And says so."""
    given = section(http__submit__batch__into=GONE)
    assert found(given) == [([*BATCH], "no list: it needs `body: items`, `into` or `query`")]
    given["http"]["submit"]["body"] = "items"
    assert found(given) == []


def test_where_the_items_stand_is_a_path() -> None:
    """One that can be read."""
    wrong = found(section(http__submit__batch__items="rows[x"))
    assert wrong[0] == ([*BATCH, "items"], "no path: rows[x")


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("id[", "{idempotency_key}", "no path: id["),
        ("id", "all", "it is the same for every registration"),
        ("id", "{product.serial}", "neither a field nor a canonical path: product.serial"),
        ("id", "{field:device}", "neither a field nor a canonical path: field:device"),
    ],
)
def test_a_mark_is_of_one_registration(path: str, text: str, said: str) -> None:
    """And can be found in its item."""
    given = section(http__submit__batch__match={path: text})
    assert found(given) == [([*BATCH, "match", path], said)]


@pytest.mark.parametrize(
    ("place", "value", "inner"),
    [
        ("path", "/devices/{product.serial_number}", ["path"]),
        ("headers", {"Idempotency-Key": "{idempotency_key}"}, ["headers", "Idempotency-Key"]),
        ("query", {"serial": "{field:devices[0].serial}"}, ["query", "serial"]),
    ],
)
def test_the_frame_is_of_no_registration(place: str, value: object, inner: list[str]) -> None:
    """Nothing would ever be gathered. A secret is everybody's."""
    given = section(**{f"http__submit__{place}": value})
    said = "of one registration: no two of a batch would agree"
    assert found(given) == [([*SUBMIT, *inner], said)]


def test_an_answer_speaks_of_the_item() -> None:
    """Else an item with an error would be a success for its status."""
    given = section()
    del given["http"]["submit"]["answers"][1]["reference"]
    given["http"]["submit"]["answers"].append(
        {"when": {"status": [200], "path": "state", "in": ["done"]}, "means": "registered"}
    )
    said = "it says nothing of the item: all would be told it"
    assert found(given) == [([*SUBMIT, "answers", place], said) for place in (1, 2)]


REPEATS = "auth.session_expired repeats the request of all: {} is one item's"


@pytest.mark.parametrize("path", ["rows", "rows[0].error", "rows[*].error", "rows[1]"])
def test_no_item_has_the_request_repeated(path: str) -> None:
    """The others have been carried out: by it they would be twice."""
    given = section()
    given["errors"][0]["when"] |= {"path": path, "in": ["expired"]}
    assert found(given) == [(["errors", 0, "when", "path"], REPEATS.format(path))]
    given["errors"][0]["code"] = "rate_limited"
    assert found(given) == []


def test_none_of_several_conditions_does_either() -> None:
    """Wherever it stands in its rule, and whatever comes first."""
    given = section()
    also = [{"path": "why", "in": ["old"]}, {"path": "rows[0].why", "in": ["old"]}]
    given["errors"][0]["when"] |= {"path": "error", "in": ["token"], "also": also}
    place = ["errors", 0, "when", "also", 1, "path"]
    assert found(given) == [(place, REPEATS.format("rows[0].why"))]


def test_an_answer_that_is_a_list_is_all_items() -> None:
    """Where the batch names no place."""
    given = section(http__submit__batch__items="")
    given["errors"][0]["when"] |= {"path": "[0].error", "in": ["expired"]}
    wrong = [said for place, said in found(given) if place[0] == "errors"]
    assert wrong == [REPEATS.format("[0].error")]


def test_an_item_that_is_the_whole_answer_is_free() -> None:
    """It is one's own there; among several it is never read for the token."""
    given = section(http__submit__batch__alone="item")
    given["errors"][0]["when"] |= {"path": "error", "in": ["expired"]}
    assert found(given) == []


def test_a_manifest_with_one_is_refused_with_its_place(tmp_path: Path) -> None:
    """By all that read it: the lints are part of that."""
    lookup = deepcopy(looked_up())
    lookup["http"]["precheck"]["batch"] = {
        "most": 9,
        "within": 0.1,
        "query": "tags",
        "match": {"serial": "{product.serial_number}"},
    }
    hammer(tmp_path, lookup=lookup)
    with pytest.raises(ConfigurationError, match="the request has no query value tags"):
        load(tmp_path / "hammer" / "manifest.yaml")
