"""The page of grades: computed from results, never claimed."""

from __future__ import annotations

from collections.abc import Sequence

from registrar.testing.conformance.checks import ALL
from registrar.testing.conformance.report import LAST, MARKS, Card, Grade, Status, level

HEAD = """# Scorecard of the connectors

Made by `registrar connectors test --all --forms --scorecard PATH`: the conformance kit runs against
the simulated manufacturers, and nothing here is written by hand. A test compares this page. It does
not prove that a real manufacturer works.

A grade is the last level up to which every check that applies has passed: bronze 1 to 13, silver 14
to 20, gold 21 to 25. A level of which nothing applies is not reached. The last column is the mark
of the web form that was tried: of its part of the manifest, its records and its simulated pages.
"""


def page(cards: Sequence[Card]) -> str:
    """Grades, then each check, then why some do not apply; no times."""
    return "\n".join([HEAD, *_grades(cards), "", *_matrix(cards), "", *_reasons(cards), ""])


def _grades(cards: Sequence[Card]) -> list[str]:
    rows = [
        _row(
            one.manufacturer,
            one.version,
            one.grade.value,
            *(_share(one, of) for of in LAST),
            f"`{one.form}`" if one.tried else "–",
        )
        for one in cards
    ]
    return [_row("manufacturer", "version", "grade", *LAST, "form"), _line(7), *rows]


def _share(card: Card, grade: Grade) -> str:
    own = [one.status for one in card.results if level(one.id) is grade]
    asked = len(own) - own.count(Status.NOT_APPLICABLE)
    return f"{own.count(Status.PASSED)} of {asked}"


def _matrix(cards: Sequence[Card]) -> list[str]:
    found = [{one.id: MARKS[one.status] for one in card.results} for card in cards]
    rows = [_row(f"{one.id}. {one.name}", *(each[one.id] for each in found)) for one in ALL]
    return [_row("check", *(one.manufacturer for one in cards)), _line(len(cards) + 1), *rows]


def _reasons(cards: Sequence[Card]) -> list[str]:
    """By check and reason, with those that share it."""
    found: dict[tuple[int, str], list[str]] = {}
    for card in cards:
        for one in card.results:
            if one.status is not Status.PASSED:
                found.setdefault((one.id, one.reason), []).append(card.manufacturer)
    lines = sorted(found.items())
    return [f"- {check}, {', '.join(names)}: {why}" for (check, why), names in lines]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _line(columns: int) -> str:
    return "|" + "---|" * columns
