"""What a difference between two looks at a step means for whoever fills it. Pure.

Only the manifest tells: a control that it does not fill may come and go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registrar.connectors.kit.manifest.web import Fill, Step, WebTier
from registrar.connectors.kit.web import locating, offering
from registrar.connectors.kit.web.fingerprint import PRESS, key
from registrar.connectors.kit.web.locating import essence, reads
from registrar.connectors.kit.web.survey import BOXES, plain
from registrar.domain.drift import Change, FormPage, Severity, Trait

BUTTONS = frozenset({"button", "link"})
FREE = frozenset({"", "text", "email", "tel", "search", "url", "textarea"})
"""Types of a field that takes any words: one is as good as another."""
_COSMETIC, _REPAIRABLE, _BREAKING = Severity.COSMETIC, Severity.REPAIRABLE, Severity.BREAKING


@dataclass(frozen=True, slots=True)
class Found:
    """The control that is meant, `by` words, marks or essence; or how many could be."""

    trait: Trait | None
    by: str = ""
    """Empty where none is meant; `apart` and `twice` where it is not certain which."""


NONE = Found(None)


def compare(tier: WebTier, before: FormPage, now: FormPage) -> tuple[Change, ...]:
    """Of one step, the worst first; empty where nothing has changed, or there is no such step."""
    step = next((one for one in tier.steps if one.name == now.step), None)
    if step is None or before.step != now.step:
        return ()
    found = [
        *(one for fill in step.fill for one in _field(tier, fill, before, now)),
        *_button(step, before, now),
        *_unknown(step, before, now),
    ]
    order = list(Severity)[::-1]
    return tuple(sorted(found, key=lambda one: order.index(one.severity)))


def fits(tier: WebTier, now: FormPage) -> bool:
    """Whether a page that nobody has walked through yet is one that the manifest can fill."""
    step = next((one for one in tier.steps if one.name == now.step), None)
    if step is None:
        return False
    lost = [fill for fill in step.fill if not fill.conditional and _found(fill, now).by != "words"]
    odd = any(one.severity is _BREAKING for one in _unknown(step, FormPage(now.step, ()), now))
    return not lost and not odd and _pressed(step, now).by == "words"


def _found(fill: Fill, page: FormPage) -> Found:
    """As `locating.control` finds it, and how nearly where it does not."""
    if fill.kind == "radio":
        return _group(fill, page)
    among = [one for one in page.traits if one.role in locating.ROLES[fill.kind]]
    among = [one for one in among if not fill.group or plain(one.group) == plain(fill.group)]
    worded = [one for one in among if reads(fill, [one.name])]
    marked = [one for one in among if key(fill) in one.marks]
    alike = [one for one in among if fill.label and essence(one.name) == essence(fill.label)]
    if len(worded) == len(marked) == 1 and worded != marked:
        return Found(worded[0], "apart")
    if len(marked) == 1 and not fill.label:
        # Nobody reads anything of it: its marks are all there is.
        return Found(marked[0], "words")
    return _chosen(worded, marked, alike)


def _chosen(worded: Sequence[Trait], marked: Sequence[Trait], alike: Sequence[Trait]) -> Found:
    if len(worded) == 1:
        return Found(worded[0], "words")
    if len(marked) == 1:
        # Two of the same words, and a mark that tells them apart: as good as words.
        return Found(marked[0], "words" if marked[0] in worded else "marks")
    if worded:
        return Found(worded[0], "twice")
    return Found(alike[0], "essence") if len(alike) == 1 else NONE


def _group(fill: Fill, page: FormPage) -> Found:
    """A set of choices, by one of them."""
    radios = [one for one in page.traits if one.role == "radio"]
    same = [one for one in radios if plain(one.group) == plain(fill.group)]
    alike = {one.group: one for one in radios if essence(one.group) == essence(fill.group)}
    if same:
        return Found(same[0], "words")
    return Found(next(iter(alike.values())), "essence") if len(alike) == 1 else NONE


def _field(tier: WebTier, fill: Fill, before: FormPage, now: FormPage) -> Iterator[Change]:
    was, found = _found(fill, before), _found(fill, now)
    if was.by != "words" or was.trait is None:
        return
    if found.trait is None:
        yield _gone(fill, was.trait, now)
        return
    yield from _named(fill, found, fill.group if fill.kind == "radio" else fill.label)
    if fill.kind != "radio":
        yield from _kind(fill, was.trait, found.trait)
        if key(fill) in was.trait.marks and key(fill) not in found.trait.marks:
            yield Change(_COSMETIC, "lost_mark", key(fill))
    yield from offering.changes(tier, fill, (was.trait, before), (found.trait, now))


def _gone(fill: Fill, was: Trait, now: FormPage) -> Change:
    other = next((one for one in now.traits if reads(fill, [one.name])), None)
    if other is not None:
        return Change(_BREAKING, "other_kind", key(fill), was.role, other.role)
    # A field that only some records have need not be there at first.
    return Change(_COSMETIC if fill.conditional else _BREAKING, "gone", key(fill))


def _named(fill: Fill, found: Found, label: str) -> Iterator[Change]:
    trait = found.trait
    shown = "" if trait is None else trait.group if fill.kind == "radio" else trait.name
    if found.by == "apart":
        yield Change(_BREAKING, "apart", key(fill))
    elif found.by == "twice":
        yield Change(_BREAKING, "twice", key(fill))
    elif found.by in {"marks", "essence"}:
        same = essence(shown) == essence(label)
        yield Change(_REPAIRABLE, "reworded" if same else "renamed", key(fill), label, shown)


def _kind(fill: Fill, was: Trait, now: Trait) -> Iterator[Change]:
    if was.type != now.type:
        free = {was.type, now.type} <= FREE
        what = "type" if free else "other_kind"
        yield Change(_COSMETIC if free else _BREAKING, what, key(fill), was.type, now.type)
    if now.required and not was.required:
        yield Change(_BREAKING if fill.advertises else _COSMETIC, "now_required", key(fill))


def _pressed(step: Step, page: FormPage) -> Found:
    among = [one for one in page.traits if one.role in BUTTONS]
    words = plain(step.press.name or step.press.value)
    worded = [one for one in among if plain(one.name) == words and step.press.by in _READ]
    marked = [one for one in among if PRESS in one.marks]
    if len(worded) == 1 or (len(marked) == 1 and not worded):
        return Found((worded or marked)[0], "words")
    if worded or marked:
        return Found((worded or marked)[0], "twice")
    alike = [one for one in among if essence(one.name) == essence(step.press.name)]
    return Found(alike[0], "essence") if len(alike) == 1 else NONE


_READ = frozenset({"label", "role"})


def _button(step: Step, before: FormPage, now: FormPage) -> Iterator[Change]:
    if _pressed(step, before).by != "words":
        return
    found, label = _pressed(step, now), step.press.name or step.press.value
    if found.trait is None:
        yield Change(_BREAKING, "button_gone", label)
    elif found.by == "twice":
        yield Change(_BREAKING, "twice", label)
    elif found.by == "essence":
        yield Change(_REPAIRABLE, "button_reworded", label, label, found.trait.name)


def _unknown(step: Step, before: FormPage, now: FormPage) -> Iterator[Change]:
    """What the manifest neither fills nor declines: it may be there, if it asks for nothing."""
    old, new = _others(step, before), _others(step, now)
    for place, one in new.items():
        yield from _came(one, old.get(place))
    for place, one in old.items():
        if place not in new:
            yield Change(_COSMETIC, "disappeared", _said(one), now="")


def _came(one: Trait, was: Trait | None) -> Iterator[Change]:
    if one.required and not (was and was.required):
        what = "new_box" if one.role in BOXES else "new_required"
        yield Change(_BREAKING, what, _said(one))
    elif one.ticked and not (was and was.ticked):
        yield Change(_BREAKING, "new_ticked", _said(one))
    elif was is None:
        yield Change(_COSMETIC, "appeared", _said(one))


def _said(one: Trait) -> str:
    return (one.group if one.role == "radio" else one.name) or one.role


def _others(step: Step, page: FormPage) -> dict[tuple[str, str, str], Trait]:
    """By role and words; those of one set of choices are one."""
    known = [_found(fill, page).trait for fill in step.fill]
    groups = {plain(one.group) for one in known if one and one.role == "radio"}
    declined = {plain(way.value) for way in step.decline}
    return {
        (one.role, plain("" if one.role == "radio" else one.name), plain(one.group)): one
        for one in page.traits
        if one not in known
        and one.role not in BUTTONS
        and not (one.role == "radio" and plain(one.group) in groups)
        and plain(one.name) not in declined
        and not any(reads(fill, [one.name]) for fill in step.fill)
    }
