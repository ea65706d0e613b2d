"""What a form asks, read off its manifest: fields, consents, a proof, what they depend on. Pure.

Which of its fields the page itself insists upon only the page knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from registrar.connectors.kit.conditions import Condition
from registrar.connectors.kit.manifest.web import Fill, Step, WebTier
from registrar.connectors.kit.mapping import FieldMap
from registrar.connectors.kit.probe import NEVER, PATHS, REQUIRED, SENT
from registrar.connectors.kit.web.values import PROOFS

OF_SOME = " of some"
"""Where the manifest's conditions hold."""
INSTEAD = "instead of "
_STRENGTH = (REQUIRED, REQUIRED + OF_SOME, SENT, SENT + OF_SOME, INSTEAD)

Word = tuple[str, str]
"""A canonical path, and what is asked of it."""


def asked(tier: WebTier | None) -> dict[str, str]:
    """Of every canonical path, in the words of `probe.asked`; of one that is asked twice the most.

    Without a form nothing is filled in.
    """
    found = dict.fromkeys(PATHS, NEVER)
    words = [] if tier is None else list(_words(tier))
    for path, word in sorted(words, key=lambda one: _strength(one[1]), reverse=True):
        found[_whole(path)] = word
    return found


def _strength(word: str) -> int:
    """The less, the more is asked."""
    known = INSTEAD if word.startswith(INSTEAD) else word
    return _STRENGTH.index(known)


def _whole(path: str) -> str:
    """`product.identifiers[kind=imei]` is one of them."""
    return path.partition("[")[0]


def _words(tier: WebTier) -> Iterator[Word]:
    fills = [(step, fill) for step in tier.steps for fill in step.fill]
    for field in tier.fields:
        places = [one for one in fills if one[1].value in field.target]
        if places:
            yield from _field(field, some=all(_conditional(*one) for one in places))
    for step, fill in fills:
        word = SENT + OF_SOME if _conditional(step, fill) else SENT
        if fill.consent and not fill.advertises:
            yield fill.consent, word
        if fill.upload:
            # That a box of its own is chosen where there is one makes no other form of it.
            yield PROOFS, SENT if step.when is fill.when is None else word
    yield from ((one.path, SENT) for one in _conditions(tier) if one)


def _conditional(step: Step, fill: Fill) -> bool:
    return step.when is not None or fill.conditional


def _field(field: FieldMap, *, some: bool) -> Iterator[Word]:
    """A required one is missed wherever it goes; where there are several, the others stand in."""
    first, *others = field.source
    sent = SENT + OF_SOME if some or field.when else SENT
    if others:
        word = sent
    elif field.required is True and field.when is None:
        word = REQUIRED
    else:
        word = REQUIRED + OF_SOME if field.required else sent
    yield first, word
    yield from ((path, sent if field.every else INSTEAD + first) for path in others)


def _conditions(tier: WebTier) -> Sequence[Condition | None]:
    """What decides which form, step, control or field it is."""
    asked_if = [one.required for one in tier.fields if isinstance(one.required, Condition)]
    return [
        tier.when,
        *(one.when for one in tier.fields),
        *asked_if,
        *(step.when for step in tier.steps),
        *(fill.when for step in tier.steps for fill in step.fill),
    ]
