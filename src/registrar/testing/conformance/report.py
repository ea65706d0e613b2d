"""What the kit found: a result a check, and the grade that follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """Of one check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"


class Grade(StrEnum):
    """In order; the last three are also the levels of the checks."""

    NONE = "none"
    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


MARKS = {Status.PASSED: "yes", Status.FAILED: "**no**", Status.NOT_APPLICABLE: "–"}
"""As the scorecard has them."""
LAST = {Grade.BRONZE: 13, Grade.SILVER: 20, Grade.GOLD: 25}
"""The last check of each level."""


def level(check: int) -> Grade:
    """Of a check, by its number."""
    return next(grade for grade, last in LAST.items() if check <= last)


@dataclass(frozen=True, slots=True)
class Result:
    """Of one check. `reason` says why it failed or does not apply, or which exemption let it by."""

    id: int
    name: str
    status: Status
    reason: str = ""
    seconds: float = 0.0

    def shown(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "id": self.id,
            "name": self.name,
            "level": level(self.id).value,
            "status": self.status.value,
            "reason": self.reason,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class Card:
    """One manufacturer's results, by number. `automatic`: it has a route that needs no person.

    `form` is the mark of its web form, empty without one, and `tried` whether that was filled.
    """

    manufacturer: str
    version: str
    results: tuple[Result, ...]
    automatic: bool = True
    form: str = ""
    tried: bool = False

    @property
    def grade(self) -> Grade:
        """Computed."""
        return graded(self.results)

    @property
    def failed(self) -> tuple[Result, ...]:
        """The checks that did not pass."""
        return tuple(one for one in self.results if one.status is Status.FAILED)

    def enough(self, needed: Grade | None) -> bool:
        """Has the grade, or without one no failure. A person's route needs no more than that."""
        if needed is None or not self.automatic:
            return not self.failed
        return reaches(self.grade, needed)

    def shown(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "id": self.manufacturer,
            "version": self.version,
            "grade": self.grade.value,
            "checks": [one.shown() for one in self.results],
        }


def graded(results: Sequence[Result]) -> Grade:
    """The last level up to which everything that applies has passed.

    A level of which nothing applies is not reached: who is not asked has shown nothing.
    """
    reached = Grade.NONE
    for grade in LAST:
        own = {one.status for one in results if level(one.id) is grade}
        if Status.FAILED in own or Status.PASSED not in own:
            break
        reached = grade
    return reached


def reaches(grade: Grade, needed: Grade) -> bool:
    """Whether a grade is as good as this one."""
    order = list(Grade)
    return order.index(grade) >= order.index(needed)
