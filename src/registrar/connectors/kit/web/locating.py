"""Which control a manifest means, or why that is not certain. Pure.

Words that a person reads come first; a test id or a selector is only a second opinion. All that
find something must find the same: a form whose labels and names have come apart is not filled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from registrar.connectors.kit.manifest.web import Fill, Locator
from registrar.connectors.kit.web.survey import BOXES, Control, Survey, plain

ROLES = {
    "text": ("textbox", "searchbox", "spinbutton", "combobox"),
    "pick": ("textbox", "searchbox", "combobox"),
    "select": ("combobox", "listbox"),
    "radio": ("radio",),
    "check": tuple(BOXES),
    "file": ("file",),
}
FILLERS = frozenset({"a", "an", "enter", "of", "please", "the", "your"})
SHORT = {"no": "number", "nr": "number", "num": "number"}
_WORD = re.compile(r"[^\W_]+")


class Lost(Exception):
    """No control, or no certain one. The message names the field by its label."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """A control that is the one by its other marks, and says the same in other words."""

    step: str
    label: str
    now: str


def control(fill: Fill, survey: Survey, renamed: list[Renamed], step: str = "") -> Control | None:
    """The one; None where there is none yet. Raises Lost; tells of what was merely reworded."""
    among = [one for one in survey.usable(*ROLES[fill.kind]) if _grouped(fill, one)]
    found = [_matching(way, among) for way in fill.find]
    single = {ways[0].index: ways[0] for ways in found if len(ways) == 1}
    if len(single) > 1:
        raise Lost(f"{fill.label}: its words and its marks are of different fields")
    if not single:
        if any(len(ways) > 1 for ways in found):
            raise Lost(f"{fill.label}: more than one")
        return None
    (one,) = single.values()
    if not reads(fill, [one.name]):
        _reworded(fill, one, among, renamed, step)
    return one


def _grouped(fill: Fill, one: Control) -> bool:
    return not fill.group or plain(one.group) == plain(fill.group)


def _matching(way: Locator, among: Sequence[Control]) -> list[Control]:
    if way.by == "label":
        return [one for one in among if plain(one.name) == plain(way.value)]
    if way.by == "role":
        return [
            one for one in among if one.role == way.value and plain(one.name) == plain(way.name)
        ]
    if way.by == "test_id":
        return [one for one in among if one.test_id == way.value]
    if way.by == "name":
        return [one for one in among if one.identity == way.value]
    return [one for one in among if way.value in one.matches]


def reads(fill: Fill, names: Iterable[str]) -> bool:
    """Whether a person reads of one of these what the manifest says."""
    words = {plain(way.name or way.value) for way in fill.find if way.by in {"label", "role"}}
    return any(plain(name) in words for name in names)


def _reworded(
    fill: Fill, one: Control, among: Iterable[Control], renamed: list[Renamed], step: str
) -> None:
    """Found by its marks alone: it must say the same, and nothing else on the page may."""
    meant = essence(fill.label)
    if [other.index for other in among if essence(other.name) == meant] != [one.index]:
        raise Lost(f"{fill.label}: it is called {one.name!r} by now")
    renamed.append(Renamed(step, fill.label, one.name))


def essence(label: str) -> frozenset[str]:
    """Its words, whatever their order, without fillers, plurals and short forms.

    Not how alike the letters are: an order number is nearly a serial number, and another field.
    """
    words: list[str] = _WORD.findall(plain(label).replace("e-mail", "email"))
    return frozenset(SHORT.get(one, one.removesuffix("s")) for one in words if one not in FILLERS)


def button(way: Locator, survey: Survey) -> Control:
    """What is pressed. Raises Lost."""
    found = _matching(way, list(survey.usable("button", "link")))
    if len(found) != 1:
        raise Lost(f"{way.name or way.value}: {'more than one' if found else 'no such button'}")
    return found[0]
