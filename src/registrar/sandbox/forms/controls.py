"""The controls of a page in HTML: each with a label, its hint and its error tied to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from registrar.sandbox.forms.checking import TICKED, Given, active, options
from registrar.sandbox.forms.shapes import Condition, Field
from registrar.sandbox.forms.views import TRAP, View

INPUT_TYPES = {"date_text": "text", "combobox": "text"}


@dataclass(frozen=True, slots=True)
class Filled:
    """A view with what was given, and what was wrong with it. `fresh`: not sent before."""

    view: View
    given: Given
    errors: Mapping[str, str]
    fresh: bool = True


def fields(filled: Filled) -> str:
    """All controls of the page, in their order."""
    made = "".join(_field(filled, one) for one in filled.view.step.fields if _may_be(filled, one))
    return made + (_trap(filled.view) if filled.view.trap else "")


def attributes(**given: str | bool | None) -> str:
    """Escaped; True stands alone, and what is False, None or empty is left out."""
    return "".join(
        f" {name.strip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(value)}"')
        for name, value in given.items()
        if value
    )


def _field(filled: Filled, field: Field) -> str:
    match field.control:
        case "radio":
            inner = _radios(filled, field)
        case "checkbox":
            inner = _checkbox(filled, field)
        case _:
            inner = _labelled(filled, field)
    shown = active(field, filled.given.values)
    wrong = "wrong" if field.name in filled.errors else ""
    box = attributes(
        class_=f"{filled.view.css('field')} {wrong}".strip(),
        hidden=not shown,
        **_condition(filled.view, field.when),
    )
    return f"<div{box}>{inner}</div>"


def _may_be(filled: Filled, field: Field) -> bool:
    """Whether it can come to apply on this page."""
    on_page = {one.name for one in filled.view.step.fields}
    return active(field, filled.given.values) or (
        field.when is not None and field.when.field in on_page
    )


def _condition(view: View, when: Condition | None) -> dict[str, str | bool | None]:
    """For the script; a condition on an earlier page holds as it is."""
    here = {one.name for one in view.step.fields}
    if when is None or when.field not in here:
        return {}
    return {"data_when": view.name(when.field), "data_among": json.dumps(when.among)}


def _labelled(filled: Filled, field: Field) -> str:
    label = attributes(for_=filled.view.id(field.name), class_=_must(filled, field))
    around = _around(filled, field)
    return f"<label{label}>{escape(field.label)}</label>{around[0]}{_box(filled, field)}{around[1]}"


def _must(filled: Filled, field: Field) -> str:
    return filled.view.css("must") if field.required else filled.view.css("may")


def _around(filled: Filled, field: Field) -> tuple[str, str]:
    """The hint before a control, and the error after it."""
    place, error = filled.view.id(field.name), filled.errors.get(field.name, "")
    hint = f'<p class="hint" id="{place}-hint">{escape(field.hint)}</p>' if field.hint else ""
    alert = f'<p class="error" id="{place}-error">{escape(error)}</p>' if error else ""
    return hint, alert


def _told(filled: Filled, field: Field) -> dict[str, str | bool | None]:
    """What a control says of itself to assistive technology."""
    place, wrong = filled.view.id(field.name), field.name in filled.errors
    by = [f"{place}-hint"] * bool(field.hint) + [f"{place}-error"] * wrong
    return {
        "required": field.required,
        "aria_invalid": "true" if wrong else None,
        "aria_describedby": " ".join(by),
    }


def _box(filled: Filled, field: Field) -> str:
    own = {"id": filled.view.id(field.name), "name": filled.view.name(field.name)}
    told = own | _told(filled, field)
    value = filled.given.values.get(field.name, "")
    match field.control:
        case "select":
            return _select(filled, field, value, told)
        case "file":
            return _file(filled, field, told)
        case "combobox":
            return _combobox(filled.view, field, value, told)
        case kind:
            more = attributes(**told, autocomplete=field.autocomplete, value=value)
            limit = attributes(maxlength=str(field.most) if field.most else None)
            return f'<input type="{INPUT_TYPES.get(kind, kind)}"{more}{limit}>'


def _select(filled: Filled, field: Field, value: str, told: Mapping[str, str | bool | None]) -> str:
    depends: dict[str, str | bool | None] = {}
    if field.depends:
        name, choices = filled.view.name(field.depends), json.dumps(field.choices)
        depends = {"data_depends": name, "data_choices": choices}
    known = options(field, filled.given.values)
    offered = "".join(_option(one, words, one == value) for one, words in known.items())
    more = attributes(**told, **depends)
    return f'<select{more}><option value="">Please choose</option>{offered}</select>'


def _option(value: str, words: str, chosen: bool) -> str:  # noqa: FBT001 - of one option
    return f"<option{attributes(selected=chosen)} value={_quoted(value)}>{escape(words)}</option>"


def _quoted(value: str) -> str:
    return f'"{escape(value)}"'


def _file(filled: Filled, field: Field, told: Mapping[str, str | bool | None]) -> str:
    accept = ",".join(f".{one}" for one in field.accept)
    kept = filled.given.files.get(field.name)
    note = f'<p class="kept">Attached: {escape(kept.filename)}</p>' if kept else ""
    needed = dict(told) | ({"required": False} if kept else {})
    return f'<input type="file"{attributes(**needed, accept=accept)}>{note}'


def _combobox(view: View, field: Field, value: str, told: Mapping[str, str | bool | None]) -> str:
    listed = f"{view.id(field.name)}-list"
    offered = "".join(
        f'<li role="option" aria-selected="false" data-value="{escape(one)}">{escape(words)}</li>'
        for one, words in field.options.items()
    )
    more = attributes(
        **told,
        value=value,
        role="combobox",
        autocomplete="off",
        aria_autocomplete="list",
        aria_expanded="false",
        aria_controls=listed,
        maxlength=str(field.most) if field.most else None,
    )
    label = escape(f"{field.label}: suggestions")
    return (
        f'<div class="combobox"><input type="text"{more}>'
        f'<ul id="{listed}" role="listbox" aria-label="{label}" hidden>{offered}</ul></div>'
    )


def _radios(filled: Filled, field: Field) -> str:
    place, chosen = filled.view.id(field.name), filled.given.values.get(field.name, "")
    told = attributes(role="radiogroup", **_told(filled, field)).replace(" required", "")
    name = filled.view.name(field.name)
    made = "".join(
        f'<div class="choice"><input type="radio" id="{place}-{number}"'
        f"{attributes(name=name, value=value, checked=value == chosen, required=field.required)}>"
        f'<label for="{place}-{number}">{escape(words)}</label></div>'
        for number, (value, words) in enumerate(field.options.items())
    )
    hint, error = _around(filled, field)
    legend = f'<legend class="{_must(filled, field)}">{escape(field.label)}</legend>'
    return f'<fieldset id="{place}"{told}>{legend}{hint}{made}{error}</fieldset>'


def _checkbox(filled: Filled, field: Field) -> str:
    place = filled.view.id(field.name)
    before = filled.given.values.get(field.name) == TICKED
    checked = field.ticked if filled.fresh else before
    own = attributes(
        id=place,
        name=filled.view.name(field.name),
        value=TICKED,
        checked=checked,
        **_told(filled, field),
    )
    hint, error = _around(filled, field)
    label = f'<label for="{place}" class="{_must(filled, field)}">{escape(field.label)}</label>'
    return f'<div class="choice"><input type="checkbox"{own}>{label}</div>{hint}{error}'


def _trap(view: View) -> str:
    name, place = view.name(TRAP), view.id(TRAP)
    return (
        f'<div class="away" aria-hidden="true"><label for="{place}">Web site</label>'
        f'<input type="text" id="{place}" name="{name}" tabindex="-1" autocomplete="off"></div>'
    )
