"""The scorecard's word on forms outlives a run without them, as long as it is of the same form."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.integration.conformance.planted import copied

from registrar.connectors.kit.catalogue import PACKAGED
from registrar.testing.conformance import kept, runner, scorecard
from registrar.testing.conformance.checks import ALL, TRIED
from registrar.testing.conformance.report import Card, Grade, Result, Status

PASSED, FAILED, LEFT_OUT = Status.PASSED, Status.FAILED, Status.NOT_APPLICABLE
WHY = "forms are tried with --forms"


def card(*changes: Result, form: str = "0a1b", maker: str = "acme") -> Card:
    """With everything passed but this."""
    results = {one.id: Result(one.id, one.name, PASSED) for one in ALL}
    results |= {one.id: replace(one, name=results[one.id].name) for one in changes}
    return Card(maker, "3", tuple(results.values()), form=form, tried=bool(form))


CHEAP = replace(
    card(Result(19, "", LEFT_OUT, WHY), Result(16, "", LEFT_OUT, "no limits: none")), tried=False
)


def again(tried: Card, cheap: Card) -> Card:
    """What becomes of a cheap run beside the page of one with forms."""
    other = card(Result(9, "", LEFT_OUT, "it never tells"), maker="other", form="")
    text = scorecard.page([tried, other])
    assert scorecard.page(kept.over([tried, other], kept.read(text), TRIED)) == text
    made, _ = kept.over([cheap, other], kept.read(text), TRIED)
    return made


def result(one: Card, check: int) -> tuple[Status, str]:
    """Of one check."""
    return next((each.status, each.reason) for each in one.results if each.id == check)


def test_what_was_tried_stays_tried() -> None:
    """Of checks with a form in them, and of no others."""
    tried = card(Result(16, "", PASSED), Result(21, "", LEFT_OUT, "it has no keys"))
    made = again(tried, CHEAP)
    assert result(made, 19) == (PASSED, "")
    assert result(made, 21) == (LEFT_OUT, "it has no keys")
    assert result(made, 16) == (LEFT_OUT, "no limits: none")


def test_a_failure_is_kept_too() -> None:
    """A page that says no is no better after a run that has not asked."""
    made = again(card(Result(19, "", FAILED, "swapped: ok.registered")), CHEAP)
    assert (result(made, 19), made.grade) == (
        (FAILED, "swapped: ok.registered"),
        Grade.BRONZE,
    )


def test_what_fails_now_has_failed() -> None:
    """Whatever the page says of it."""
    assert result(again(card(), card(Result(20, "", FAILED, "2 acts"))), 20) == (FAILED, "2 acts")


def test_a_form_that_is_tried_now_is_not_what_it_was() -> None:
    """Better or worse: beside forms that are left out, one may be tried alone."""
    bad = card(Result(19, "", FAILED, "swapped: ok.registered"))
    assert (again(bad, card()), again(card(), bad)) == (card(), bad)


@pytest.mark.parametrize("form", ["", "0a1c"])
def test_another_form_is_not_the_one_that_was_tried(form: str) -> None:
    """Nothing is taken over for it."""
    assert again(card(), replace(CHEAP, form=form)) == replace(CHEAP, form=form)


def test_a_page_without_the_manufacturer_says_nothing_of_it() -> None:
    """Nor one of before there were marks."""
    assert kept.over([CHEAP], kept.read("# Scorecard\n"), TRIED) == [CHEAP]


def test_a_form_that_nobody_has_tried_has_no_mark() -> None:
    """Else the next run would take it for one that was."""
    assert kept.read(scorecard.page([CHEAP])).marks == {}
    assert kept.read(scorecard.page([card()])).marks == {"acme": "0a1b"}


def marked(folder: Path) -> str:
    """Of the form of a folder."""
    return kept.mark(runner.subject(folder))


def heading(manifest: dict[str, Any]) -> None:
    """Another word that a page is known by."""
    manifest["tiers"]["web"]["steps"][0]["ready"]["heading"] = "^Another$"


def test_a_mark_is_of_the_form_alone(tmp_path: Path) -> None:
    """Its manifest and its records; not of the API beside it."""
    now = marked(PACKAGED / "acme")
    same = copied(tmp_path / "a", "acme", lambda one: one["tiers"]["api"].update(notes="Other."))
    other = copied(tmp_path / "b", "acme", heading)
    record = copied(tmp_path / "c", "acme", scenarios=lambda one: one.update(valid=[]))
    assert marked(same) == now
    assert len({now, marked(other), marked(record), marked(PACKAGED / "lg")}) == 4
