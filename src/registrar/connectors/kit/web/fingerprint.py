"""How a step looks, without what differs between two visits and means nothing. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from registrar.connectors.kit.manifest.web import Fill, Locator, Step
from registrar.connectors.kit.web.survey import BOXES, Control, Survey, plain
from registrar.domain.drift import FormPage, FormSight, Trait

MANY = 24
"""From so many options on, each is kept as a digest."""
LONGEST = 120
"""Characters that are kept of what a person reads of a control."""
PRESS = "the button"
"""The mark of the step's own button."""
SHORT = 4
HIDDEN = "\N{BULLET}"


def page(step: Step, survey: Survey, secrets: Sequence[str] = ()) -> FormPage:
    """Of what a person could use. `secrets`: words of the owner's, that are not kept."""
    hide = _hiding(secrets)
    usable = [one for one in survey.usable() if one.role != "option"]
    return FormPage(step.name, tuple(sorted(_trait(step, one, hide) for one in usable)), step.frame)


def _trait(step: Step, one: Control, hide: re.Pattern[str] | None) -> Trait:
    # The manifest's own words are nobody's secret, and must be found again.
    name = one.name if plain(one.name) in _words(step) else _hidden(one.name, hide)
    group = one.group if plain(one.group) in _words(step) else _hidden(one.group, hide)
    return Trait(
        role=one.role,
        name=name[:LONGEST],
        type=one.type,
        group=group[:LONGEST],
        required=one.required,
        ticked=one.checked and one.role in BOXES | {"radio"},
        options=_options((option.label for option in one.options), hide),
        values=_options((option.value for option in one.options), hide),
        marks=tuple(sorted(_marks(step, one))),
    )


def _words(step: Step) -> set[str]:
    """All that the manifest says of the step, as a person reads it."""
    ways = [*step.decline, step.press, *(way for fill in step.fill for way in fill.find)]
    named = {way.name or way.value for way in ways if way.by in {"label", "role"}}
    return {plain(one) for one in (*named, *(fill.group for fill in step.fill if fill.group))}


def _hiding(secrets: Sequence[str]) -> re.Pattern[str] | None:
    words = [_loosely(one) for one in secrets if one.strip()]
    return re.compile("|".join(words), re.IGNORECASE) if words else None


def _loosely(word: str) -> str:
    """As in pictures: a short one is hidden as a whole word only, or it would eat the page."""
    text = r"\s+".join(map(re.escape, word.split()))
    return text if len(word) > SHORT else rf"(?<!\w){text}(?!\w)"


def _hidden(text: str, hide: re.Pattern[str] | None) -> str:
    return hide.sub(HIDDEN, text) if hide else text


def _options(texts: Iterable[str], hide: re.Pattern[str] | None) -> tuple[str, ...]:
    """In words where they are few; a digest says nothing, and is found again."""
    known = sorted({plain(one) for one in texts} - {""})
    many = len(known) > MANY
    return tuple(digest(one) if many or (hide and hide.search(one)) else one for one in known)


def digest(text: str) -> str:
    """Of an option."""
    return "#" + hashlib.blake2b(plain(text).encode(), digest_size=5).hexdigest()


def key(fill: Fill) -> str:
    """What a field is called where people are told of it."""
    return fill.label or fill.group or fill.value or fill.consent


def _marks(step: Step, one: Control) -> Iterator[str]:
    for fill in step.fill:
        if any(_marked(way, one) for way in fill.find):
            yield key(fill)
    if _marked(step.press, one):
        yield PRESS


def _marked(way: Locator, one: Control) -> bool:
    """By what nobody reads."""
    match way.by:
        case "name":
            return one.identity == way.value
        case "test_id":
            return one.test_id == way.value
        case "css":
            return way.value in one.matches
        case _:
            return False


@dataclass(slots=True)
class _Seen:
    step: Step
    arrived: Survey
    last: Survey
    touched: bool = False


@dataclass(slots=True)
class Sights:
    """What a walk sees of each step. Kept as it is: fingerprints are made when it has ended."""

    steps: dict[str, _Seen] = field(default_factory=dict)

    def look(self, step: Step, survey: Survey, *, touched: bool) -> None:
        """One look; the last before anything was touched is how the page came."""
        seen = self.steps.setdefault(step.name, _Seen(step, survey, survey))
        seen.touched = seen.touched or touched
        seen.last = survey
        if not seen.touched:
            seen.arrived = survey

    def made(self, secrets: Sequence[str]) -> tuple[FormSight, ...]:
        """In the order in which they came."""
        return tuple(
            FormSight(page(one.step, one.arrived, secrets), page(one.step, one.last, secrets))
            for one in self.steps.values()
        )
