"""Changes of a form, by the thousand: whatever happens to it, no value goes into a wrong field."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.connectors.web.pages import CONTROLS, STEP, VALUES, control, page

from registrar.connectors.kit.mapping import Unmappable
from registrar.connectors.kit.web import planning
from registrar.connectors.kit.web.locating import Lost
from registrar.connectors.kit.web.planning import TermsChanged
from registrar.connectors.kit.web.survey import Control

MEANT = {"AC26XY000001": "serial", "AX-100": "model"}
"""Value, and the one field that it belongs into, whatever that is called or where it stands."""
WORDS = ["Serial number", "Model number", "Type", "Number", "S/N", "Serial no.", "Model", "Plate"]
NAMES = ["serial", "model", "sn", "f1", "website", ""]

Truth = dict[int, str]
"""Index of a control, and what its manufacturer takes it for."""


@st.composite
def mutated(draw: st.DrawFn) -> tuple[tuple[Control, ...], Truth]:
    """The page after someone has worked on it; the truth goes with the control, not its words."""
    truth = {0: "serial", 1: "model"}
    controls = list(CONTROLS)
    for place in (0, 1):
        controls[place] = msgspec.structs.replace(
            controls[place],
            name=draw(st.sampled_from([controls[place].name, *WORDS])),
            identity=draw(st.sampled_from([controls[place].identity, *NAMES])),
            visible=draw(st.sampled_from([True, True, True, False])),
        )
    for extra in range(draw(st.integers(0, 2))):
        controls.append(
            control(
                20 + extra,
                "textbox",
                draw(st.sampled_from([*WORDS, "Customer code"])),
                identity=draw(st.sampled_from(NAMES)),
                visible=draw(st.booleans()),
                required=draw(st.booleans()),
            )
        )
        truth[20 + extra] = "another"
    return tuple(draw(st.permutations(controls))), truth


def consistent(controls: tuple[Control, ...], truth: Truth) -> bool:
    """Whether a person could tell: no field shows both the words and the name of another."""
    words = {"serial": "serial number", "model": "model number"}
    for one in controls:
        mine = truth.get(one.index)
        for other, text in words.items():
            wears = one.name.casefold().strip(" *") == text or one.identity == other
            if mine is not None and mine != other and wears:
                return False
    return True


@given(mutated())
def test_no_value_goes_into_a_wrong_field(made: tuple[tuple[Control, ...], Truth]) -> None:
    """It is filled rightly, or it is not filled: a page that lies about itself is left alone."""
    controls, truth = made
    try:
        plan = planning.plan(STEP, VALUES, page(*controls))
    except (Lost, TermsChanged, Unmappable):
        return
    for action in plan.actions:
        if action.value in MEANT and consistent(controls, truth):
            assert truth[action.index] == MEANT[action.value]


@given(mutated())
def test_words_and_marks_of_different_fields_are_never_both_believed(
    made: tuple[tuple[Control, ...], Truth],
) -> None:
    """Where a label stands at one field and the name at another, nothing is filled into either."""
    controls, _ = made
    for label, name in (("serial number", "serial"), ("model number", "model")):
        shown = [one for one in controls if one.usable and one.role == "textbox"]
        worded = {one.index for one in shown if one.name.casefold().strip(" *") == label}
        named = {one.index for one in shown if one.identity == name}
        if len(worded) == len(named) == 1 and worded != named:
            try:
                plan = planning.plan(STEP, VALUES, page(*controls))
            except (Lost, TermsChanged, Unmappable):
                continue
            raise AssertionError(plan.actions)
