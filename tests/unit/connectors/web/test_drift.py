"""What is a change of a form, and what it means: decided without a browser."""

from dataclasses import replace
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from tests.unit.connectors.web.pages import (
    CONTROLS,
    COUNTRY,
    MODEL,
    SERIAL,
    STEP,
    but,
    by,
    control,
    page,
    without,
)
from tests.unit.connectors.web.test_mutations import NAMES, READ, mutated

from registrar.connectors.kit.catalogue import PACKAGED
from registrar.connectors.kit.manifest import load
from registrar.connectors.kit.manifest.web import Fill, Locator, Step, WebTier
from registrar.connectors.kit.mapping import field_map
from registrar.connectors.kit.web import drifting, fingerprint, locating
from registrar.connectors.kit.web.fingerprint import Sights
from registrar.connectors.kit.web.locating import Lost
from registrar.connectors.kit.web.survey import Control, Option, Survey
from registrar.domain.drift import Change, FormPage, Severity, certain, worst

PRESSED = replace(STEP, press=Locator("role", "button", "Continue"))
FILLED = (0, 1, 2, 5, 6)
"""Places of the controls that the step fills one by one."""


@cache
def acme() -> WebTier:
    """Read once."""
    form = load(PACKAGED / "acme" / "manifest.yaml").web
    assert form is not None
    return form


def tier(step: Step = PRESSED) -> WebTier:
    """Acme's, with this step alone."""
    return replace(acme(), steps=(step,))


def looked(survey: Survey, step: Step = PRESSED) -> FormPage:
    """Its fingerprint."""
    return fingerprint.page(step, survey)


def changes(survey: Survey, step: Step = PRESSED, before: Survey | None = None) -> list[Change]:
    """Since the page that the manifest knows."""
    return [*drifting.compare(tier(step), looked(before or page(), step), looked(survey, step))]


def told(survey: Survey, step: Step = PRESSED) -> list[tuple[str, str, str]]:
    """Severity, kind and place of each."""
    return [(one.severity.value, one.what, one.where) for one in changes(survey, step)]


@st.composite
def shuffled(draw: st.DrawFn) -> Survey:
    """The same page for who reads it: another order, other names, ids, values, classes."""
    made = [
        msgspec.structs.replace(
            one,
            index=draw(st.integers(0, 999)),
            identity=draw(st.sampled_from(["", one.identity, "f17", "x-9"])),
            test_id=draw(st.sampled_from(["", "t1"])),
            value=draw(st.sampled_from(["", "old"])),
            autocomplete=draw(st.sampled_from(["", "off"])),
        )
        for one in draw(st.permutations(CONTROLS))
    ]
    made += [control(99, "textbox", "Web site", visible=False, required=True)]
    return page(*made, url=f"http://form.example/{draw(st.integers())}", text="csrf")


@given(shuffled())
def test_another_order_and_other_ids_are_cosmetic(survey: Survey) -> None:
    """Nor is a field that nobody sees any change."""
    assert worst(changes(survey)) in {None, Severity.COSMETIC}
    assert {one.what for one in changes(survey)} <= {"lost_mark"}


@given(shuffled())
def test_the_same_page_has_one_digest(survey: Survey) -> None:
    """Whatever order it comes in, with the names that it had."""
    known = {one.name: one.identity for one in CONTROLS}
    named = [
        msgspec.structs.replace(one, identity=known.get(one.name, "")) for one in survey.controls
    ]
    assert looked(page(*named)).digest == looked(page()).digest


@given(st.sampled_from(FILLED), shuffled())
def test_a_filled_field_that_has_gone_always_breaks_the_form(place: int, survey: Survey) -> None:
    """Whatever else has happened to the page."""
    gone = CONTROLS[place].name
    rest = [one for one in survey.controls if one.name != gone]
    assert worst(changes(page(*rest))) is Severity.BREAKING


@given(shuffled(), st.text(min_size=1, max_size=20), st.sampled_from(["textbox", "checkbox"]))
def test_what_is_asked_for_and_not_known_always_breaks_the_form(
    survey: Survey, name: str, role: str
) -> None:
    """Whatever it is called, where no field of ours is called so."""
    more = control(50, role, f"{name} of the box", required=True)
    assert worst(changes(page(*survey.controls, more))) is Severity.BREAKING


@st.composite
def reworked(draw: st.DrawFn) -> tuple[Control, ...]:
    """Now and then a field has other words, another name, or is asked for; there may be more."""
    made = [
        msgspec.structs.replace(
            one,
            name=draw(st.just(one.name) | st.sampled_from([*READ])),
            identity=draw(st.just(one.identity) | st.sampled_from(NAMES)),
            visible=draw(st.sampled_from([*[True] * 9, False])),
        )
        for one in CONTROLS[:2]
    ]
    more = draw(st.lists(st.sampled_from([*READ]), max_size=1))
    made += [control(20, "textbox", name) for name in more]
    return tuple(draw(st.permutations([*made, *CONTROLS[2:]])))


@given(reworked())
def test_a_form_that_is_called_fillable_is_filled(controls: tuple[Control, ...]) -> None:
    """What is no more than cosmetic loses no field, and whatever loses one is told."""
    survey = page(*controls)
    found = [one.where for one in changes(survey) if one.severity is not Severity.COSMETIC]
    for fill in (one for one in STEP.fill if one.find):
        try:
            lost = locating.control(fill, survey, []) is None
        except Lost:
            lost = True
        assert not lost or fill.label in found
    event("told" if found else "nothing to tell")


@given(reworked() | mutated())
def test_a_page_has_not_changed_from_itself(controls: tuple[Control, ...]) -> None:
    """However odd it is."""
    survey = page(*controls)
    assert changes(survey, before=survey) == []


@pytest.mark.parametrize(
    ("survey", "expected"),
    [
        (but(0, name="Your serial no."), ("repairable", "reworded", "Serial number")),
        (but(0, name="Code"), ("repairable", "renamed", "Serial number")),
        (but(0, role="radio"), ("breaking", "other_kind", "Serial number")),
        (but(0, type="date"), ("breaking", "other_kind", "Serial number")),
        (but(0, type="search"), ("cosmetic", "type", "Serial number")),
        (but(0, name="Code", identity=""), ("breaking", "gone", "Serial number")),
        (but(1, required=True), ("cosmetic", "now_required", "Model number")),
        (but(6, required=True), ("breaking", "now_required", "Send me news.")),
        (but(7, name="Proceed"), ("breaking", "button_gone", "Continue")),
        (but(7, name="Please continue"), ("repairable", "button_reworded", "Continue")),
        (page(*CONTROLS, CONTROLS[7]), ("breaking", "twice", "Continue")),
        (
            page(*CONTROLS, control(9, "checkbox", "New terms", required=True)),
            ("breaking", "new_box", "New terms"),
        ),
        (
            page(*CONTROLS, control(9, "checkbox", "Offers", checked=True)),
            ("breaking", "new_ticked", "Offers"),
        ),
        (
            page(*CONTROLS, control(9, "textbox", "Customer code", required=True)),
            ("breaking", "new_required", "Customer code"),
        ),
        (page(*CONTROLS, control(9, "textbox", "Shop")), ("cosmetic", "appeared", "Shop")),
        (page(*CONTROLS, CONTROLS[5]), ("breaking", "twice", "I accept the terms.")),
        (but(2, options=(Option("", "Please choose"),)), ("cosmetic", "options", COUNTRY.label)),
        (but(2, options=()), ("breaking", "offers_nothing", COUNTRY.label)),
        (
            page(*[msgspec.structs.replace(one, group="Kind of use") for one in CONTROLS]),
            ("breaking", "gone", "Where is it used?"),
        ),
        (
            page(*[msgspec.structs.replace(one, group="Where is it used") for one in CONTROLS]),
            ("repairable", "reworded", "Where is it used?"),
        ),
    ],
)
def test_a_change_has_its_class(survey: Survey, expected: tuple[str, str, str]) -> None:
    """By what it does to whoever fills the form."""
    assert expected in told(survey)
    severities = [one[0] for one in told(survey)]
    assert severities[0] == expected[0]


def test_words_and_marks_that_have_come_apart_break_the_form() -> None:
    """The trap of two labels that have changed places."""
    swapped = page(
        msgspec.structs.replace(CONTROLS[0], name="Model number"),
        msgspec.structs.replace(CONTROLS[1], name="Serial number"),
        *CONTROLS[2:],
    )
    assert told(swapped)[:2] == [
        ("breaking", "apart", "Serial number"),
        ("breaking", "apart", "Model number"),
    ]


def test_a_field_that_two_have_the_words_of_is_told_by_its_mark() -> None:
    """As it is filled; without a mark nobody can tell."""
    twin = control(9, "textbox", "Serial number")
    assert told(page(*CONTROLS, twin)) == []
    bare = [msgspec.structs.replace(one, identity="") for one in CONTROLS]
    assert ("breaking", "twice", "Serial number") in told(page(*bare, twin))


ASKED = field_map({"from": ["brand"], "to": "brand", "when": {"path": "brand", "in": ["A"]}})


@pytest.mark.parametrize("some", [{"when": ASKED.when}, {"proof": True}, {"proof": False}])
def test_a_field_that_only_some_records_have_need_not_be_there(some: dict[str, Any]) -> None:
    """Nothing is known of it before the record's own answers are given, or its proof."""
    step = replace(PRESSED, fill=(replace(SERIAL, **some), MODEL))
    known = [CONTROLS[0], CONTROLS[1], CONTROLS[7]]
    found = changes(page(*known[1:]), step, page(*known))
    assert [(one.severity, one.what) for one in found] == [(Severity.COSMETIC, "gone")]


def test_an_option_that_the_manifest_puts_in_is_missed() -> None:
    """A fixed one, and what a map makes of a record; by words or as the form sends it."""
    fixed = by("Country of purchase", "country", "select", fixed="Poland")
    fewer = but(2, options=(Option("", "Please choose"), Option("DE", "Germany")))
    assert ("breaking", "option_gone", "Country of purchase") in told(
        fewer, replace(PRESSED, fill=(fixed,))
    )
    mapped = {"from": ["purchase.country"], "to": "country", "with": [{"map": {"X": "PL"}}]}
    asking = replace(tier(), fields=(field_map(mapped),))
    found = drifting.compare(asking, looked(page()), looked(fewer))
    assert Change(Severity.BREAKING, "option_gone", COUNTRY.label, was="PL") in found


def test_many_options_are_kept_as_digests_and_found_again() -> None:
    """No list of two hundred countries lies in the database, and one that is missed is told."""
    many = tuple(Option(f"C{number}", f"Country {number}") for number in range(60))
    fixed = by("Country of purchase", "country", "select", fixed="Country 7")
    step = replace(PRESSED, fill=(fixed,))
    kept = looked(but(2, options=many), step)
    (listed,) = [one for one in kept.traits if one.role == "combobox"]
    assert len(listed.options) == 60
    assert all(one.startswith("#") and len(one) == 11 for one in listed.options)
    found = changes(but(2, options=many[:7] + many[8:]), step, but(2, options=many))
    assert found == [Change(Severity.BREAKING, "option_gone", "Country of purchase", "Country 7")]
    assert changes(but(2, options=many[:9]), step, but(2, options=many)) == [
        Change(
            Severity.COSMETIC, "options", "Country of purchase", was="60 options", now="9 options"
        )
    ]


def test_no_word_of_the_owners_is_kept() -> None:
    """The manifest's own words are, whoever is called so."""
    shown = page(
        control(0, "textbox", "Serial number"),
        control(1, "button", "Not Ada King, SNAC26XY000001?"),
        control(2, "combobox", "Send to", options=(Option("1", "ada@example.com"),)),
        control(3, "radio", "By post", group="Ada's address"),
    )
    secrets = ["ada@example.com", "AC26XY000001", "Ada", "King", "Serial", " "]
    kept = fingerprint.page(PRESSED, shown, secrets)
    text = msgspec.json.encode(kept).decode().lower()
    assert "ada" not in text
    assert "king" not in text
    assert "ac26" not in text
    assert "serial number" in text


def test_a_page_that_every_field_is_on_fits() -> None:
    """It may be the first one that is known of a step; any other is not taken for it."""
    assert drifting.fits(tier(), looked(page()))
    odd = control(9, "textbox", "Customer code", required=True)
    for survey in (but(0, name="Code"), but(7, name="Proceed"), page(*CONTROLS, odd)):
        assert not drifting.fits(tier(), looked(survey))
    other = replace(PRESSED, name="other")
    assert not drifting.fits(tier(other), looked(page()))
    assert drifting.compare(tier(other), looked(page()), looked(page())) == ()


def test_what_is_certain_is_there_from_first_to_last() -> None:
    """A page that is being drawn, and a field that one record's answers take away, are not."""
    gone, box = (Change(Severity.BREAKING, "gone", one) for one in ("Serial", "Terms"))
    mild = Change(Severity.COSMETIC, "appeared", "Shop")
    assert certain([gone, box, mild], [box, mild]) == (box,)
    assert certain([gone], []) == ()
    assert worst([]) is None


def test_a_look_before_anything_is_touched_is_how_a_page_came() -> None:
    """However long it takes until it is all there."""
    half, whole, filled = page(*CONTROLS[:1]), page(), but(0, value="AC")
    sights = Sights()
    for survey, touched in ((half, False), (whole, False), (filled, True), (half, False)):
        sights.look(PRESSED, survey, touched=touched)
    (sight,) = sights.made([])
    assert (sight.step, sight.arrived, sight.last) == ("product", looked(whole), looked(half))


def test_a_field_without_words_is_known_by_its_marks() -> None:
    """And the button, too; they are all there is."""
    fill = Fill((Locator("name", "serial"),), "text", value="serial")
    step = replace(without(*STEP.fill), fill=(fill,), press=Locator("css", ".go"))
    go: Control = msgspec.structs.replace(CONTROLS[7], matches=(".go",))
    there = page(CONTROLS[0], go)
    assert changes(page(CONTROLS[1], CONTROLS[7]), step, there)[:2] == [
        Change(Severity.BREAKING, "gone", "serial"),
        Change(Severity.BREAKING, "button_gone", ".go"),
    ]
    assert str(Change(Severity.REPAIRABLE, "renamed", "Shop", "a", "b")) == (
        "'Shop' renamed, was 'a', now 'b'"
    )
