"""What is to be done on a page, and what stops it."""

from dataclasses import replace

import pytest
from tests.unit.connectors.web.pages import (
    CONTROLS,
    COUNTRY,
    SERIAL,
    STEP,
    TERMS,
    VALUES,
    but,
    control,
    page,
    without,
)

from registrar.connectors.kit.manifest.web import Fill, Locator, Taken
from registrar.connectors.kit.mapping import Unmappable
from registrar.connectors.kit.web import locating, planning
from registrar.connectors.kit.web.locating import Lost, Renamed
from registrar.connectors.kit.web.planning import Action, TermsChanged
from registrar.connectors.kit.web.survey import Control, Option, Survey
from registrar.connectors.kit.web.values import Upload, Values

DONE = (
    Action(0, "write", "AC26XY000001"),
    Action(1, "write", "AX-100"),
    Action(2, "choose", "DE"),
    Action(3, "click"),
    Action(5, "click"),
)


def filled(survey: Survey) -> Survey:
    """The page once DONE is done."""
    made = {
        0: {"value": "AC26XY000001"},
        1: {"value": "AX-100"},
        2: {"value": "DE"},
        3: {"checked": True},
        5: {"checked": True},
    }
    return page(*(control_of(one, made.get(one.index, {})) for one in survey.controls))


def control_of(one: Control, changes: dict[str, object]) -> Control:
    """Changed."""
    return control(
        one.index,
        one.role,
        one.name,
        **{name: getattr(one, name) for name in one.__struct_fields__[3:]} | changes,
    )


def test_a_page_is_filled_by_what_a_person_reads() -> None:
    """Texts, a list, a choice, and the box that the owner has agreed to; never the other."""
    assert tuple(planning.plan(STEP, VALUES, page()).actions) == DONE


def test_a_page_that_reads_back_as_it_should_is_done() -> None:
    """Nothing is left to do, and nothing is missing."""
    plan = planning.plan(STEP, VALUES, filled(page()))
    assert (plan.actions, plan.awaited, plan.renamed) == ([], [], [])


def test_marketing_is_never_ticked_and_what_is_ticked_beforehand_is_unticked() -> None:
    """Although this owner has agreed to it with the caller."""
    plan = planning.plan(STEP, VALUES, but(6, checked=True))
    assert Action(6, "click") in plan.actions


def test_a_box_to_decline_is_unticked() -> None:
    """One that the manifest knows and nobody has asked for."""
    step = replace(STEP, decline=(Locator("label", "Keep me signed in"),))
    ticked = control(9, "checkbox", "Keep me signed in", checked=True)
    assert Action(9, "click") in planning.plan(step, VALUES, page(*CONTROLS, ticked)).actions


def test_a_value_that_is_set_out_otherwise_is_the_same() -> None:
    """A form that writes a number in groups has taken it."""
    plan = planning.plan(STEP, VALUES, but(0, value="ac26 xy-000001"))
    assert Action(0, "write", "AC26XY000001") not in plan.actions


def test_a_field_that_is_not_there_yet_is_awaited() -> None:
    """It may come to light by another one."""
    plan = planning.plan(STEP, VALUES, but(1, visible=False))
    assert plan.awaited == ["Model number"]


def test_a_list_that_does_not_offer_it_yet_is_awaited() -> None:
    """And refused by the record's own path, where it never does."""
    plan = planning.plan(STEP, VALUES, but(2, options=(Option("PL", "Poland"),)))
    assert plan.awaited == ["Country of purchase"]
    assert plan.unoffered is not None
    assert plan.unoffered.field == "country"


def test_a_choice_by_its_words_is_as_good_as_by_its_value() -> None:
    """The record may hold what a person reads."""
    values = Values({**VALUES.mapped, "country": "poland"}, VALUES.record)
    assert Action(2, "choose", "PL") in planning.plan(STEP, values, page()).actions


@pytest.mark.parametrize("place", [0, 5])
def test_what_the_form_needs_and_the_record_lacks_is_asked_for(place: int) -> None:
    """By its canonical path; nothing is made up."""
    record = {**VALUES.record, "consents": {"terms": False}}
    values = Values({"model": "AX-100"}, record, VALUES.sources)
    step = replace(STEP, fill=((SERIAL,) if place == 0 else (TERMS,)))
    with pytest.raises(Unmappable) as caught:
        planning.plan(step, values, page())
    assert caught.value.field == ("product.serial_number" if place == 0 else "consents.terms")


def test_what_does_not_fit_its_field_is_refused() -> None:
    """Browsers would cut it silently."""
    with pytest.raises(Unmappable, match="longer than 5"):
        planning.plan(STEP, VALUES, but(0, most=5))


STRANGE = {
    "a field that is asked for": control(9, "textbox", "Customer code", required=True),
    "a choice made beforehand": control(9, "checkbox", "Share my data", checked=True),
    "a set of choices made beforehand": control(9, "radio", "Yes", group="More?", checked=True),
}


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE.keys())
def test_what_the_manifest_does_not_know_stops_it(strange: Control) -> None:
    """Nothing is guessed."""
    whole = filled(page())
    with pytest.raises(Lost, match="not known"):
        planning.plan(STEP, VALUES, page(*whole.controls, strange))


def test_new_terms_are_a_persons_to_accept() -> None:
    """A box that must be ticked, of which nobody has heard."""
    terms = control(9, "checkbox", "I accept the new terms.", required=True)
    with pytest.raises(TermsChanged, match="new terms"):
        planning.plan(STEP, VALUES, page(*filled(page()).controls, terms))


def test_what_nobody_can_see_is_nobodys_to_fill() -> None:
    """A trap for programs, and a field that is asked for elsewhere."""
    trap = control(9, "textbox", "Website", required=True, visible=False)
    assert planning.plan(STEP, VALUES, page(*filled(page()).controls, trap)).actions == []


def test_an_optional_field_that_is_known_and_empty_is_left_alone() -> None:
    """The record says nothing of it."""
    values = Values({**VALUES.mapped, "model": ""}, VALUES.record, VALUES.sources)
    assert [one.index for one in planning.plan(STEP, values, page()).actions] == [0, 2, 3, 5]


def test_a_reworded_label_is_told_and_filled() -> None:
    """By its name in the form, where it says the same and nothing else does."""
    plan = planning.plan(STEP, VALUES, but(0, name="Your serial no."))
    assert plan.renamed == [Renamed("product", "Serial number", "Your serial no.")]
    assert Action(0, "write", "AC26XY000001") in plan.actions


PAPER = Upload("image/jpeg", b"picture")
PROVEN = replace(VALUES, proof=PAPER)
RECEIPT = Fill(
    (Locator("label", "Receipt"),), "file", upload=Taken(("application/pdf", "image/jpeg"), 9000)
)
ATTACHING = replace(STEP, fill=(*STEP.fill, RECEIPT))


def with_field(**rest: object) -> Survey:
    """A page that takes a file, too."""
    return page(*CONTROLS, control(9, "file", "Receipt (optional)", **rest))


def test_a_proof_is_attached_once() -> None:
    """Under a name that says nothing; what is there already is not attached again."""
    attach = Action(9, "attach")
    assert attach in planning.plan(ATTACHING, PROVEN, with_field()).actions
    assert attach not in planning.plan(ATTACHING, PROVEN, with_field(value="1")).actions
    assert PAPER.name == "receipt.jpg"
    assert "picture" not in repr(PAPER)


def test_a_proof_that_is_not_there_is_left_out_or_asked_for() -> None:
    """With what the form takes."""
    assert planning.plan(ATTACHING, VALUES, with_field()).awaited == []
    with pytest.raises(Unmappable, match="PDF, JPEG of at most 9,000 bytes") as caught:
        planning.plan(ATTACHING, VALUES, with_field(required=True))
    assert caught.value.field == "purchase.proofs"


@pytest.mark.parametrize(("values", "index"), [(PROVEN, 3), (VALUES, 4)])
def test_what_is_said_of_a_proof_depends_on_it(values: Values, index: int) -> None:
    """Yes where it is attached, and no where it is not."""
    asked = [
        Fill((), "radio", fixed="In my home", group="Where is it used?", proof=True),
        Fill((), "radio", fixed="In a business", group="Where is it used?", proof=False),
    ]
    fills = (*(one for one in STEP.fill if one.kind != "radio"), *asked)
    plan = planning.plan(replace(STEP, fill=fills), values, page())
    assert [one for one in plan.actions if one.index in {3, 4}] == [Action(index, "click")]


def test_a_step_may_leave_a_field_to_others() -> None:
    """What is not filled here and not asked for here is no matter."""
    plan = planning.plan(without(COUNTRY), VALUES, page())
    assert 2 not in {one.index for one in plan.actions}


NEARLY = [
    *("Order number", "Series number", "Battery serial number", "Previous serial number"),
    *("Product serial number", "Serial number of the box", "S/N", "Number"),
]


@pytest.mark.parametrize("words", NEARLY)
def test_what_is_nearly_the_same_is_another_field(words: str) -> None:
    """Its letters may be alike, and its name in the form the old one."""
    with pytest.raises(Lost, match="is called"):
        planning.plan(STEP, VALUES, but(0, name=words))


def test_two_that_say_the_same_are_none() -> None:
    """Nobody could tell which of them is meant."""
    again = control(9, "textbox", "The serial number", identity="serial_2")
    made = [*but(0, name="Your serial number").controls, again]
    with pytest.raises(Lost, match="is called"):
        planning.plan(STEP, VALUES, page(*made))


def test_what_the_form_refuses_is_told_by_its_words() -> None:
    """Only words that a person reads name a field; a mark of the form's own does not."""
    assert locating.reads(SERIAL, ["Model number", "serial number *"]) is True
    assert locating.reads(SERIAL, ["serial"]) is False
