"""Changes of a form, by the thousand: whatever happens to it, no value goes into a wrong field.

What a person reads of a field is what it is: names and ids may go, come back, and be given to
another field. A value must end where a person would write it, or nowhere.
"""

import msgspec
from hypothesis import event, given
from hypothesis import strategies as st
from tests.unit.connectors.web.pages import CONTROLS, STEP, VALUES, control, page

from registrar.connectors.kit.mapping import Unmappable
from registrar.connectors.kit.web import planning
from registrar.connectors.kit.web.locating import Lost
from registrar.connectors.kit.web.planning import TermsChanged
from registrar.connectors.kit.web.survey import Control

MEANT = {"AC26XY000001": "serial", "AX-100": "model"}
"""Value, and what a person takes the one field for that it belongs into."""
READ = {
    "Serial number": "serial",
    "Serial number *": "serial",
    "Your serial no.": "serial",
    "Model number": "model",
    "Model Nr": "model",
    "Number of the model": "model",
    "Serial number of the box": "another",
    "Battery serial number": "another",
    "Order number": "another",
    "Model year": "another",
    "Customer code": "another",
    "Series number": "another",
}
NAMES = ["serial", "model", "sn", "f1", "website", ""]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[Control, ...]:
    """The page after someone has worked on it: other words, other names, more fields, any order."""
    places = (0, 1, *(20 + extra for extra in range(draw(st.integers(0, 3)))))
    texts = [
        control(
            place,
            "textbox",
            draw(st.sampled_from([*READ])),
            identity=draw(st.sampled_from(NAMES)),
            visible=draw(st.sampled_from([True, True, True, False])),
        )
        for place in places
    ]
    return tuple(draw(st.permutations([*texts, *CONTROLS[2:]])))


@given(mutated())
def test_no_value_goes_into_a_wrong_field(controls: tuple[Control, ...]) -> None:
    """It is filled rightly, or it is not filled."""
    try:
        plan = planning.plan(STEP, VALUES, page(*controls))
    except (Lost, TermsChanged, Unmappable):
        return
    read = {one.index: READ.get(one.name, "") for one in controls}
    filled = {one.value: read[one.index] for one in plan.actions if one.value in MEANT}
    event(f"{len(filled)} filled")
    assert filled == {value: MEANT[value] for value in filled}
    assert all(one.visible for one in controls if one.index in plan.touched)


@given(mutated())
def test_words_and_marks_of_different_fields_are_never_both_believed(
    controls: tuple[Control, ...],
) -> None:
    """Where a label stands at one field and the name at another, nothing is filled into either."""
    shown = [msgspec.structs.replace(one, name=one.name.strip(" *")) for one in controls]
    for label, name in (("Serial number", "serial"), ("Model number", "model")):
        usable = [one for one in shown if one.usable and one.role == "textbox"]
        worded = [one.index for one in usable if one.name == label]
        named = [one.index for one in usable if one.identity == name]
        if len(worded) == len(named) == 1 and worded != named:
            try:
                plan = planning.plan(STEP, VALUES, page(*controls))
            except (Lost, TermsChanged, Unmappable):
                continue
            raise AssertionError(plan.actions)
