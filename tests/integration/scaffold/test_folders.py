"""A new folder: right by the lints, and wrong for the kit only where a fact is to be found."""

import asyncio
import re
from pathlib import Path

import pytest

from registrar.connectors.kit import manifest, reading
from registrar.connectors.scaffold.wanted import Auth, Shape, Wanted
from registrar.connectors.scaffold.writing import write
from registrar.domain.errors import ConfigurationError
from registrar.testing.conformance import runner, scenarios, todo
from registrar.testing.conformance.checks import ALL
from registrar.testing.conformance.report import Card, Grade, Status

TALKING = (2, 4, 8, 9, 10, 17)
"""The checks for which the credentials matter."""


def new(folder: Path, shape: Shape, auth: Auth = Auth.BEARER) -> Path:
    """With all that is hard about names and places."""
    return write(Wanted("no", 'Ä "B": {C}', ("No", "# O"), ("NO", "US"), shape, auth), folder)


def examined(folder: Path, *numbers: int) -> Card:
    """By some checks, or by all of them."""
    return asyncio.run(
        runner.examined(folder, checks=[one for one in ALL if not numbers or one.id in numbers])
    )


def found(folder: Path) -> Path:
    """Every mark taken away, as if each guess had been confirmed."""
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r" *# TODO:.*|TODO: ", "", text), encoding="utf-8")
    return folder


@pytest.mark.parametrize("auth", Auth)
@pytest.mark.parametrize("shape", Shape)
def test_a_new_folder_has_no_problem(tmp_path: Path, shape: Shape, auth: Auth) -> None:
    """By schema and lints, whatever the API and its credentials."""
    folder = new(tmp_path, shape, auth)
    assert manifest.problems(folder / reading.FILE) == []
    assert scenarios.problems(folder) == []
    assert manifest.load(folder / reading.FILE).manufacturer.name == 'Ä "B": {C}'


@pytest.mark.parametrize("auth", Auth)
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_its_simulation_asks_for_the_credentials(tmp_path: Path, auth: Auth) -> None:
    """And the connector has them: every check of requests passes but where it does not apply."""
    card = examined(new(tmp_path, Shape.REGISTER_SYNC, auth), *TALKING)
    assert [(one.id, one.reason) for one in card.failed] == []


@pytest.mark.parametrize(
    ("shape", "auth", "grade"),
    [
        (Shape.REGISTER_SYNC, Auth.BEARER, Grade.GOLD),
        (Shape.REGISTER_ASYNC, Auth.SUBSCRIPTION, Grade.GOLD),
        (Shape.LOOKUP, Auth.SUBSCRIPTION, Grade.GOLD),
        (Shape.NONE, Auth.BEARER, Grade.BRONZE),
    ],
)
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_it_fails_only_where_facts_are_missing(
    tmp_path: Path, shape: Shape, auth: Auth, grade: Grade
) -> None:
    """Check 1 names every mark with its line; without the marks nothing fails."""
    folder = new(tmp_path, shape, auth)
    card = examined(folder)
    assert [one.id for one in card.failed] == [1]
    marks = todo.left(folder)
    assert card.failed[0].reason == "; ".join(marks)
    assert len(marks) > 10
    confirmed = examined(found(folder))
    assert [(one.id, one.reason) for one in confirmed.failed] == []
    assert confirmed.grade is grade


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """What an author has written stays."""
    folder = new(tmp_path, Shape.NONE)
    (folder / reading.FILE).write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="is there already"):
        new(tmp_path, Shape.NONE)
    assert (folder / reading.FILE).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("maker", "name", "brands", "countries", "reason"),
    [
        ("Bad", "Bad", ("Bad",), (), "no id"),
        ("bad", "Bad", (), (), "at least one brand"),
        ("bad", "Bad", ("A\nB",), (), "in one line"),
        ("bad", " ", ("Bad",), (), "a name"),
        ("bad", "Bad", ("Bad",), ("DE", "Germany"), "Germany"),
    ],
)
def test_what_no_manifest_can_hold_is_refused(
    maker: str, name: str, brands: tuple[str, ...], countries: tuple[str, ...], reason: str
) -> None:
    """Before anything is written."""
    with pytest.raises(ConfigurationError, match=reason):
        Wanted(maker, name, brands, countries)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("1 / 0", "sandbox.py: ZeroDivisionError"),
        ("def routes(:", "sandbox.py: SyntaxError"),
        ("routes = 1", r"there is no function routes\(world\)"),
        ("", r"there is no function routes\(world\)"),
    ],
)
def test_a_simulation_that_is_wrong_is_told(tmp_path: Path, code: str, reason: str) -> None:
    """Every check fails with the reason: none can say that it has passed."""
    folder = new(tmp_path, Shape.REGISTER_SYNC)
    (folder / "sandbox.py").write_text(code, encoding="utf-8")
    card = examined(folder)
    assert {one.status for one in card.results} == {Status.FAILED}
    assert re.search(reason, card.results[0].reason)
