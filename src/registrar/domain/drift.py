"""How a form looks, and what a difference between two looks means."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import StrEnum

import msgspec


class Severity(StrEnum):
    """Of a change, the harmless one first."""

    COSMETIC = "cosmetic"
    """The form is filled as before."""
    REPAIRABLE = "repairable"
    """It is still clear which control is meant: the manifest can be mended by its words."""
    BREAKING = "breaking"
    """No record, or not every one, can be filled in any more."""


class Trait(msgspec.Struct, frozen=True, order=True, omit_defaults=True):
    """One control, without what differs between two visits: no id, no value, no place."""

    role: str
    name: str
    """What a person reads of it."""
    type: str = ""
    group: str = ""
    required: bool = False
    ticked: bool = False
    """Of a box or a choice, before anybody has touched it."""
    options: tuple[str, ...] = ()
    """What it offers, in words; each `#` and a digest where they are many or may be personal."""
    values: tuple[str, ...] = ()
    """The same as the form sends it: it matters only where the manifest puts one in."""
    marks: tuple[str, ...] = ()
    """Fields of the manifest that it is by a mark that nobody reads, such as its name."""


class FormPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step of a form, as it looked at one moment."""

    step: str
    traits: tuple[Trait, ...]
    """In an order of their own: that of the page does not count."""
    frame: str = ""

    @property
    def digest(self) -> str:
        """The same for pages between which nothing has changed."""
        return hashlib.blake2b(msgspec.json.encode(self), digest_size=16).hexdigest()


class FormSight(msgspec.Struct, frozen=True):
    """One step as a visit has seen it: before anything was touched, and last."""

    arrived: FormPage
    last: FormPage

    @property
    def step(self) -> str:
        """Its name."""
        return self.arrived.step


class FormWalk(msgspec.Struct, frozen=True):
    """What one visit has seen of a form."""

    version: str
    """Of the manifest."""
    sought: str
    """The step that it came to, or was looking for, when it ended."""
    sights: tuple[FormSight, ...] = ()

    def sight(self, step: str) -> FormSight | None:
        """None where it was not seen."""
        return next((one for one in self.sights if one.step == step), None)


class Change(msgspec.Struct, frozen=True):
    """One difference. `what` is a word of the classification, such as `gone` or `new_box`."""

    severity: Severity
    what: str
    where: str
    """The field, by the manifest's word for it, or by what a person reads."""
    was: str = ""
    now: str = ""

    def __str__(self) -> str:
        then = f", was {self.was!r}" if self.was else ""
        since = f", now {self.now!r}" if self.now else ""
        return f"{self.where!r} {self.what.replace('_', ' ')}{then}{since}"


def worst(changes: Iterable[Change]) -> Severity | None:
    """None where nothing has changed."""
    order = list(Severity)
    return max((one.severity for one in changes), key=order.index, default=None)


def certain(first: Iterable[Change], last: Iterable[Change]) -> tuple[Change, ...]:
    """What breaks a form before anything was touched and still at the end.

    Half of a page that is still being drawn looks broken at first; a field that only one record's
    answers bring to light, or take away, looks broken at the end.
    """
    broken = {(one.what, one.where) for one in last if one.severity is Severity.BREAKING}
    return tuple(
        one
        for one in first
        if one.severity is Severity.BREAKING and (one.what, one.where) in broken
    )
