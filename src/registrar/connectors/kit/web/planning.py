"""What is to be done on a page, from what it shows and what the record holds. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from registrar.connectors.kit.manifest.web import Fill, Step
from registrar.connectors.kit.mapping import Unmappable
from registrar.connectors.kit.web import locating
from registrar.connectors.kit.web.locating import Lost, Renamed
from registrar.connectors.kit.web.survey import BOXES, Control, Survey, plain
from registrar.connectors.kit.web.values import Values


class TermsChanged(Exception):
    """A box must be ticked that nobody has been asked about."""


@dataclass(frozen=True, slots=True)
class Action:
    """`does` is write, choose, click or attach."""

    index: int
    does: str
    value: str = ""


@dataclass(slots=True)
class Plan:
    """For one look at a page."""

    actions: list[Action] = field(default_factory=list)
    renamed: list[Renamed] = field(default_factory=list)
    picked: frozenset[str] = frozenset()
    """Labels of the fields whose offer was taken: what they hold by then says nothing of that."""
    held: set[int] = field(default_factory=set)
    """Controls that are as they should be."""
    awaited: list[str] = field(default_factory=list)
    """Labels of fields that are not there yet, or do not offer yet what is meant."""
    missing: bool = False
    """Some of them are not there at all."""
    unoffered: Unmappable | None = None
    """What to raise where a list never offers it: it may depend on another that was just chosen."""

    @property
    def lack(self) -> str:
        """Why it does not come to an end."""
        if self.awaited:
            return f"{', '.join(self.awaited)}: not on the page"
        return "a value does not stay in its field"

    @property
    def touched(self) -> set[int]:
        """What this step answers for."""
        return self.held | {one.index for one in self.actions}


def plan(step: Step, values: Values, survey: Survey, picked: frozenset[str] = frozenset()) -> Plan:
    """Raises Unmappable, Lost and TermsChanged. `picked`: by the plan before, on the same page.

    Fields that come to light only by what is filled in before them are awaited; the caller looks
    again after the actions.
    """
    made = Plan(picked=picked)
    for one in step.fill:
        if values.concerns(one):
            _fill(one, values, survey, made, step)
    for way in step.decline:
        _decline(way.value, survey, made)
    if made.missing:
        # A list may be empty as what it depends on is gone: not the record's fault.
        made.unoffered = None
    if not made.actions:
        _complete(survey, made)
    return made


def _fill(fill: Fill, values: Values, survey: Survey, made: Plan, step: Step) -> None:
    value = values.wanted(fill)
    if fill.kind == "radio":
        _choice(fill, value, values, survey, made)
        return
    one = locating.control(fill, survey, made.renamed, step.name)
    if value is None or value == "":
        _empty(fill, one, values, made)
    elif one is None:
        made.missing = True
        made.awaited.append(fill.label)
    elif fill.kind == "file":
        _does(made, one, Action(one.index, "attach"), done=bool(one.value))
    elif fill.kind == "check":
        _tick(fill, one, bool(value), values, made)
    elif fill.kind == "select":
        _select(fill, one, str(value), values, made)
    elif fill.kind == "pick":
        _pick(fill, one, str(value), values, survey, made)
    else:
        _write(fill, one, str(value), values, made)


def _empty(fill: Fill, one: Control | None, values: Values, made: Plan) -> None:
    """The record says nothing: nor may the form hold anything."""
    if one is None:
        return
    if one.required:
        raise Unmappable(values.path(fill), fill.upload.words if fill.upload else "is needed")
    _does(made, one, Action(one.index, "write"), done=not one.value or fill.kind != "text")


def _does(made: Plan, one: Control, action: Action, *, done: bool) -> None:
    if done:
        made.held.add(one.index)
    else:
        made.actions.append(action)


def _write(fill: Fill, one: Control, value: str, values: Values, made: Plan) -> None:
    if one.most and len(value) > one.most:
        raise Unmappable(values.path(fill), f"is longer than {one.most}")
    _does(made, one, Action(one.index, "write", value), done=same(one.value, value))


def _tick(fill: Fill, one: Control, wanted: bool, values: Values, made: Plan) -> None:  # noqa: FBT001 - a box's state
    if fill.consent and one.required and not wanted:
        raise Unmappable(values.path(fill), "is needed")
    wanted = wanted and not fill.advertises
    _does(made, one, Action(one.index, "click"), done=one.checked == wanted)


def _select(fill: Fill, one: Control, value: str, values: Values, made: Plan) -> None:
    offered = [option for option in one.options if option.enabled]
    found = [option for option in offered if plain(option.label) == plain(value)]
    found = found or [option for option in offered if option.value == value]
    if len(found) != 1:
        _unoffered(fill, one, values, made)
        return
    done = one.value == found[0].value
    _does(made, one, Action(one.index, "choose", found[0].value), done=done)


def _choice(fill: Fill, value: object, values: Values, survey: Survey, made: Plan) -> None:
    among = [one for one in survey.usable("radio") if plain(one.group) == plain(fill.group)]
    if value is None or value == "":
        if any(one.required for one in among):
            raise Unmappable(values.path(fill), "is needed")
        made.held.update(one.index for one in among if not one.checked)
        return
    if not among:
        made.missing = True
        made.awaited.append(fill.group)
        return
    found = [one for one in among if plain(one.name) == plain(str(value))]
    if len(found) != 1:
        raise Unmappable(values.path(fill), "is none of what the form offers")
    made.held.update(one.index for one in among if one.index != found[0].index)
    _does(made, found[0], Action(found[0].index, "click"), done=found[0].checked)


def _pick(  # noqa: PLR0913, PLR0917 - as its neighbours, and what else the page shows
    fill: Fill, one: Control, value: str, values: Values, survey: Survey, made: Plan
) -> None:
    """A field that offers what fits: write, wait for the offers, take the one that is meant."""
    found = [one for one in survey.usable("option") if plain(one.name) == plain(value)]
    if fill.label in made.picked:
        made.held.add(one.index)
    elif not same(one.value, value):
        made.actions.append(Action(one.index, "write", value))
    elif len(found) == 1:
        made.actions.append(Action(found[0].index, "click"))
        made.picked |= {fill.label}
    else:
        _unoffered(fill, one, values, made)


def _unoffered(fill: Fill, one: Control, values: Values, made: Plan) -> None:
    """It may still come: a list may depend on another, or on a server."""
    made.held.add(one.index)
    made.awaited.append(fill.label)
    made.unoffered = Unmappable(values.path(fill), "is none of what the form offers")


def _decline(label: str, survey: Survey, made: Plan) -> None:
    found = [one for one in survey.usable(*BOXES) if plain(one.name) == plain(label)]
    for one in found:
        _does(made, one, Action(one.index, "click"), done=not one.checked)


def _complete(survey: Survey, made: Plan) -> None:
    """Nothing is left on the page that the manifest does not know and that matters.

    Raises Lost and TermsChanged.
    """
    for one in _unknown(survey, made.touched):
        if one.role in BOXES and one.required:
            raise TermsChanged(f"{one.name!r} must be ticked")
        if one.role in BOXES | {"radio"} and one.checked:
            raise Lost(f"{one.name!r} is ticked, and not known")
        if one.required and not one.value:
            raise Lost(f"{one.name!r} is asked for, and not known")


def _unknown(survey: Survey, touched: set[int]) -> Iterable[Control]:
    return (
        one
        for one in survey.usable()
        if one.index not in touched and one.role not in {"button", "link", "option"}
    )


def covering(dismiss: Iterable[str], survey: Survey) -> list[Control]:
    """Buttons that take away what lies over a page."""
    wanted = {plain(one) for one in dismiss}
    return [one for one in survey.usable("button") if plain(one.name) in wanted]


def same(shown: str, written: str) -> bool:
    """Whether a field holds what was written, however it sets it out."""
    if plain(shown) == plain(written):
        return True
    return _bare(shown) == _bare(written) != ""


def _bare(text: str) -> str:
    return "".join(one for one in plain(text) if one.isalnum() or one == "+")
