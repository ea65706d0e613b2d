"""What an earlier scorecard says of forms, for a run that leaves them out: they take minutes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import msgspec

from registrar.connectors.kit import reading
from registrar.sandbox.forms.shapes import forms
from registrar.testing.conformance.report import MARKS, Card, Result, Status
from registrar.testing.conformance.subject import Subject

_GRADES = re.compile(r"\| ([a-z0-9_-]+) \|(?: [^|]* \|){5} `([0-9a-f]+)` \|")
_CHECK = re.compile(r"\| (\d+)\. [^|]+ \| (.+) \|")
_REASON = re.compile(r"- (\d+), ([^:]+): (.+)")
_STATUS = {mark: status for status, mark in MARKS.items()}


def mark(subject: Subject) -> str:
    """Of all that a form is tried with: its manifest, its records, and the pages simulated for it.

    Empty where there is no form, or nothing simulates it.
    """
    place = subject.scenarios.place.form
    if subject.manifest.web is None or not place:
        return ""
    tried = [
        reading.read(subject.folder / reading.FILE).data["tiers"]["web"],
        [one.data for one in subject.scenarios.valid],
        [msgspec.to_builtins(one) for one in forms() if f"{one.base}/".startswith(f"{place}/")],
    ]
    text = json.dumps(tried, sort_keys=True, default=str)
    return blake2b(text.encode(), digest_size=4).hexdigest()


@dataclass(frozen=True, slots=True)
class Page:
    """Marks of forms by manufacturer; results by manufacturer and check."""

    marks: Mapping[str, str]
    results: Mapping[tuple[str, int], tuple[Status, str]]


def read(text: str) -> Page:
    """A page of `scorecard.page`."""
    lines = text.splitlines()
    heads = (one for one in lines if one.startswith("| check |"))
    makers = [name for head in heads for name in _cells(head)[1:]]
    reasons = {
        (name, int(found[1])): found[3]
        for found in _all(_REASON, lines)
        for name in found[2].split(", ")
    }
    results = {
        (name, int(found[1])): (_STATUS[cell], reasons.get((name, int(found[1])), ""))
        for found in _all(_CHECK, lines)
        for name, cell in zip(makers, found[2].split(" | "), strict=True)
    }
    return Page({found[1]: found[2] for found in _all(_GRADES, lines)}, results)


def _all(pattern: re.Pattern[str], lines: Iterable[str]) -> Iterable[re.Match[str]]:
    return (found for one in lines if (found := pattern.fullmatch(one)))


def _cells(line: str) -> list[str]:
    return line.strip("| ").split(" | ")


def over(cards: Sequence[Card], page: Page, checks: Iterable[int]) -> list[Card]:
    """With what the page says of the checks that forms are a part of.

    Not of a form that was tried now, or is another one by now, nor where something else has failed.
    """
    asked = frozenset(checks)

    def known(card: Card, one: Result) -> Result:
        found = page.results.get((card.manufacturer, one.id))
        if found is None or one.id not in asked or one.status is Status.FAILED:
            return one
        return replace(one, status=found[0], reason=found[1])

    return [
        replace(card, tried=True, results=tuple(known(card, one) for one in card.results))
        if card.form and not card.tried and page.marks.get(card.manufacturer) == card.form
        else card
        for card in cards
    ]
