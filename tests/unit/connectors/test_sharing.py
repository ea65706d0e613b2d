"""Requests that are one, and answers that are taken apart: without I/O."""

from dataclasses import replace
from typing import Any

import pytest

from registrar.connectors.kit.http import NoAnswer, Reply, Request
from registrar.connectors.kit.manifest.batch import Batch
from registrar.connectors.kit.sharing import Sharable, alone, around, sharable, together, told

MATCH = (("tag", "{field:tag}"),)
JOINED = Batch(3, 0.02, query="tags", into="", items="", match=MATCH)
LISTED = Batch(3, 0.02, query="", into="data.devices", items="result.rows", match=MATCH)
BARE = Batch(3, 0.02, query="tags", into="", items="", match=MATCH, bare=True)


def look(tag: str, batch: Batch = JOINED, **changes: Any) -> Request:  # noqa: ANN401 - any part
    """A look-up of one tag."""
    made = Request("GET", "https://maker/look", {"v": "1"}, {"tags": tag, "full": "no"})
    return sharable(replace(made, **changes), batch, [tag])


def sent(tag: str, **beside: Any) -> Request:  # noqa: ANN401 - JSON
    """A submission of one device."""
    body = {"data": {"devices": [{"tag": tag}], **beside}}
    return sharable(Request("POST", "https://maker/send", {}, {}, body), LISTED, [tag])


def member(request: Request) -> Sharable:
    """One that may go with others."""
    assert isinstance(request, Sharable)
    return request


def test_values_of_a_query_are_joined_by_comma() -> None:
    """In the order in which they came; all else stays."""
    made = together([member(look("A")), member(look("B")), member(look("C"))])
    assert (made.url, made.query) == ("https://maker/look", {"tags": "A,B,C", "full": "no"})


def test_items_of_a_body_become_one_list() -> None:
    """Wherever it stands, with what stands beside it; the single requests keep theirs."""
    first, second = member(sent("A", tenant="t")), member(sent("B", tenant="t"))
    assert together([first, second]).json == {
        "data": {"devices": [{"tag": "A"}, {"tag": "B"}], "tenant": "t"}
    }
    assert first.json == {"data": {"devices": [{"tag": "A"}], "tenant": "t"}}


def test_a_body_may_be_the_list() -> None:
    """As `body: items` makes it."""
    plain = replace(LISTED, into="")
    both = [
        member(sharable(Request("POST", "https://m", {}, {}, [{"tag": tag}]), plain, [tag]))
        for tag in "AB"
    ]
    assert together(both).json == [{"tag": "A"}, {"tag": "B"}]


def test_one_alone_is_sent_as_it_is() -> None:
    """Nothing is made of it."""
    alone = member(look("A"))
    assert together([alone]) is alone


@pytest.mark.parametrize(
    "other",
    [
        look("B", url="https://maker/elsewhere"),
        look("B", headers={"v": "2"}),
        look("B", query={"tags": "B", "full": "yes"}),
        look("B", method="POST"),
        look("B", form={"a": "b"}),
    ],
    ids=["url", "headers", "query", "method", "form"],
)
def test_whatever_differs_keeps_two_apart(other: Request) -> None:
    """Only the joined value may."""
    assert member(look("A")).frame == member(look("C")).frame
    assert member(look("A")).frame != member(other).frame


def test_what_stands_beside_the_list_keeps_two_apart() -> None:
    """Of one tenant is not of another's."""
    assert member(sent("A", tenant="t")).frame == member(sent("B", tenant="t")).frame
    assert member(sent("A", tenant="t")).frame != member(sent("B", tenant="u")).frame


@pytest.mark.parametrize(
    "alone",
    [
        look("A,B"),
        look(""),
        sharable(Request("POST", "https://m", {}, {}, {"data": {"devices": []}}), LISTED, ["A"]),
        sharable(Request("POST", "https://m", {}, {}, {"data": {"devices": [1, 2]}}), LISTED, "A"),
        sharable(Request("POST", "https://m", {}, {}, {"data": None}), LISTED, ["A"]),
        sharable(Request("POST", "https://m", {}, {}, {"data": {"devices": [1]}}), LISTED, [""]),
    ],
    ids=["a comma", "no value", "no item", "two items", "no list", "no mark"],
)
def test_what_cannot_be_told_apart_goes_alone(alone: Request) -> None:
    """A comma in a serial number would be two; without a mark no item would be its own."""
    assert type(alone) is Request


def test_two_meet_where_any_mark_is_the_same() -> None:
    """Whatever its case: the manufacturer may write it in another one."""
    two = replace(JOINED, match=(("key", ""), ("tag", "")))

    def marked(*marks: str) -> Sharable:
        return member(sharable(Request("GET", "https://m", {}, {"tags": "T"}), two, marks))

    assert marked("k1", "T").meets(marked("k2", "t"))
    assert not marked("k1", "T").meets(marked("k2", "U"))


ROWS: list[dict[str, Any]] = [{"tag": "b", "n": 2}, {"tag": "A", "n": 1}]


def test_each_reads_the_answer_with_its_own_item_alone() -> None:
    """In any order and case; what stands beside the list is everybody's."""
    said = Reply(200, {"result": {"rows": ROWS, "count": 2}, "id": 7})
    found = told(member(sent("B")), said)
    around = {"result": {"rows": [], "count": 2}, "id": 7}
    assert found == Reply(200, around | {"result": {"rows": [ROWS[0]], "count": 2}}, around=around)
    assert said.body["result"]["rows"] == ROWS


def test_an_item_may_be_the_answer_to_one_alone() -> None:
    """Of a manufacturer that answers one with an object, and several with a list."""
    assert told(member(look("A", BARE)), Reply(200, ROWS)).body == ROWS[1]


def test_numbers_are_marks_too() -> None:
    """As the manufacturer may write an express service code."""
    assert told(member(look("17")), Reply(200, [{"tag": 17}])).body == [{"tag": 17}]


@pytest.mark.parametrize(
    "body",
    [[], [{"tag": "X"}], [{"tag": "A"}, {"tag": "a"}], [{"tag": True}], ["A"], {"tag": "A"}, None],
    ids=["empty", "another", "twice", "a flag", "a text", "no list", "nothing"],
)
def test_silence_of_one_is_no_answer(body: object) -> None:
    """Whatever is said of the others: it may have been carried out."""
    with pytest.raises(NoAnswer):
        told(member(look("A")), Reply(200, body))


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_a_refusal_without_items_speaks_of_the_request(status: int) -> None:
    """It is nobody's own."""
    said = Reply(status, {"error": "busy"})
    assert told(member(look("A")), said) == replace(said, shared=True)


def test_a_page_speaks_of_the_request() -> None:
    """Also with status 200."""
    assert told(member(look("A")), Reply(200, None, page=True)).shared


def test_a_refusal_with_items_speaks_of_those_alone() -> None:
    """Another one's item is no word of this one."""
    said = Reply(422, [{"tag": "A", "fault": "bad"}])
    assert told(member(look("A")), said).body == said.body
    with pytest.raises(NoAnswer):
        told(member(look("B")), said)


def test_one_alone_is_told_of_itself() -> None:
    """Its own item among others, in a list that a manufacturer gives to one as well."""
    assert alone(member(look("A")), Reply(200, ROWS)).body == [ROWS[1]]
    assert alone(member(look("A", BARE)), Reply(200, ROWS)).body == ROWS[1]


@pytest.mark.parametrize("body", [[{"tag": "X"}], [{"tag": "A"}, {"tag": "A"}], [{}]])
def test_another_ones_item_is_no_answer_to_one_alone(body: object) -> None:
    """Its number would be stored as ours."""
    with pytest.raises(NoAnswer):
        alone(member(look("A")), Reply(200, body))


@pytest.mark.parametrize(
    "said",
    [Reply(200, []), Reply(200, {"tag": "X"}), Reply(422, [{"why": "bad"}]), Reply(204, None)],
)
def test_what_has_no_items_is_read_as_it_is(said: Reply) -> None:
    """An empty list may mean that it is absent; a refusal of one needs no mark."""
    assert alone(member(look("A")), said) is said


def test_around_the_items_nothing_is_of_one() -> None:
    """What is no list of items stays as it is."""
    said = Reply(401, {"result": {"rows": ROWS}, "error": "token"})
    assert around(member(sent("A")), said).body == {"result": {"rows": []}, "error": "token"}
    whole = Reply(401, {"error": "token"})
    assert around(member(sent("A")), whole) is whole
